package web

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/directory/document"
	"carefinder/internal/fault"
)

// actor is who acts, as package desk knows them.
func (v *visit) actor() work.Actor {
	by := v.who.Actor()
	return work.Actor{ID: string(by.ID), Name: by.Name, Key: string(by.Key)}
}

// idParam reads an ID in the path. An address that can't be is one that isn't.
func (v *visit) idParam() (directory.ID, error) {
	id, err := directory.ParseID(v.param("id"))
	if err != nil {
		return id, fault.New(fault.NotFound, "There is nothing at this address.")
	}
	return id, nil
}

// version reads which version of a draft, or which revision, the sender saw.
func (v *visit) version(name string) (int64, error) {
	n, err := v.number(name, 0, 1<<53-1, -1)
	if err == nil && n < 0 {
		err = &fault.Error{Kind: fault.Invalid, Message: "This can't be read.", Fields: []fault.Field{{Name: name, Message: "is missing"}}}
	}
	return int64(n), err
}

// editView is the form of a listing.
type editView struct {
	Name, State string
	URL         string // where the form is sent
	Public      string // page of the listing as it is published; "" for none
	Proposal    string // page of the proposal
	Hidden      []field
	Groups      []groupView
	Note        inputView
	Terms       []option // the vocabulary, for whoever adds a claim
	Others      []proposalLink
	MayHandIn   bool // who may only keep drafts does not
	SavedAt     string
}

type groupView struct {
	ID, Label, Hint string
	Inputs          []inputView
	Rows            []rowView
}

type rowView struct {
	ID, Label string
	Inputs    []inputView
	Remove    string // name of the box that takes it out; "" for an empty row
	Locate    string // value of the button that finds its point; "" for none
	Pin       *pinMap
	Find      string // where a script asks for the map of its point
}

// inputView is one field of the form.
type inputView struct {
	ID, Name, Label, Hint, Kind, Value string
	Was                                string // a whole time, sent along with its day
	Checked                            bool
	Options                            []option
	Terms                              bool
	Error, Detail                      string // what is wrong in the language of the page, and in the words of the rule
}

var notID = regexp.MustCompile(`[^a-z0-9_]+`)

// Describes gives the IDs of what is said about the field.
func (x inputView) Describes() string {
	var ids []string
	if x.Hint != "" {
		ids = append(ids, x.ID+"-hint")
	}
	if x.Error != "" {
		ids = append(ids, x.ID+"-error")
	}
	return strings.Join(ids, " ")
}

// inputID makes the ID of a field of its name.
func inputID(name string) string { return "f-" + strings.Trim(notID.ReplaceAllString(name, "-"), "-") }

// propose begins a proposal to change a listing, or to add one.
func (v *visit) propose() (reply, error) {
	var id directory.ID
	if v.param("id") != "" {
		var err error
		if id, err = v.idParam(); err != nil {
			return reply{}, err
		}
	}
	p, err := v.Editing.Begin(v.ctx, v.actor(), id)
	if err != nil {
		return reply{}, err
	}
	return v.proposalDone(p, proposalPath(p.ID)+"/edit", http.StatusCreated)
}

func proposalPath(id directory.ID) string { return "/proposals/" + id.String() }

// edit shows the form of a proposal.
func (v *visit) edit() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	if !p.State.Open() {
		return v.proposalDone(p, proposalPath(p.ID), http.StatusOK)
	}
	a, err := v.editPage(p, p.Listing, p.Note, nil, nil)
	if err == nil && v.program {
		a.json, err = v.draftAnswer(p)
	}
	return a, err
}

// draftAnswer is a draft for a program, with what keeps it from being handed in.
type draftAnswer struct {
	proposalAnswer
	Faults []problemField `json:"faults"`
}

