package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
)

// bulksView lists the bulk changes.
type bulksView struct {
	Choose string
	Rows   []bulkRow
}

type bulkRow struct{ Name, URL, By, At, State, Progress string }

type bulkAnswer struct {
	ID         string         `json:"id"`
	Note       string         `json:"note"`
	By         string         `json:"by"`
	State      string         `json:"state"`
	CreatedAt  time.Time      `json:"created_at"`
	FinishedAt *time.Time     `json:"finished_at,omitempty"`
	Undoes     string         `json:"undoes,omitempty"`
	UndoneBy   string         `json:"undone_by,omitempty"`
	Total      int            `json:"total"`
	Done       int            `json:"done"`
	Outcomes   map[string]int `json:"outcomes"`
}

func bulkAnswerOf(b *work.Bulk) bulkAnswer {
	a := bulkAnswer{
		ID: b.ID.String(), Note: b.Note, By: b.By.Name, State: string(b.State), CreatedAt: b.CreatedAt, FinishedAt: momentOf(b.FinishedAt),
		Total: b.Total, Done: doneOf(b), Outcomes: map[string]int{},
	}
	for o, n := range b.Outcomes {
		a.Outcomes[string(orDefault(o, "waiting"))] = n
	}
	if !b.Undoes.IsZero() {
		a.Undoes = b.Undoes.String()
	}
	if !b.UndoneBy.IsZero() {
		a.UndoneBy = b.UndoneBy.String()
	}
	return a
}

// bulksShown is how many bulk changes are listed.
const bulksShown = 50

func (v *visit) bulks() (reply, error) {
	all, err := v.Work.Records.Bulks(v.ctx, "", bulksShown)
	if err != nil {
		return reply{}, err
	}
	view := bulksView{Choose: v.url("/bulk/choose")}
	answers := []bulkAnswer{}
	for i := range all {
		b := &all[i]
		view.Rows = append(view.Rows, bulkRow{v.bulkName(b), v.url("/bulk/" + b.ID.String()), b.By.Name, v.moment(b.CreatedAt), v.t("desk.bulk." + string(b.State)), v.progress(b)})
		answers = append(answers, bulkAnswerOf(b))
	}
	return reply{page: "bulks", title: "desk.bulks.title", view: view, json: map[string]any{"bulk": answers}}, nil
}

func (v *visit) progress(b *work.Bulk) string {
	return v.t("desk.bulk.progress", "Done", v.e.number(doneOf(b)), "Total", v.e.number(b.Total))
}

// doneOf says how many listings had their turn: to be noted, or to be changed.
func doneOf(b *work.Bulk) int {
	if b.State == work.BulkFilling {
		return b.Outcomes[work.ItemWaiting]
	}
	return b.Done()
}

// bulkName says what a bulk change does.
func (v *visit) bulkName(b *work.Bulk) string {
	c := &b.Change
	term := func(x *directory.Claim) string { return v.e.facet(string(x.Facet)) + ": " + v.e.term(x.Facet, x.Code) }
	switch {
	case !b.Undoes.IsZero():
		return v.t("desk.bulk.does-undo")
	case c.Claim != nil:
		return v.t("desk.bulk.does-claim", "Term", term(c.Claim), "Value", v.t("desk.answer."+c.Claim.Value.String()))
	case c.Withdraw != nil:
		return v.t("desk.bulk.does-withdraw", "Term", term(c.Withdraw))
	}
	return v.t("desk.bulk.does-status", "Status", coded(v, "desk.status.", c.Status))
}

// bulkView is one bulk change: what it would do, how far it has come, what became of each listing.
type bulkView struct {
	Name, By, At, State, Note string
	Done, Total               int
	Progress                  string
	Outcomes                  []outcomeRow
	Refused                   []exampleView
	Preview                   string
	Examples                  []exampleView
	Undoes, UndoneBy          string
	Running                   bool
	URL                       string
	Start, Stop, Undo         *deskForm // nil where it can't be done
	Own                       bool      // it waits for somebody else to start it
}

type outcomeRow struct{ Label, Count string }

// exampleView is what becomes of one listing.
type exampleView struct {
	Name, URL, Why string
	Changes        []difference
}

const (
	previewed = 1000 // listings a preview looks at
	examples  = 10   // that it shows
	refusals  = 50   // that a page lists
)

