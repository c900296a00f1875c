package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Claims takes in what providers ask about their own listings. A desk.ProviderClaims is one.
type Claims interface {
	// Check reports what keeps a claim from being taken in, and Begin takes it in.
	Check(ctx context.Context, c *work.ProviderClaim) error
	Begin(ctx context.Context, c *work.ProviderClaim) error
	Prove(ctx context.Context, id directory.ID, code string) error
	Again(ctx context.Context, id directory.ID) error
	Claim(ctx context.Context, id directory.ID) (*work.ProviderClaim, error)
	// Changes gives what a claim would change of what is shown.
	Changes(ctx context.Context, c *work.ProviderClaim) ([]directory.Difference, error)
	// End gives what was published of a claim, "" while nothing was.
	End(ctx context.Context, c *work.ProviderClaim) (work.ClaimEnd, error)
}

// correctable are the fields of the desk's form that a provider may correct, group by group; in a list, those of each
// element. What else a listing says, a provider can tell in words.
var correctable = []struct {
	group  string
	fields []string
}{
	{"identity", []string{"name", "organization", "description", "audience"}},
	{"channels", []string{"medium", "number", "extension", "address"}},
	{"sites", []string{"name", "street", "city", "division", "postal_code", "country"}},
	{"hours", []string{"hours.weekly", "hours.note"}},
	{"accepting", []string{"accepting.status", "accepting.wait"}},
	{"fees", []string{"fees.free", "fees.sliding_scale", "fees.min", "fees.max", "fees.note"}},
	{"referral", []string{"referral.self", "referral.form_url"}},
	{"claims", []string{"value"}},
}

// claimSheet is the form of a claim: the fields of a listing, and what they are read into. It has an empty channel and an
// empty site at its end, and keeps a row that was emptied, so that every row stays what it was when the form is shown again.
type claimSheet struct {
	listing *directory.Listing
	groups  []claimRows
	typed   map[string]string // what could not be read
}

type claimRows struct {
	name string
	list bool
	rows [][]formField // one without a list
}

func newClaimSheet(shown *directory.Listing) *claimSheet {
	l := shown.Clone()
	l.Channels = append(l.Channels, directory.Channel{Medium: directory.Voice})
	l.Sites = append(l.Sites, directory.Site{})
	s := &claimSheet{listing: l}
	for _, c := range correctable {
		g := formGroups[slices.IndexFunc(formGroups, func(g formGroup) bool { return g.name == c.group })]
		x := claimRows{name: c.group, list: g.list != nil}
		if x.list {
			rows := g.list.rows(l)
			x.rows = rows[:len(rows)-g.list.blanks()]
		} else {
			x.rows = [][]formField{g.fields(l)}
		}
		for i, row := range x.rows {
			x.rows[i] = slices.DeleteFunc(row, func(f formField) bool { return !s.asks(f, c.group, i, c.fields) })
		}
		s.groups = append(s.groups, x)
	}
	return s
}

// asks reports whether a field of a row is in the form: a number is dialled or an address opened, and the medium of a
// channel that is there stays.
func (s *claimSheet) asks(f formField, group string, row int, fields []string) bool {
	name := strings.TrimPrefix(f.path[strings.LastIndexByte(f.path, ']')+1:], ".")
	if !slices.Contains(fields, name) {
		return false
	}
	if group != "channels" || row == len(s.listing.Channels)-1 {
		return true
	}
	dialled := s.listing.Channels[row].Medium.Dialled()
	return name == "address" && !dialled || (name == "number" || name == "extension") && dialled
}

// fields gives the fields by their names.
func (s *claimSheet) fields() map[string]formField {
	all := map[string]formField{}
	for _, g := range s.groups {
		for _, row := range g.rows {
			for _, f := range row {
				all[f.path] = f
			}
		}
	}
	return all
}