func (v *visit) draftAnswer(p *work.Proposal) (draftAnswer, error) {
	answer := draftAnswer{proposalAnswer: v.proposalAnswer(p), Faults: []problemField{}}
	faults := v.Editing.Faults(v.ctx, p)
	if faults != nil && !fault.Is(faults, fault.Invalid) {
		return answer, faults
	}
	for _, x := range faultFields(faults) {
		answer.Faults = append(answer.Faults, problemField{x.Name, x.Message, x.Suggestions})
	}
	return answer, nil
}

func (v *visit) proposalAt() (*work.Proposal, error) {
	id, err := v.idParam()
	if err != nil {
		return nil, err
	}
	return v.Editing.Proposal(v.ctx, id)
}

// editPage shows a listing in the form of p, with what could not be read of it as it was typed, and what is wrong.
func (v *visit) editPage(p *work.Proposal, l *directory.Listing, note string, typed map[string]string, wrong error) (reply, error) {
	view, err := v.editView(p, l, note, typed)
	if err != nil {
		return reply{}, err
	}
	a := reply{page: "edit", title: "desk.edit.title", at: proposalPath(p.ID) + "/edit", view: view}
	var bad *fault.Error
	if !errors.As(wrong, &bad) || len(bad.Fields) == 0 {
		return a, wrong
	}
	a.errors = view.mark(v, bad)
	return a, wrong
}

func (v *visit) editView(p *work.Proposal, l *directory.Listing, note string, typed map[string]string) (*editView, error) {
	view := &editView{
		MayHandIn: v.who.May(auth.Edit),
		Name:      orDefault(l.Name, v.t("desk.edit.unnamed")), State: v.t("desk.proposal." + string(p.State)), URL: v.url(proposalPath(p.ID)),
		Proposal: v.url(proposalPath(p.ID)), Hidden: []field{{"version", strconv.FormatInt(p.Version, 10)}},
		SavedAt: v.t("desk.edit.saved", "Moment", v.moment(p.UpdatedAt), "N", p.Version),
		Note:    inputView{ID: "f-note", Name: "note", Label: v.t("desk.listing.note"), Hint: v.t("desk.listing-hint.note"), Kind: "area", Value: note},
	}
	if p.Base > 0 {
		view.Public = v.e.listingURL(l.ID)
	}
	others, err := v.Editing.Proposals.Proposals(v.ctx, work.Wanted{States: []work.State{work.Drafted, work.InReview, work.SentBack}, Listing: l.ID}, directory.Page{Limit: 10})
	if err != nil {
		return nil, err
	}
	for _, x := range others {
		if x.ID != p.ID {
			view.Others = append(view.Others, v.proposalLink(&x))
		}
	}
	for _, g := range formGroups {
		view.Groups = append(view.Groups, v.groupView(g, p, l, typed))
	}
	for _, f := range directory.Facets() {
		for _, t := range v.e.vocabulary().Offered(f) {
			view.Terms = append(view.Terms, option{Value: string(f) + ":" + t.Code, Label: v.e.facet(string(f)) + ": " + t.Label(v.e.Code)})
		}
	}
	return view, nil
}

func (v *visit) groupView(g formGroup, p *work.Proposal, l *directory.Listing, typed map[string]string) groupView {
	view := groupView{ID: "g-" + g.name, Label: v.t("desk.group." + g.name)}
	if slices.Contains(hintedGroups, g.name) {
		view.Hint = v.t("desk.group-hint." + g.name)
	}
	if g.list == nil {
		view.Inputs = v.inputs(g.fields(l), typed)
		return view
	}
	rows := g.list.rows(l)
	known := len(rows) - g.list.blanks()
	for i, fields := range rows {
		row := rowView{ID: inputID(fmt.Sprintf("%s[%d]", g.name, i)), Inputs: v.inputs(fields, typed), Label: v.t("desk.row.new")}
		if i < known {
			row.Label = v.rowLabel(g.name, i, l)
			row.Remove = fmt.Sprintf("%s[%d].remove", g.name, i)
		}
		if g.name == "sites" {
			row.Locate, row.Find = fmt.Sprintf("locate-%d", i), v.url(proposalPath(p.ID)+"/locate")
			if i < known {
				row.Pin = v.sitePin(&l.Sites[i])
			}
		}
		view.Rows = append(view.Rows, row)
	}
	return view
}