func (v *visit) bulk() (reply, error) { return v.bulkPage(nil) }

func (v *visit) bulkPage(wrong error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	b, err := v.Work.Records.Bulk(v.ctx, id)
	if err != nil {
		return reply{}, err
	}
	at := "/bulk/" + id.String()
	view := bulkView{
		Name: v.bulkName(b), By: b.By.Name, At: v.moment(b.CreatedAt), State: v.t("desk.bulk." + string(b.State)), Note: b.Note, Done: doneOf(b), Total: b.Total,
		Progress: v.progress(b), Running: b.State == work.BulkRunning || b.State == work.BulkFilling, URL: v.url(at),
	}
	if !b.Undoes.IsZero() {
		view.Undoes = v.url("/bulk/" + b.Undoes.String())
	}
	if !b.UndoneBy.IsZero() {
		view.UndoneBy = v.url("/bulk/" + b.UndoneBy.String())
	}
	view.Outcomes = v.outcomes(b.Outcomes)
	if err := v.showItems(b, &view); err != nil {
		return reply{}, err
	}
	if v.who.May(auth.Bulk) {
		v.bulkForms(b, &view)
	}
	a := reply{page: "bulk", title: "desk.bulk.title", at: at, view: view, json: bulkAnswerOf(b)}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	return a, wrong
}

// outcomes counts what became of listings, in a fixed order.
func (v *visit) outcomes(counts map[work.Outcomed]int) []outcomeRow {
	var rows []outcomeRow
	for _, o := range []work.Outcomed{work.ItemWaiting, work.ItemChanged, work.ItemUnchanged, work.ItemRefused, work.ItemMoved, work.ItemGone} {
		if n := counts[o]; n > 0 {
			rows = append(rows, outcomeRow{v.t("desk.bulked." + string(orDefault(o, "waiting"))), v.e.number(n)})
		}
	}
	return rows
}

// showItems adds what a bulk change would do, or which listings it was refused for.
func (v *visit) showItems(b *work.Bulk, view *bulkView) error {
	if b.State == work.BulkPrepared {
		p, err := v.Work.Bulk.Preview(v.ctx, b.ID, previewed, examples)
		if err != nil {
			return err
		}
		view.Outcomes = v.outcomes(p.Outcomes)
		view.Preview = v.t("desk.bulk.preview", "Looked", v.e.number(p.Looked), "Total", v.e.number(b.Total))
		for _, x := range p.Examples {
			view.Examples = append(view.Examples, exampleView{x.Listing.Name, v.url("/listings/" + x.Listing.ID.String() + "/history"), v.faultsSaid(x.Why), v.changes(x.Differences, x.Listing)})
		}
		return nil
	}
	items, err := v.Work.Records.BulkItems(v.ctx, b.ID, work.ItemRefused, 0, refusals)
	if err != nil || len(items) == 0 {
		return err
	}
	ids := make([]directory.ID, len(items))
	for i, x := range items {
		ids[i] = x.Listing
	}
	listings, err := v.Work.Records.Listings(v.ctx, ids)
	if err != nil {
		return err
	}
	for i, x := range items {
		name := x.Listing.String()
		if listings[i] != nil {
			name = listings[i].Name
		}
		view.Refused = append(view.Refused, exampleView{Name: name, URL: v.url("/listings/" + x.Listing.String() + "/history"), Why: v.faultsSaid(x.Why)})
	}
	return nil
}

func (v *visit) bulkForms(b *work.Bulk, view *bulkView) {
	at := "/bulk/" + b.ID.String()
	switch {
	case b.State == work.BulkPrepared && !v.Work.Bulk.MayStart(v.actor(), b):
		view.Own = true
	case b.State == work.BulkPrepared:
		view.Start = v.form("start", at+"/start", "desk.bulk.start")
	case b.State == work.BulkRunning:
		view.Stop = v.form("stop", at+"/stop", "desk.bulk.stop")
		view.Stop.Danger = true
	case b.Undoes.IsZero() && b.UndoneBy.IsZero() && b.Outcomes[work.ItemChanged] > 0:
		view.Undo = v.form("undo", at+"/undo", "desk.bulk.undo")
		view.Undo.Danger = true
	}
}

