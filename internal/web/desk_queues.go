package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"carefinder/internal/auth"
	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// Work is what the queues of the desk, duplicates, reports and bulk changes are worked with.
type Work struct {
	Queues  *work.Queues
	Dedupe  *work.Deduper
	Reports *work.Reports
	Claims  *work.ProviderClaims
	Bulk    *work.BulkEditing
	// Settling decides where a file and the desk say different things.
	Settling *work.Settling
	Uploads  *work.Uploading
	Records  Records
	Figures  *work.Dashboard
}

// Records reads what the desk shows of listings and changes, whatever their status.
type Records interface {
	Listings(ctx context.Context, ids []directory.ID) ([]*directory.Listing, error)
	Roster(ctx context.Context, q work.RosterQuery) ([]*directory.Listing, error)
	RosterIDs(ctx context.Context, q work.RosterQuery) ([]directory.ID, error)
	Merger(ctx context.Context, id directory.ID) (*work.Merger, error)
	Bulk(ctx context.Context, id directory.ID) (*work.Bulk, error)
	Bulks(ctx context.Context, s work.BulkState, max int) ([]work.Bulk, error)
	BulkItems(ctx context.Context, id directory.ID, o work.Outcomed, after, max int) ([]work.BulkItem, error)
}

// complete reports whether no part is missing.
func (w *Work) complete() bool {
	return w.Queues != nil && w.Dedupe != nil && w.Reports != nil && w.Claims != nil && w.Bulk != nil && w.Settling != nil && w.Uploads != nil && w.Records != nil && w.Figures != nil
}

// workRoutes are the queues, and what is done with what waits in them.
func workRoutes() []DeskRoute {
	const get, post = http.MethodGet, http.MethodPost
	return []DeskRoute{
		{get, "/dashboard", auth.Read, "offer beyond where order page", (*visit).dashboard},

		{get, "/queues", auth.Read, "", (*visit).queues},
		{get, "/queues/:queue", auth.Read, "kind holder asleep after", (*visit).queue},
		{post, "/queues/:queue/:id/claim", auth.Edit, "", (*visit).claimTask},
		{post, "/queues/:queue/:id/assign", auth.Edit, "assignee", (*visit).assignTask},
		{post, "/queues/:queue/:id/snooze", auth.Edit, "until reason", (*visit).snoozeTask},

		{get, "/duplicates/:id", auth.Read, "keep", (*visit).duplicate},
		{post, "/duplicates/:id/dismiss", auth.Merge, "reason", (*visit).dismissDuplicate},
		{post, "/duplicates/:id/merge", auth.Merge, "*", (*visit).mergeListings},
		{get, "/mergers/:id", auth.Read, "", (*visit).merger},
		{post, "/mergers/:id/undo", auth.Merge, "reason", (*visit).unmerge},

		{get, "/reports/:id", auth.Read, "", (*visit).report},
		{post, "/reports/:id/dismiss", auth.Reports, "reason", (*visit).dismissReport},
		{post, "/reports/:id/merge", auth.Reports, "into", (*visit).mergeReport},
		{post, "/reports/:id/edit", auth.Reports, "", (*visit).editReport},

		{get, "/claims", auth.Read, "kind holder asleep after", (*visit).claims},
		{get, "/claims/:id", auth.Read, "", (*visit).claim},
		{post, "/claims/:id/accept", auth.Claims, "seen to_status reason", (*visit).acceptClaim},
		{post, "/claims/:id/decline", auth.Claims, "reason", (*visit).declineClaim},

		{get, "/conflicts/:id", auth.Read, "", (*visit).clash},
		{post, "/conflicts/:id", auth.Edit, "*", (*visit).settleClash},

		{get, "/imports", auth.Read, "", (*visit).imports},
		{post, "/imports", auth.Edit, takesFile, (*visit).upload},
		{get, "/imports/:id", auth.Read, "", (*visit).importOf},
		{post, "/imports/:id/start", auth.Edit, "", (*visit).startImport},

		{get, "/bulk", auth.Read, "", (*visit).bulks},
		{get, "/bulk/choose", auth.Read, "*", (*visit).chooseListings},
		{post, "/bulk/export", auth.Export, "query all listing confidential", (*visit).exportChosen},
		{post, "/bulk", auth.Bulk, "*", (*visit).prepareBulk},
		{get, "/bulk/:id", auth.Read, "", (*visit).bulk},
		{post, "/bulk/:id/start", auth.Bulk, "", (*visit).startBulk},
		{post, "/bulk/:id/stop", auth.Bulk, "", (*visit).stopBulk},
		{post, "/bulk/:id/undo", auth.Bulk, "", (*visit).undoBulk},
	}
}