// read takes in what was sent. Names the form doesn't have are passed over.
func (s *claimSheet) read(sent url.Values) error {
	r := &formReading{sent: sent, typed: map[string]string{}}
	for _, g := range s.groups {
		for _, row := range g.rows {
			r.fields(row, row)
		}
	}
	s.typed = r.typed
	return r.bad.Err("This form can't be read.")
}

// says gives the listing as the form has it. An element that was emptied is taken out, and a place that moved is looked
// for anew.
func (s *claimSheet) says(e *edition, shown *directory.Listing) *directory.Listing {
	l := s.listing.Clone()
	for i := range l.Sites {
		if i >= len(shown.Sites) || l.Sites[i].Address != shown.Sites[i].Address {
			e.locate(&l.Sites[i])
		}
	}
	l.Channels = slices.DeleteFunc(l.Channels, func(c directory.Channel) bool { return c.Number == "" && c.Address == "" })
	l.Sites = slices.DeleteFunc(l.Sites, func(x directory.Site) bool { return x.Name == "" && x.Address == directory.Address{} })
	return l
}

// locate gives a site the point of its address, as far as the gazetteer knows it.
func (e *edition) locate(s *directory.Site) {
	s.Point, s.Precision = directory.Site{}.Point, ""
	address := s.Address.String()
	if address == "" || len(address) > directory.MaxName {
		return
	}
	if found, err := e.cfg.Gazetteer.Resolve(address); err == nil {
		s.Point, s.Precision = found.Place.Point, found.Place.Precision
	}
}

// claimFormView is the form of a provider's claim.
type claimFormView struct {
	Errors   []pageError
	Name     string
	URL      string
	Listing  string // its page
	Revision int64
	Wishes   []option
	Wish     *deskField
	Groups   []correctionView
	Contact  []*deskField
	Message  *deskField
	Days     int
	Lost     []field // what was typed over a listing that was changed meanwhile

	ReportURL string // the way that is left when there are too many claims
}

type correctionView struct {
	groupView
	Open bool // something in it is wrong
}

// claimForm shows the form of a listing the public can see.
func (e *edition) claimForm(c *fiber.Ctx) error {
	l, err := e.claimed(c)
	if err != nil {
		return err
	}
	return e.showClaim(c, l, &work.ProviderClaim{Wish: work.Correct}, newClaimSheet(work.Claimable(l)), nil)
}

// claimed gives the listing that a path names, where it can be claimed: a made-up one has no provider.
func (e *edition) claimed(c *fiber.Ctx) (*directory.Listing, error) {
	l, err := e.listingAt(c)
	if err == nil && (l.Demonstration || e.cfg.Claims == nil) {
		return nil, fiber.ErrNotFound
	}
	return l, err
}

// sendClaim takes in a claim, or shows the form again with what is wrong. A machine that filled the field nobody sees is
// thanked, and nothing is kept.
func (e *edition) sendClaim(c *fiber.Ctx) error {
	l, err := e.claimed(c)
	if err != nil {
		return err
	}
	sent, err := sentForm(c)
	if err != nil {
		return err
	}
	if sent.Get("website") != "" {
		return c.Redirect(e.url("/feedback/thanks"), fiber.StatusSeeOther)
	}
	text := func(name string) string {
		return strings.TrimSpace(storable(strings.ReplaceAll(sent.Get(name), "\r\n", "\n")))
	}
	base, err := strconv.ParseInt(text("revision"), 10, 64)
	if err != nil {
		base = -1
	}
	x := &work.ProviderClaim{
		Listing: l.ID, Base: directory.RevisionNo(base), Wish: work.Wish(text("wish")),
		Message: text("message"), Name: text("who"), Address: text("email"), Language: e.Code,
	}
	shown := work.Claimable(l)
	form := newClaimSheet(shown)
	if x.Base != l.Revision { // what stood in a row stands in another by now
		return e.showClaim(c, l, x, form, conflictOf(sent))
	}
	if err = form.read(sent); err == nil {
		x.Says = form.says(e, shown)
		err = e.takeClaim(c, x)
	}
	if err != nil {
		return e.showClaim(c, l, x, form, err)
	}
	return e.toClaim(c, x)
}