func (v *visit) onBulk(do func(id directory.ID) error) (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	if err := do(id); err != nil {
		return v.bulkPage(err)
	}
	return reply{to: "/bulk/" + id.String()}, nil
}

func (v *visit) startBulk() (reply, error) {
	return v.onBulk(func(id directory.ID) error { return v.Work.Bulk.Start(v.ctx, v.actor(), id) })
}

func (v *visit) stopBulk() (reply, error) {
	return v.onBulk(func(id directory.ID) error { return v.Work.Bulk.Stop(v.ctx, v.actor(), id) })
}

// undoBulk has a bulk change undone, and shows how that goes.
func (v *visit) undoBulk() (reply, error) {
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	u, err := v.Work.Bulk.Undo(v.ctx, v.actor(), id)
	if err != nil {
		return v.bulkPage(err)
	}
	return reply{to: "/bulk/" + u.ID.String(), json: bulkAnswerOf(u), status: http.StatusOK}, nil
}

// chooseView is where listings are chosen, and what is to be done with them.
type chooseView struct {
	Filter *deskForm
	Rows   []chooseRow
	All    string // how many there are
	Next   string
	Action string
	Query  string    // that found them
	What   *deskForm // nil for who may not change many
	Export string    // where they are taken out as a file; "" for who may not
	Hidden bool      // addresses that protect someone can be taken along
}

type chooseRow struct{ ID, Name, Kind, Where, Changed, Due string }

// chosen are the listings a question finds: by the public's search, with all its filters, or, what is not published, by
// what the roster knows.
type chosen struct {
	values url.Values
	roster work.RosterQuery
	search *asking // nil: by the roster
	wrong  error   // of what was asked together
}

// rosterFields are what the roster knows beside the fields of the public's search.
var rosterFields = []string{"status", "kind", "order", "after"}

func (v *visit) chosenBy(values url.Values) *chosen {
	c := &chosen{values: url.Values{}}
	asks := url.Values{}
	for name, all := range values {
		for _, value := range all {
			if value == "" {
				continue
			}
			c.values.Add(name, value)
			if !slices.Contains([]string{"status", "order", "after"}, name) {
				asks.Add(name, value)
			}
		}
	}
	c.roster = work.RosterQuery{Status: directory.Status(c.values.Get("status")), Kind: directory.Kind(c.values.Get("kind")), Sort: work.RosterSort(c.values.Get("order"))}
	for name := range asks {
		switch {
		case slices.Contains(rosterFields, name):
			continue
		case c.roster.Status == "" || c.roster.Status == directory.Published:
			c.search = v.e.asked(asks.Encode(), true)
			c.wrong = c.search.err
		default: // the public's search knows none of these, and the roster no such filter
			c.wrong = wrongField("unpublished", "only kind can be asked of what is not published")
		}
		break
	}
	return c
}

const chooseShown = 50

// chooseListings shows what a question finds, to choose from.
func (v *visit) chooseListings() (reply, error) { return v.choosePage(v.sent, nil) }

func (v *visit) choosePage(values url.Values, wrong error) (reply, error) {
	c := v.chosenBy(values)
	query := url.Values{}
	for name, all := range c.values {
		if name != "after" && name != "cursor" {
			query[name] = all
		}
	}
	view := chooseView{Filter: v.chooseFilter(c.values), Action: v.url("/bulk"), Query: query.Encode()}
	if v.who.May(auth.Bulk) {
		view.What = v.bulkForm()
	}
	if v.who.May(auth.Export) {
		view.Export, view.Hidden = v.url("/bulk/export"), v.who.May(auth.Edit)
	}
	found, total, more, err := v.found(c)
	if err != nil {
		wrong = err
	}
	if more != "" {
		view.Next = v.url("/bulk/choose") + "?" + more
	}
	answers := []map[string]string{}
	for _, l := range found {
		row := chooseRow{ID: l.ID.String(), Name: l.Name, Kind: v.e.kindOf(l), Changed: v.day(l.UpdatedAt), Due: v.day(l.Verification.DueAt())}
		if len(l.Sites) > 0 && !l.Sites[0].Confidential {
			row.Where = strings.TrimSpace(l.Sites[0].Address.City + " " + l.Sites[0].Address.Division)
		}
		view.Rows = append(view.Rows, row)
		answers = append(answers, map[string]string{"id": row.ID, "name": l.Name, "kind": string(l.Kind), "status": string(l.Status)})
	}
	view.All = total
	a := reply{page: "choose", title: "desk.choose.title", at: "/bulk/choose", view: view, json: map[string]any{"listings": answers, "query": view.Query}}
	if wrong != nil {
		a.errors = v.workErrors(wrong)
	}
	return a, wrong
}

