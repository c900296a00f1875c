package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"carefinder/internal/directory"
)

// sheet is what a handler says of its page; render adds what every page has.
type sheet struct {
	Title         string
	Description   string // for search engines; "" is the site's
	Country       string // whose crisis line to show; "" is what the address says, else the home country's
	Demonstration bool   // made-up listings are loaded, or this is one
	NoIndex       bool
	Private       bool         // kept by nobody, not even the browser
	About         directory.ID // the listing the page is about, for feedback
	Reviewed      *review      // nil where no clinician has read the page
	Desk          *deskFrame   // of a page of the desk
	Path          string       // in every language where the same is shown; "" is the request's own
	Body          any
}

// review is a clinician's reading of a page.
type review struct {
	By string // name and profession, as signed
	On directory.Date
}

// documentTitle is what a window with a page is called.
func (e *edition) documentTitle(title string) string { return title + " – " + e.t("site.name") }

// frame is a whole page as the layout takes it.
type frame struct {
	sheet
	Window      string // what it is called
	Crisis      crisisView
	Menu        []menuItem
	Versions    []version
	Canonical   string
	Draft       bool // the translation awaits a native reviewer
	Attribution string
	FeedbackURL string
	Helpful     *helpfulView // nil where feedback is given already
	ReviewedBy  string
}

// version is the same page in one language.
type version struct {
	Code, Name, URL string
	Whole           string // URL with the site's address
	Other           bool   // another than the page's
	Default         bool   // for readers of neither language
}

// menuItem is a link of the main menu. Current is the value of aria-current.
type menuItem struct{ Label, URL, Current string }

// helpfulView asks whether a page was helpful. Yes is one press; what needs words leads to the form.
type helpfulView struct {
	Fields             []field // what it is about
	ErrorURL, OtherURL string
}

func (e *edition) frame(c *fiber.Ctx, s sheet) frame {
	ctx := c.UserContext()
	if s.Country == "" {
		s.Country = e.countryOf(c)
	}
	if e.cfg.Demonstration != nil {
		s.Demonstration = s.Demonstration || e.cfg.Demonstration(ctx)
	}
	path := "/" + strings.TrimLeft(bare(string(c.Request().URI().Path())), `/\`) // "//host" would be another site
	query := string(c.Request().URI().QueryString())
	if c.Method() == http.MethodPost {
		query = "" // what was asked in private stays out of every address
	}
	if s.Path != "" {
		path = s.Path
	}
	f := e.frameOf(path, query, s, e.strip(ctx, s.Country))
	f.Canonical = e.absolute(c, f.Canonical)
	for i := range f.Versions {
		f.Versions[i].Whole = e.absolute(c, f.Versions[i].URL)
	}
	return f
}

// frameOf makes the frame of the page at a path without its language.
func (e *edition) frameOf(path, query string, s sheet, crisis crisisView) frame {
	if s.Description == "" {
		s.Description = e.t("layout.description")
	}
	f := frame{
		sheet: s, Window: e.documentTitle(s.Title), Crisis: crisis, Menu: e.menuAt(path), Versions: e.versions(path, query),
		Canonical: (&url.URL{Path: e.url(path)}).String(), Draft: e.Draft, Attribution: e.cfg.Attribution,
		FeedbackURL: e.feedbackURL(path, s.About, ""), ReviewedBy: e.t("layout.unreviewed"),
	}
	if r := s.Reviewed; r != nil {
		f.ReviewedBy = e.t("layout.reviewed", "Date", e.day(r.On), "By", r.By)
	}
	if s.Desk != nil {
		f.Menu = s.Desk.Menu
	} else if path != "/feedback" && !strings.HasPrefix(path, "/feedback/") && !strings.HasPrefix(path, "/claim/") {
		f.Helpful = e.helpful(path, s.About)
	}
	return f
}

func (e *edition) helpful(path string, about directory.ID) *helpfulView {
	v := &helpfulView{
		Fields:   []field{{"page", path}},
		ErrorURL: e.feedbackURL(path, about, directory.ReportError), OtherURL: e.feedbackURL(path, about, directory.OtherWord),
	}
	if !about.IsZero() {
		v.Fields = []field{{"listing", about.String()}}
	}
	return v
}

func (e *edition) feedbackURL(path string, about directory.ID, kind directory.FeedbackKind) string {
	q := url.Values{"page": {path}}
	if !about.IsZero() {
		q = url.Values{"listing": {about.String()}}
	}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	return e.url("/feedback") + "?" + q.Encode()
}

func (e *edition) menuAt(path string) []menuItem {
	var menu []menuItem
	for _, m := range []field{{"/search", "nav.search"}, {"/helplines", "nav.helplines"}, {"/guide", "nav.guide"}} {
		item := menuItem{Label: e.t(m.Value), URL: e.url(m.Name)}
		switch {
		case path == m.Name:
			item.Current = "page"
		case strings.HasPrefix(path, m.Name+"/"):
			item.Current = "true"
		}
		menu = append(menu, item)
	}
	return menu
}