// queuesView is all queues at a glance.
type queuesView struct {
	Rows        []queueRow
	Punctuality string
}

type queueRow struct{ Name, URL, Count, Oldest, Held, Asleep string }

type queueAnswer struct {
	Queue  string          `json:"queue"`
	Count  int             `json:"count"`
	More   bool            `json:"more"`
	Oldest *time.Time      `json:"oldest,omitempty"`
	Asleep int             `json:"asleep"`
	Held   []holdingAnswer `json:"held"`
}

type holdingAnswer struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// punctualDays is over how long answers to reports are counted.
const punctualDays = 90

func (v *visit) queues() (reply, error) {
	all, err := v.Work.Queues.Summaries(v.ctx)
	if err != nil {
		return reply{}, err
	}
	var view queuesView
	answers := []queueAnswer{}
	for _, s := range all {
		row := queueRow{
			Name: v.t("desk.queue." + string(s.Queue)), URL: v.url("/queues/" + string(s.Queue)), Count: v.counted(s.Count, s.More),
			Oldest: v.t("desk.queues.empty"), Asleep: v.e.number(s.Asleep),
		}
		if !s.Oldest.IsZero() {
			row.Oldest = v.day(s.Oldest)
		}
		answer := queueAnswer{Queue: string(s.Queue), Count: s.Count, More: s.More, Oldest: momentOf(s.Oldest), Asleep: s.Asleep, Held: []holdingAnswer{}}
		var held []string
		for _, h := range s.Held {
			held = append(held, v.t("desk.queues.holds", "Name", h.Holder.Name, "Count", v.e.number(h.Count)))
			answer.Held = append(answer.Held, holdingAnswer{h.Holder.ID, h.Holder.Name, h.Count})
		}
		row.Held = strings.Join(held, ", ")
		view.Rows, answers = append(view.Rows, row), append(answers, answer)
	}
	var reports map[string]int
	if view.Punctuality, reports, err = v.punctuality(); err != nil {
		return reply{}, err
	}
	answer := map[string]any{"queues": answers, "reports": reports}
	return reply{page: "queues", title: "desk.queues.title", view: view, json: answer}, nil
}

// punctuality says how many reports were answered in time, for a person and for a program.
func (v *visit) punctuality() (string, map[string]int, error) {
	p, err := v.Work.Reports.Punctuality(v.ctx, v.server.now().AddDate(0, 0, -punctualDays))
	if err != nil {
		return "", nil, err
	}
	text := v.t("desk.queues.punctual", "Answered", v.e.number(p.Answered), "InTime", v.e.number(p.InTime), "Late", v.e.number(p.Late), "Days", strconv.Itoa(punctualDays))
	return text, map[string]int{"answered": p.Answered, "in_time": p.InTime, "late": p.Late, "days": punctualDays}, nil
}

// counted writes a count that may have stopped at its limit.
func (v *visit) counted(n int, more bool) string {
	if more {
		return v.t("desk.queues.more", "Count", v.e.number(n))
	}
	return v.e.number(n)
}

// queueView is a page of one queue.
type queueView struct {
	Title, Lead string
	Filter      *deskForm
	Rows        []taskRow
	Next        string
}

type taskRow struct {
	Name, URL, Kind, Since, Holder, Until string
	Why                                   []whyLine
	Claim, Release, Assign, Snooze        *deskForm // nil where it can't be done
}

type taskAnswer struct {
	Queue      string     `json:"queue"`
	ID         string     `json:"id"`
	Listing    string     `json:"listing,omitempty"`
	Kind       string     `json:"kind,omitempty"`
	Since      time.Time  `json:"since"`
	Why        string     `json:"why"`
	Holder     string     `json:"holder,omitempty"`
	HolderName string     `json:"holder_name,omitempty"`
	Until      *time.Time `json:"until,omitempty"`
	Reason     string     `json:"reason,omitempty"`
}