// found gives a page of what is found, how many there are, and the query of the page after.
func (v *visit) found(c *chosen) (page []*directory.Listing, total, more string, err error) {
	next := url.Values{}
	for name, all := range c.values {
		next[name] = all
	}
	if c.wrong != nil {
		return nil, "", "", c.wrong
	}
	if c.search != nil {
		c.search.question.Limit = chooseShown
		res, err := v.server.cfg.Searcher.Search(v.ctx, c.search.question.Query)
		if err != nil {
			return nil, "", "", err
		}
		for _, h := range append(slices.Clip(res.Hits), res.Remote...) {
			page = append(page, h.Listing)
		}
		if res.Next != "" {
			next.Set("cursor", res.Next)
			more = next.Encode()
		}
		return page, v.e.number(res.Total + res.RemoteTotal), more, nil
	}
	q := c.roster
	q.Limit = work.CountLimit + 1
	ids, err := v.Work.Records.RosterIDs(v.ctx, q)
	if err != nil {
		return nil, "", "", err
	}
	if q.After, err = afterMark(c.values.Get("after")); err != nil {
		return nil, "", "", err
	}
	q.Limit = chooseShown + 1
	if page, err = v.Work.Records.Roster(v.ctx, q); err != nil {
		return nil, "", "", err
	}
	if len(page) > chooseShown {
		page = page[:chooseShown]
		mark := q.Sort.MarkOf(page[chooseShown-1])
		next.Set("after", strconv.FormatInt(microsOf(mark.At), 10)+"."+mark.ID.String())
		more = next.Encode()
	}
	return page, v.counted(min(len(ids), work.CountLimit), len(ids) > work.CountLimit), more, nil
}

// microsOf gives a time for an address, 0 for none.
func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// afterMark reads where a page of the roster begins.
func afterMark(text string) (*work.RosterMark, error) {
	if text == "" {
		return nil, nil
	}
	at, id, _ := strings.Cut(text, ".")
	micros, err1 := strconv.ParseInt(at, 10, 64)
	listing, err2 := directory.ParseID(id)
	if err1 != nil || err2 != nil {
		return nil, wrongField("after", "is not what the page before ended with")
	}
	m := &work.RosterMark{ID: listing}
	if micros != 0 {
		m.At = time.UnixMicro(micros)
	}
	return m, nil
}

// chooseFilter has the filters of the public's search, and the status.
func (v *visit) chooseFilter(values url.Values) *deskForm {
	f := v.form("filter", "/bulk/choose", "desk.choose.filter")
	f.Get = true
	list := func(name, anything string, codes []string, label func(code string) string) {
		options := []option{{Label: v.t(anything)}}
		for _, code := range codes {
			options = append(options, option{Value: code, Label: label(code), Chosen: values.Get(name) == code})
		}
		x := v.add(f, "select", name, "", "")
		x.Options = options
		if slices.Contains(facetCodes(), name) {
			x.Label = v.e.facet(name)
		}
	}
	list("status", "desk.choose.published", []string{string(directory.Draft), string(directory.InReview), string(directory.Archived)}, func(s string) string { return coded(v, "desk.status.", s) })
	list("kind", "desk.queue.any", textsOf(directory.Kinds()), func(s string) string { return v.t("kinds." + s) })
	list("order", "desk.choose.order", []string{string(work.ByDue)}, func(s string) string { return v.t("desk.choose.due") })
	v.add(f, "text", "q", values.Get("q"), "off").Label = v.e.facet("q")
	v.add(f, "text", "place", values.Get("place"), "off").Label = v.e.facet("place")
	always := len(f.Fields)
	for _, facet := range directory.Facets() {
		var codes []string
		for _, t := range v.server.vocabulary().Terms(facet) {
			codes = append(codes, t.Code)
		}
		list(string(facet), "desk.queue.any", codes, func(code string) string { return v.e.term(facet, code) })
		f.Open = f.Open || values.Get(string(facet)) != ""
	}
	f.Fields, f.More = f.Fields[:always:always], f.Fields[always:]
	return f
}