// rowLabel names an element in the form.
func (v *visit) rowLabel(list string, i int, l *directory.Listing) string {
	if list == "claims" {
		return v.partLabel(fmt.Sprintf("claims[%d]", i), l.Claims[i])
	}
	return v.t("desk.row."+list, "N", i+1)
}

// hintedGroups and hintedInputs have a hint.
var (
	hintedGroups = []string{"channels", "sites", "claims", "coverage", "sources", "status"}
	hintedInputs = []string{
		"languages", "priority", "channels.number", "channels.menu", "channels.address", "channels.languages", "sites.confidential", "sites.division",
		"sites.country", "coverage.countries", "coverage.divisions", "coverage.areas", "hours.weekly", "hours.zone", "hours.exceptions", "claims.term",
		"claims.source", "accepting.as_of", "fees.currency", "archived_reason", "identifiers.scheme",
	}
)

func (v *visit) inputs(fields []formField, typed map[string]string) []inputView {
	views := make([]inputView, len(fields))
	for i, f := range fields {
		views[i] = v.input(f, typed)
	}
	return views
}

func (v *visit) input(f formField, typed map[string]string) inputView {
	label := orDefault(f.label, f.path)
	x := inputView{ID: inputID(f.path), Name: f.path, Kind: f.kind, Terms: f.terms}
	at := f.at
	if t, ok := at.(*time.Time); ok {
		at = dated{at: t}
		if !t.IsZero() {
			x.Was = t.Format(time.RFC3339Nano)
		}
	}
	x.Value = formText(at)
	if text, ok := typed[f.path]; ok {
		x.Value = text
	}
	if f.kind == "hidden" {
		return x
	}
	x.Label = v.t("desk.listing." + label)
	if slices.Contains(hintedInputs, label) {
		x.Hint = v.t("desk.listing-hint." + label)
	}
	x.Checked = f.kind == "box" && x.Value == "true"
	for _, code := range f.choices {
		x.Options = append(x.Options, option{Value: code, Label: v.t(f.family + code), Chosen: code == x.Value})
	}
	if f.kind == "choice" && !slices.Contains(f.choices, x.Value) { // never change by itself what the form can't say
		x.Options = append(x.Options, option{Value: x.Value, Label: orDefault(x.Value, "–"), Chosen: true})
	}
	return x
}

// mark writes what is wrong beside its field and into the summary above.
func (view *editView) mark(v *visit, bad *fault.Error) []pageError {
	var all []pageError
	for _, x := range bad.Fields {
		message := v.t("desk.mend." + mend(x.Name))
		e := pageError{Field: x.Name, Message: v.faultLabel(x.Name) + ": " + message}
		if in := view.find(x.Name); in != nil {
			in.Error, in.Detail, e.URL = message, x.Message, "#"+in.ID
		} else if g := view.group(x.Name); g != "" {
			e.URL, e.Message = "#"+g, e.Message+" ("+x.Message+")"
		}
		all = append(all, e)
	}
	return all
}

// faultLabel names the field of a fault.
func (v *visit) faultLabel(path string) string {
	for _, at := range formPaths(path) {
		if m := partPath.FindStringSubmatch(at); m != nil && m[3] != "" || m == nil {
			return v.partLabel(at)
		}
	}
	return v.partLabel(path)
}

// formPaths are the names under which a field of the form may stand for a path of a fault: itself, what it is a part
// of, and the field that an element is known by.
func formPaths(path string) []string {
	switch {
	case strings.HasSuffix(path, ".point"):
		return []string{strings.TrimSuffix(path, "point") + "lat"}
	case strings.HasPrefix(path, "claims[") && strings.HasSuffix(path, "]"):
		return []string{path + ".term"}
	}
	all := []string{path}
	for i := strings.LastIndexByte(path, '['); i > 0; i = strings.LastIndexByte(path[:i], '[') {
		all = append(all, path[:i])
	}
	return all
}