const taskPage = 50

// queueAsked reads which queue the path names.
func (v *visit) queueAsked() (work.Queue, error) {
	q := work.Queue(v.param("queue"))
	if !slices.Contains(work.AllQueues(), q) {
		return "", fault.New(fault.NotFound, "There is no such queue.")
	}
	return q, nil
}

// queue lists what waits in one queue.
func (v *visit) queue() (reply, error) {
	name, err := v.queueAsked()
	if err != nil {
		return reply{}, err
	}
	return v.queuePage(name)
}

func (v *visit) queuePage(name work.Queue) (reply, error) {
	var err error
	query := work.TaskQuery{Queue: name, Kind: directory.Kind(v.text("kind")), Asleep: v.text("asleep") == "yes", Limit: taskPage + 1}
	if v.text("holder") == "mine" {
		query.Holder = string(v.who.Curator.ID)
	}
	if query.After, err = afterTask(v.text("after")); err != nil {
		return reply{}, err
	}
	tasks, err := v.Work.Queues.Page(v.ctx, query)
	if err != nil {
		return reply{}, err
	}
	view := queueView{Title: v.t("desk.queue." + string(name)), Lead: v.t("desk.queue-lead." + string(name)), Filter: v.queueFilter(name)}
	answer := map[string]any{}
	if len(tasks) > taskPage {
		tasks = tasks[:taskPage]
		last := &tasks[taskPage-1]
		next := fmt.Sprintf("%d.%d.%s", last.Rank, last.Since.UnixMicro(), last.ID)
		q := url.Values{"after": {next}}
		for _, field := range []string{"kind", "holder", "asleep"} {
			if text := v.text(field); text != "" {
				q.Set(field, text)
			}
		}
		view.Next, answer["after"] = v.url("/queues/"+string(name))+"?"+q.Encode(), next
	}
	if view.Rows, err = v.taskRows(tasks); err != nil {
		return reply{}, err
	}
	answers := []taskAnswer{}
	for i := range tasks {
		answers = append(answers, taskAnswerOf(&tasks[i]))
	}
	answer["tasks"] = answers
	return reply{page: "queue", title: "desk.queue." + string(name), view: view, at: "/queues/" + string(name), json: answer}, nil
}

func taskAnswerOf(t *work.Task) taskAnswer {
	a := taskAnswer{
		Queue: string(t.Queue), ID: t.ID.String(), Kind: string(t.Kind), Since: t.Since, Why: t.Why, Holder: t.Holder.ID,
		HolderName: t.Holder.Name, Until: momentOf(t.Until), Reason: t.Reason,
	}
	if !t.Listing.IsZero() {
		a.Listing = t.Listing.String()
	}
	return a
}

// afterTask reads where a page begins.
func afterTask(text string) (*work.Task, error) {
	if text == "" {
		return nil, nil
	}
	bad := &fault.Error{Kind: fault.Invalid, Message: "This can't be read.", Fields: []fault.Field{{Name: "after", Message: "is not what the page before ended with"}}}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, bad
	}
	rank, err1 := strconv.Atoi(parts[0])
	since, err2 := strconv.ParseInt(parts[1], 10, 64)
	id, err3 := directory.ParseID(parts[2])
	if err1 != nil || err2 != nil || err3 != nil {
		return nil, bad
	}
	return &work.Task{Rank: rank, Since: time.UnixMicro(since), ID: id}, nil
}

func (v *visit) queueFilter(q work.Queue) *deskForm {
	f := v.form("filter", "/queues/"+string(q), "desk.queue.filter")
	f.Get = true
	kinds := []option{{Value: "", Label: v.t("desk.queue.any"), Chosen: v.text("kind") == ""}}
	for _, k := range directory.Kinds() {
		kinds = append(kinds, option{Value: string(k), Label: v.t("kinds." + string(k)), Chosen: v.text("kind") == string(k)})
	}
	v.add(f, "select", "kind", "", "").Options = kinds
	v.add(f, "boxes", "holder", "", "").Options = []option{{Value: "mine", Label: v.t("desk.queue.mine"), Chosen: v.text("holder") == "mine"}}
	v.add(f, "boxes", "asleep", "", "").Options = []option{{Value: "yes", Label: v.t("desk.queue.asleep"), Chosen: v.text("asleep") == "yes"}}
	return f
}