func facetCodes() []string { return textsOf(directory.Facets()) }

func textsOf[T ~string](all []T) []string {
	codes := make([]string, len(all))
	for i, c := range all {
		codes[i] = string(c)
	}
	return codes
}

// bulkForm asks what is to be done with the chosen.
func (v *visit) bulkForm() *deskForm {
	f := v.form("bulk", "/bulk", "desk.choose.prepare")
	list := func(name string, codes []string, label func(string) string) {
		x := v.add(f, "select", name, "", "")
		for _, code := range codes {
			x.Options = append(x.Options, option{Value: code, Label: label(code), Chosen: v.text(name) == code})
		}
	}
	list("change", []string{"status", "claim", "withdraw"}, func(s string) string { return v.t("desk.change." + s) })
	list("to_status", textsOf(directory.Statuses()), func(s string) string { return coded(v, "desk.status.", s) })
	v.add(f, "text", "reason", v.text("reason"), "off")
	var terms []string
	for _, facet := range directory.Facets() {
		for _, t := range v.server.vocabulary().Terms(facet) {
			terms = append(terms, string(facet)+"."+t.Code)
		}
	}
	list("term", terms, func(s string) string {
		facet, code, _ := strings.Cut(s, ".")
		return v.e.facet(facet) + ": " + v.e.term(directory.Facet(facet), code)
	})
	list("value", []string{"yes", "no"}, func(s string) string { return v.t("desk.answer." + s) })
	v.add(f, "text", "source", v.text("source"), "off")
	v.add(f, "text", "note", v.text("note"), "off")
	for _, x := range f.Fields { // hints of other forms
		x.Hint = ""
	}
	return f
}

// prepareBulk freezes what was chosen.
func (v *visit) prepareBulk() (reply, error) {
	query, err := url.ParseQuery(v.text("query"))
	if err != nil {
		return reply{}, wrongField("query", "can't be read")
	}
	b, err := v.prepare(query)
	if err != nil {
		return v.choosePage(query, err)
	}
	return reply{to: "/bulk/" + b.ID.String(), json: bulkAnswerOf(b), status: http.StatusCreated}, nil
}

func (v *visit) prepare(query url.Values) (*work.Bulk, error) {
	change, err := v.bulkChange()
	if err != nil {
		return nil, err
	}
	ids, err := v.chosenIDs(query)
	if err != nil {
		return nil, err
	}
	return v.Work.Bulk.Prepare(v.ctx, v.actor(), change, ids, v.text("note"))
}

// chosenIDs are the listings that were ticked, or all that the question finds.
func (v *visit) chosenIDs(query url.Values) (ids []directory.ID, err error) {
	if v.text("all") == "yes" {
		return v.allFound(query)
	}
	for _, text := range v.sent["listing"] {
		id, err := directory.ParseID(text)
		if err != nil {
			return nil, wrongField("listings", "holds what is no listing's id")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (v *visit) bulkChange() (c work.BulkChange, err error) {
	facet, code, _ := strings.Cut(v.text("term"), ".")
	claim := &directory.Claim{Facet: directory.Facet(facet), Code: code}
	switch v.text("change") {
	case "status":
		c.Status, c.Reason = directory.Status(v.text("to_status")), v.text("reason")
	case "withdraw":
		c.Withdraw = claim
	case "claim":
		value, ok := directory.ParseAnswer(v.text("value"))
		if !ok {
			return c, wrongField("value", "must be yes or no")
		}
		claim.Value, claim.Source = value, v.text("source")
		c.Claim = claim
	default:
		return c, wrongField("change", "must be status, claim or withdraw")
	}
	return c, nil
}

// allFound gives every listing that a question finds.
func (v *visit) allFound(query url.Values) ([]directory.ID, error) {
	c := v.chosenBy(query)
	if c.wrong != nil {
		return nil, c.wrong
	}
	if c.search == nil {
		q := c.roster
		q.Limit = work.MaxBulk + 1
		return v.Work.Records.RosterIDs(v.ctx, q)
	}
	return v.server.cfg.Searcher.All(v.ctx, c.search.question.Query, work.MaxBulk)
}