// takeClaim takes in a claim, by the API or a page. Only one that can be taken in counts against the limit.
func (s *Server) takeClaim(c *fiber.Ctx, x *work.ProviderClaim) error {
	if err := s.cfg.Claims.Check(c.UserContext(), x); err != nil {
		return err
	}
	if wait, ok := s.feedback.allow(s.clientOf(c)); !ok {
		return tooMany(c, wait)
	}
	return s.cfg.Claims.Begin(c.UserContext(), x)
}

// movedOn is a claim on a listing that was changed since its form was opened, with all that was typed.
type movedOn struct{ typed []field }

func (movedOn) Error() string { return "the listing was changed" }

func (movedOn) Unwrap() error {
	return fault.New(fault.Conflict, "The listing was changed since you opened it. Look at it as it is now.")
}

func conflictOf(sent url.Values) error {
	var m movedOn
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if text := storable(sent.Get(name)); text != "" && name != "revision" {
			m.typed = append(m.typed, field{name, text})
		}
	}
	return m
}

// sentForm reads the form that was sent.
func sentForm(c *fiber.Ctx) (url.Values, error) {
	if err := uncompressed(c); err != nil {
		return nil, err
	}
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationForm {
		return nil, fiber.NewError(http.StatusUnsupportedMediaType, "This form is sent as application/x-www-form-urlencoded.")
	}
	sent, err := url.ParseQuery(string(c.Body()))
	return sent, fault.Wrap(fault.Invalid, "The form can't be read.", err)
}

// toClaim leads to the page of a claim, whose address is for whoever made it alone.
func (e *edition) toClaim(c *fiber.Ctx, x *work.ProviderClaim) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Redirect(e.claimURL(x), fiber.StatusSeeOther)
}

func (e *edition) claimURL(x *work.ProviderClaim) string {
	return e.url("/claim/" + x.Listing.String() + "/" + x.ID.String())
}

// showClaim shows the form over a listing, with what was typed and what is wrong.
func (e *edition) showClaim(c *fiber.Ctx, l *directory.Listing, x *work.ProviderClaim, sheetOf *claimSheet, wrong error) error {
	v := claimFormView{
		Name: l.Name, URL: e.url("/claim/" + l.ID.String()), Listing: e.listingURL(l.ID), Revision: int64(l.Revision), Days: work.UnprovenDays,
		ReportURL: e.feedbackURL("", l.ID, directory.ReportError),

		Wish:    &deskField{ID: "wish", Name: "wish"},
		Message: e.claimField("message", "textarea", x.Message, "off"),
		Contact: []*deskField{e.claimField("who", "text", x.Name, "name"), e.claimField("email", "email", x.Address, "email")},
	}
	for _, w := range work.Wishes() {
		v.Wishes = append(v.Wishes, option{Value: string(w), Label: e.t("claim.wish." + string(w)), Chosen: w == x.Wish})
	}
	form := e.claimGroups(sheetOf)
	var bad *fault.Error
	if wrong != nil && (!errors.As(wrong, &bad) || statuses[bad.Kind] >= http.StatusInternalServerError || bad.Kind == fault.NotFound || bad.Kind == fault.Gone) {
		return wrong
	}
	title := e.t("claim.title")
	if bad != nil {
		title = e.t("errors.title-prefix", "Title", title)
		v.Errors = v.mark(e, form, bad)
		var m movedOn
		if errors.As(wrong, &m) {
			v.Lost = m.typed
		}
		c.Status(statuses[bad.Kind])
	}
	for _, g := range form.Groups {
		v.Groups = append(v.Groups, correctionView{g, slices.ContainsFunc(v.Errors, func(x pageError) bool { return inGroup(&g, x.URL) })})
	}
	return e.render(c, "claim", sheet{Title: title, NoIndex: true, Private: true, About: l.ID, Body: v})
}