// taskRows draws tasks, with the names of their listings.
func (v *visit) taskRows(tasks []work.Task) ([]taskRow, error) {
	ids := make([]directory.ID, len(tasks))
	for i := range tasks {
		ids[i] = tasks[i].Listing
	}
	listings, err := v.Work.Records.Listings(v.ctx, ids)
	if err != nil {
		return nil, err
	}
	var people []option
	if v.who.May(auth.Edit) {
		if people, err = v.assignees(); err != nil {
			return nil, err
		}
	}
	rows := make([]taskRow, len(tasks))
	for i := range tasks {
		rows[i] = v.taskRow(&tasks[i], listings[i], people)
	}
	return rows, nil
}

// assignees are the curators a task can be given to.
func (v *visit) assignees() ([]option, error) {
	all, err := v.Guard.Curators(v.ctx)
	if err != nil {
		return nil, err
	}
	people := []option{{Value: "", Label: v.t("desk.queue.nobody")}}
	for i := range all {
		if c := &all[i]; !c.Disabled && c.Role.May(auth.Edit) {
			people = append(people, option{Value: string(c.ID), Label: c.Name})
		}
	}
	return people, nil
}

func (v *visit) taskRow(t *work.Task, l *directory.Listing, people []option) taskRow {
	row := taskRow{Name: v.t("desk.queue.page"), Since: v.day(t.Since), Why: v.why(t), Holder: t.Holder.Name, URL: v.url(taskPath(t))}
	if l != nil {
		row.Name = l.Name
	}
	if t.Kind != "" {
		row.Kind = v.t("kind." + string(t.Kind))
	}
	if !t.Until.IsZero() && t.Until.After(v.server.now()) {
		row.Until = v.t("desk.queue.until", "Date", v.day(t.Until), "Reason", t.Reason)
	}
	if !v.who.May(auth.Edit) {
		return row
	}
	at, id := "/queues/"+string(t.Queue)+"/"+t.ID.String(), t.ID.String()
	if t.Holder.ID == "" {
		row.Claim = v.form("claim-"+id, at+"/claim", "desk.queue.claim")
		row.Claim.About = row.Name
	}
	row.Assign = v.form("assign-"+id, at+"/assign", "desk.queue.assign")
	row.Assign.About = row.Name
	v.add(row.Assign, "select", "assignee", "", "").Options = people
	row.Snooze = v.form("snooze-"+id, at+"/snooze", "desk.queue.snooze")
	row.Snooze.About = row.Name
	v.add(row.Snooze, "date", "until", "", "off")
	v.add(row.Snooze, "text", "reason", "", "off")
	return row
}

// taskPath is where a task is worked on, below /desk.
func taskPath(t *work.Task) string {
	id := t.ID.String()
	switch t.Queue {
	case work.QueueReported:
		return "/reports/" + id
	case work.QueueClaims:
		return "/claims/" + id
	case work.QueueDuplicates:
		return "/duplicates/" + id
	case work.QueueOverdue:
		return "/listings/" + id + "/call"
	case work.QueueFacts:
		if t.ID != t.Listing {
			return "/listings/" + t.Listing.String() + "/call"
		}
	case work.QueueConflicts:
		return "/conflicts/" + id
	case work.QueueDrafts, work.QueueReview:
		if t.ID != t.Listing {
			return "/proposals/" + id
		}
	}
	return "/listings/" + id + "/history"
}

// whyLine is one thing that was found: in the language of the page, and in the words of the rule.
type whyLine struct{ Text, Detail string }

// why says what was found. The faults of a listing are words of its rules, the conflicts of a file its parts, all else is
// codes.
func (v *visit) why(t *work.Task) (all []whyLine) {
	switch {
	case (t.Queue == work.QueueFacts || t.Queue == work.QueueCoordinates) && t.ID == t.Listing:
		for line := range strings.Lines(t.Why) {
			all = append(all, v.broken(strings.TrimSpace(line)))
		}
		return all
	case t.Queue == work.QueueConflicts:
		return []whyLine{{Text: v.pathsSaid(t.Why)}}
	}
	var said []string
	for _, code := range strings.Fields(t.Why) {
		said = append(said, v.t("desk.why."+code))
	}
	return []whyLine{{Text: strings.Join(said, ", ")}}
}