func (view *editView) find(path string) *inputView {
	for _, at := range formPaths(path) {
		if at == view.Note.Name {
			return &view.Note
		}
		for g := range view.Groups {
			if in := findInput(view.Groups[g].Inputs, at); in != nil {
				return in
			}
			for r := range view.Groups[g].Rows {
				if in := findInput(view.Groups[g].Rows[r].Inputs, at); in != nil {
					return in
				}
			}
		}
	}
	return nil
}

func findInput(all []inputView, name string) *inputView {
	if i := slices.IndexFunc(all, func(x inputView) bool { return x.Name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

func (view *editView) group(path string) string {
	name, _, _ := strings.Cut(path, "[")
	name, _, _ = strings.Cut(name, ".")
	if i := slices.IndexFunc(view.Groups, func(g groupView) bool { return g.ID == "g-"+name }); i >= 0 {
		return view.Groups[i].ID
	}
	return ""
}

// mends are what to do about a fault, by the end of its path; all others are text.
var mends = map[string]string{
	"name": "name", "number": "number", "fax": "number", "address": "address", "url": "address", "form_url": "address", "weekly": "hours", "exceptions": "hours",
	"from": "hours", "to": "hours", "zone": "zone", "at": "day", "as_of": "day", "source": "source", "term": "term", "countries": "country", "country": "country",
	"divisions": "division", "languages": "language", "areas": "area", "lat": "point", "lng": "point", "point": "point", "min": "amount", "max": "amount",
	"currency": "amount", "value": "value", "priority": "count", "archived_reason": "reason", "note": "note", "channels": "channels", "sources": "sources",
	"coverage": "coverage", "replaced_by": "listing", "id": "listing",
}

func mend(path string) string {
	if strings.HasPrefix(path, "claims[") && strings.HasSuffix(path, "]") {
		return "term"
	}
	for _, at := range formPaths(path) {
		last := at[strings.LastIndexByte(at, '.')+1:]
		if strings.HasSuffix(at, "hours.note") || strings.HasSuffix(at, "fees.note") || strings.HasPrefix(at, "sources[") && last == "note" {
			break
		}
		if m := mends[last]; m != "" && (last != "name" || at == "name") {
			return m
		}
	}
	return "text"
}

// sentListing reads the listing that was sent: a program sends a document, a person the fields of the form.
func (v *visit) sentListing(over *directory.Listing) (*directory.Listing, map[string]string, error) {
	if !v.program {
		return readListing(v.sent, over)
	}
	l, err := document.Decode([]byte(v.sent.Get("listing")))
	if err != nil {
		return nil, nil, err
	}
	return l, nil, nil
}

// saveDraft keeps what was written, and does what its button says besides. To hand in takes more than to keep a draft:
// who may not is refused before anything is kept.
func (v *visit) saveDraft() (reply, error) {
	if v.text("do") == "submit" {
		if err := v.allowed(auth.Edit, "POST /proposals/:id/submit"); err != nil {
			return reply{}, err
		}
	}
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	version, err := v.version("version")
	if err != nil {
		return reply{}, err
	}
	l, typed, wrong := v.sentListing(p.Listing)
	if wrong != nil && l == nil {
		return reply{}, wrong
	}
	note, do := v.text("note"), v.text("do")
	l, wrong = v.located(do, l, wrong)
	if wrong != nil {
		return v.sentAgain(p, version, l, note, typed, wrong)
	}
	saved, err := v.Editing.Save(v.ctx, v.actor(), p.ID, version, l, note)
	switch {
	case fault.Is(err, fault.Conflict) && !v.program && p.State.Open():
		return v.staleForm(p.ID, version, work.Draft{Listing: l, Note: note})
	case err != nil:
		return v.sentAgain(p, version, l, note, typed, err)
	case do == "submit":
		return v.handIn(saved)
	case do == "preview":
		return v.proposalDone(saved, proposalPath(p.ID)+"/preview", http.StatusOK)
	case strings.HasPrefix(do, "locate-"):
		return v.proposalDone(saved, proposalPath(p.ID)+"/edit#"+inputID("sites["+strings.TrimPrefix(do, "locate-")+"]"), http.StatusOK)
	}
	return v.proposalDone(saved, proposalPath(p.ID)+"/edit", http.StatusOK)
}

// sentAgain shows the form with everything that was typed, whatever went wrong.
func (v *visit) sentAgain(p *work.Proposal, version int64, l *directory.Listing, note string, typed map[string]string, wrong error) (reply, error) {
	if v.program {
		return reply{}, wrong
	}
	at := *p
	at.Version = version
	return v.editPage(&at, l, note, typed, wrong)
}

// located finds the point of a site from its address, where the button says so.
func (v *visit) located(do string, l *directory.Listing, wrong error) (*directory.Listing, error) {
	which, ok := strings.CutPrefix(do, "locate-")
	i, err := strconv.Atoi(which)
	if !ok || err != nil || i < 0 || i >= len(l.Sites) {
		return l, wrong
	}
	s := &l.Sites[i]
	found, err := v.e.cfg.Gazetteer.Resolve(s.Address.String())
	if err != nil {
		var bad fault.Fields
		bad.Merge("", wrong)
		bad.Add(fmt.Sprintf("sites[%d].lat", i), "the gazetteer knows no place of this address: give its city or ZIP, or the point itself")
		return l, bad.Err("The site was not found.")
	}
	s.Point, s.Precision = found.Place.Point, found.Place.Precision
	return l, wrong
}

// handIn submits a proposal, or shows what keeps it from being handed in.
func (v *visit) handIn(p *work.Proposal) (reply, error) {
	done, err := v.Editing.Submit(v.ctx, v.actor(), p.ID, p.Version)
	if err != nil {
		if v.program {
			return reply{}, err
		}
		return v.editPage(p, p.Listing, p.Note, nil, err)
	}
	return v.proposalDone(done, proposalPath(p.ID), http.StatusOK)
}

// submit hands in a proposal as it was saved.
func (v *visit) submit() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	if p.Version, err = v.version("version"); err != nil {
		return reply{}, err
	}
	return v.handIn(p)
}

// preview shows a proposal as the public would see it.
func (v *visit) preview() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	return v.previewPage(p), nil
}

// previewTyped shows what was typed as the public would see it, and keeps nothing. A field that can't be read says
// nothing yet: it is being written.
func (v *visit) previewTyped() (reply, error) {
	p, err := v.proposalAt()
	if err != nil {
		return reply{}, err
	}
	l, _, wrong := v.sentListing(p.Listing)
	if l == nil {
		return reply{}, wrong
	}
	l.ID = p.Listing.ID
	p.Listing, p.Note = l, v.text("note")
	a := v.previewPage(p)
	if v.program {
		a.json, err = v.draftAnswer(p)
	}
	return a, err
}

func (v *visit) previewPage(p *work.Proposal) reply {
	l := v.readable(p).Public()
	view := previewView{Back: v.url(proposalPath(p.ID)), Edit: v.url(proposalPath(p.ID) + "/edit"), Listing: v.e.listingView(l, v.e.now(), nil)}
	view.Listing.Address = v.server.absolute(v.c, view.Listing.URL)
	return reply{page: "preview", title: "desk.preview.title", at: proposalPath(p.ID) + "/preview", view: view, json: v.proposalAnswer(p)}
}

// previewView is a page of the public within one of the desk.
type previewView struct {
	Back, Edit string
	Listing    listingView
}