// claimField is a field about who asks.
func (e *edition) claimField(name, kind, value, complete string) *deskField {
	return &deskField{
		ID: name, Name: name, Type: kind, Value: value, Complete: complete,
		Label: e.t("claim.field." + name), Hint: e.t("claim.hint." + name),
	}
}

// claimGroups draws the fields as the desk's form draws a listing.
func (e *edition) claimGroups(s *claimSheet) *editView {
	v := &visit{e: e} // nobody's: it words the fields
	var form editView
	for _, g := range s.groups {
		view := groupView{ID: "g-" + g.name, Label: v.t("desk.group." + g.name)}
		for i, row := range g.rows {
			inputs := v.inputs(row, s.typed)
			switch {
			case !g.list:
				view.Inputs = inputs
			case g.name == "claims": // each is one answer, and named by what is asked
				inputs[0].Label = v.partLabel(fmt.Sprintf("claims[%d]", i), s.listing.Claims[i])
				view.Inputs = append(view.Inputs, inputs...)
			default:
				label := v.t("desk.row.new")
				if i < len(g.rows)-1 {
					label = v.rowLabel(g.name, i, s.listing)
					if g.name == "channels" {
						label = joined(label, coded(v, "medium.", s.listing.Channels[i].Medium))
					}
				}
				view.Rows = append(view.Rows, rowView{ID: inputID(fmt.Sprintf("%s[%d]", g.name, i)), Label: label, Inputs: inputs})
			}
		}
		if len(view.Inputs)+len(view.Rows) > 0 {
			form.Groups = append(form.Groups, view)
		}
	}
	return &form
}

// inGroup reports whether a link within the page leads to a field of a group.
func inGroup(g *groupView, at string) bool {
	leads := func(x inputView) bool { return "#"+x.ID == at }
	return "#"+g.ID == at || slices.ContainsFunc(g.Inputs, leads) ||
		slices.ContainsFunc(g.Rows, func(r rowView) bool { return slices.ContainsFunc(r.Inputs, leads) })
}

// mark words what is wrong beside the fields and in the summary.
func (v *claimFormView) mark(e *edition, form *editView, bad *fault.Error) []pageError {
	if bad.Kind != fault.Invalid {
		x := pageError{Message: e.t("claim.failed." + bad.Kind.String())}
		if bad.Kind == fault.TooMany {
			x.URL = v.ReportURL
		}
		return []pageError{x}
	}
	var all []pageError
	var listing []fault.Field
	own := append(slices.Clone(v.Contact), v.Message, v.Wish)
	for _, x := range bad.Fields {
		i := slices.IndexFunc(own, func(f *deskField) bool { return f.Name == x.Name })
		if i < 0 {
			listing = append(listing, x)
			continue
		}
		own[i].Error = e.t("claim.wrong." + x.Name)
		all = append(all, pageError{Field: x.Name, URL: "#" + own[i].ID, Message: own[i].Error})
	}
	return append(form.mark(&visit{e: e}, &fault.Error{Kind: bad.Kind, Fields: listing}), all...)
}

// codeView asks for a code, or says how a claim stands.
type codeView struct {
	Errors    []pageError
	Title     string
	URL       string
	Code      *deskField // nil where none is asked for any more
	Asked     *askedView // what the code proves; nil without one
	State     string
	Reason    string
	Listing   string // as it is shown now, once something was published; "" where it isn't
	Hours     int
	Codes     int // that are mailed in a day
	Days      int
	ReportURL string
}

// askedView is what somebody asks in a provider's name. Whoever is mailed the code need not be who asked.
type askedView struct {
	Wish, Who, Message string
	Changes            []difference
}