// pathsSaid names the parts of a listing, a path a line. What an answer is about stands in the listing, and not in a path.
func (v *visit) pathsSaid(paths string) string {
	var said []string
	for path := range strings.Lines(paths) {
		label := v.faultLabel(strings.TrimSpace(path))
		if partOf(path) == "claims" {
			label = v.wholeLabel("claims")
		}
		if !slices.Contains(said, label) {
			said = append(said, label)
		}
	}
	return strings.Join(said, ", ")
}

// broken says what is wrong with a field of a listing.
func (v *visit) broken(line string) whyLine {
	path, rule, ok := strings.Cut(line, ": ")
	if !ok {
		return whyLine{Detail: line}
	}
	label := v.faultLabel(path) + ": "
	if partOf(path) == "sites" && !v.who.May(auth.Edit) { // where it lies may be what protects somebody
		return whyLine{Text: label + v.t("desk.mend."+mend(path))}
	}
	word, rest, _ := strings.Cut(rule, " ")
	switch word {
	case work.Far:
		km, place, _ := strings.Cut(rest, " ")
		return whyLine{Text: label + v.t("desk.broken.far", "Distance", v.t("distance.km", "N", km), "Place", place)}
	case work.Abroad:
		return whyLine{Text: label + v.t("desk.broken.abroad", "Country", v.e.country(rest))}
	}
	return whyLine{label + v.t("desk.mend."+mend(path)), rule}
}

// faultLine is how a line that names a field begins.
var faultLine = regexp.MustCompile(`^[a-z][a-z_.\[\]0-9]*: `)

// faultsSaid says what is wrong with a listing, a fault a line.
func (v *visit) faultsSaid(why string) string {
	var said []string
	for line := range strings.Lines(why) {
		path, _, _ := strings.Cut(strings.TrimSpace(line), ": ")
		x := v.broken(strings.TrimSpace(line))
		said = append(said, cmp.Or(x.Text, v.faultLabel(path)+": "+v.t("desk.mend."+mend(path))))
	}
	return strings.Join(said, "; ")
}

// onTask does something to the task the path names, and shows its queue again.
func (v *visit) onTask(do func(q work.Queue, id directory.ID) error) (reply, error) {
	q, err := v.queueAsked()
	if err != nil {
		return reply{}, err
	}
	id, err := v.idParam()
	if err != nil {
		return reply{}, err
	}
	if err := do(q, id); err != nil {
		a, failed := v.queue()
		if failed != nil {
			return reply{}, failed
		}
		return a, err
	}
	return reply{to: "/queues/" + string(q)}, nil
}

func (v *visit) claimTask() (reply, error) {
	return v.onTask(func(q work.Queue, id directory.ID) error { return v.Work.Queues.Claim(v.ctx, v.actor(), q, id) })
}

func (v *visit) assignTask() (reply, error) {
	return v.onTask(func(q work.Queue, id directory.ID) error {
		to := work.Actor{}
		if text := v.text("assignee"); text != "" {
			all, err := v.Guard.Curators(v.ctx)
			if err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(c auth.Curator) bool { return string(c.ID) == text && !c.Disabled && c.Role.May(auth.Edit) })
			if i < 0 {
				return wrongField("assignee", "is nobody who can do it")
			}
			to = work.Actor{ID: text, Name: all[i].Name}
		}
		return v.Work.Queues.Assign(v.ctx, v.actor(), q, id, to)
	})
}

// wrongField is what is wrong with one field.
func wrongField(name, message string) error {
	return &fault.Error{Kind: fault.Invalid, Message: "This can't be done as it is.", Fields: []fault.Field{{Name: name, Message: message}}}
}

func (v *visit) snoozeTask() (reply, error) {
	return v.onTask(func(q work.Queue, id directory.ID) error {
		until, err := time.Parse(time.DateOnly, v.text("until"))
		if err != nil {
			return wrongField("until", "must be a day such as 2026-05-04")
		}
		return v.Work.Queues.Snooze(v.ctx, v.actor(), q, id, until, v.text("reason"))
	})
}