// wordsOfClaim words an unproven claim.
func (e *edition) wordsOfClaim(ctx context.Context, x *work.ProviderClaim) (*askedView, error) {
	changes, err := e.cfg.Claims.Changes(ctx, x)
	if err != nil {
		return nil, err
	}
	v := &visit{e: e} // nobody's: it words the differences
	return &askedView{Wish: e.t("claim.wish." + string(x.Wish)), Who: x.Name, Message: x.Message, Changes: v.changes(changes)}, nil
}

// claimAt gives the claim that a path names: one about another listing is none.
func (e *edition) claimAt(c *fiber.Ctx) (*work.ProviderClaim, error) {
	listing, err1 := directory.ParseID(c.Params("id"))
	id, err2 := directory.ParseID(c.Params("claim"))
	if err1 != nil || err2 != nil || e.cfg.Claims == nil {
		return nil, fiber.ErrNotFound
	}
	x, err := e.cfg.Claims.Claim(c.UserContext(), id)
	if err == nil && x.Listing != listing {
		err = fiber.ErrNotFound
	}
	return x, err
}

// claimState shows how a claim stands to whoever made it: nobody else has its address.
func (e *edition) claimState(c *fiber.Ctx) error {
	x, err := e.claimAt(c)
	if err != nil {
		return err
	}
	return e.showState(c, x, nil)
}

// proveClaim takes the code that was mailed.
func (e *edition) proveClaim(c *fiber.Ctx) error {
	x, err := e.claimAt(c)
	if err != nil {
		return err
	}
	sent, err := sentForm(c)
	if err != nil {
		return err
	}
	if err := e.cfg.Claims.Prove(c.UserContext(), x.ID, sent.Get("code")); err != nil {
		return e.showState(c, x, err)
	}
	return e.toClaim(c, x)
}

// codeAgain has another code mailed.
func (e *edition) codeAgain(c *fiber.Ctx) error {
	x, err := e.claimAt(c)
	if err != nil {
		return err
	}
	if err := e.cfg.Claims.Again(c.UserContext(), x.ID); err != nil {
		return e.showState(c, x, err)
	}
	return e.toClaim(c, x)
}

func (e *edition) showState(c *fiber.Ctx, x *work.ProviderClaim, wrong error) error {
	if wrong != nil && !fault.Is(wrong, fault.Invalid) && !fault.Is(wrong, fault.TooMany) {
		return wrong
	}
	end, err := e.cfg.Claims.End(c.UserContext(), x)
	if err != nil {
		return err
	}
	state := string(x.State)
	if end != "" {
		state += "-" + string(end)
	}
	v := codeView{
		URL: e.claimURL(x), State: e.t("claim.state." + state), Reason: x.Reason, Hours: work.CodeHours, Codes: work.CodesADay, Days: work.UnprovenDays,
		ReportURL: e.feedbackURL("", x.Listing, directory.ReportError),
	}
	title := e.t("claim.state-title." + state)
	v.Title = title
	if _, err := e.listingAt(c); err == nil && end != "" {
		v.Listing = e.listingURL(x.Listing)
	}
	if x.State == work.ClaimUnproven {
		v.Code = e.claimField("code", "text", "", "one-time-code")
		asked, err := e.wordsOfClaim(c.UserContext(), x)
		if err != nil {
			return err
		}
		v.Asked = asked
	}
	switch {
	case fault.Is(wrong, fault.TooMany):
		v.Errors = []pageError{{URL: v.ReportURL, Message: e.t("claim.failed.too-many")}}
	case wrong != nil:
		v.Code.Error = e.t("claim.wrong.code")
		v.Errors = []pageError{{Field: "code", URL: "#code", Message: v.Code.Error}}
	}
	if wrong != nil {
		title = e.t("errors.title-prefix", "Title", title)
		c.Status(statuses[fault.KindOf(wrong)])
	}
	return e.render(c, "claim-state", sheet{Title: title, NoIndex: true, Private: true, About: x.Listing, Body: v})
}
