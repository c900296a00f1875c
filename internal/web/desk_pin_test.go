package web_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carefinder/internal/auth"
	"carefinder/internal/directory/directorytest"
	"carefinder/internal/directory/document"
	"carefinder/internal/web"
)

func TestFindAPoint(t *testing.T) {
	d := openDesk(t, func(_ *shelf, cfg *web.Config) { cfg.Gazetteer = boston(t) })
	b := d.as(auth.Contributor)
	path := "/desk/proposals/" + b.begins("/desk/proposals").String() + "/locate"
	page := b.posts(path, 200, "address", "1 Main Street, Boston, MA, US")
	wantWhole(t, page)
	if said := words(one(t, page, "[data-pin-found]")); said != "Found: Boston, MA. How precise: The city." {
		t.Errorf("found: %q", said)
	}
	m := one(t, page, "[data-pin-map]")
	if attr(m, "data-lat") != "42.36" || attr(m, "data-lng") != "-71.06" || attr(m, "data-precision") != "city" {
		t.Errorf("at %s, %s, %s", attr(m, "data-lat"), attr(m, "data-lng"), attr(m, "data-precision"))
	}
	for _, wrong := range []string{"Xyzzyville", "", "91, 0", "<b>"} {
		page := b.posts("/es"+path, 422, "address", wrong)
		wantWhole(t, page)
		if said := words(one(t, page, ".errors")); !strings.Contains(said, "El nomenclátor no conoce") {
			t.Errorf("%q: %s", wrong, said)
		}
	}
	b.posts(path, 400, "address", "Boston", "reach", "1")
	b.posts("/desk/proposals/nothing/locate", 404, "address", "Boston")

	var place struct {
		Place, Precision string
		Lat, Lng         float64
	}
	api := "/api/v1" + path
	must(t, json.Unmarshal([]byte(b.calls("POST", api, "", `{"address":"Boston"}`, 200)), &place))
	if place.Lat != 42.36 || place.Lng != -71.06 || place.Precision != "city" || !strings.HasPrefix(place.Place, "Boston") {
		t.Errorf("for a program: %+v", place)
	}
	if text := b.calls("POST", api, "", `{"address":"Xyzzyville"}`, 422); !strings.Contains(text, `"address"`) {
		t.Errorf("for a program: %s", text)
	}
}

// TestTheGridOfAPin reads every line of the grid as a curator does: it is where its number says.
func TestTheGridOfAPin(t *testing.T) {
	d := openDesk(t, func(_ *shelf, cfg *web.Config) { cfg.Gazetteer = boston(t) })
	b := d.as(auth.Contributor)
	path := "/desk/proposals/" + b.begins("/desk/proposals").String() + "/locate"
	number := func(text string) float64 {
		t.Helper()
		f, err := strconv.ParseFloat(text, 64)
		must(t, err)
		return f
	}
	height := func(lat float64) float64 { return math.Asinh(math.Tan(lat*math.Pi/180)) * 180 / math.Pi }
	for _, at := range []string{"42.36012, -71.05891", "-33.9, 18.4", "0.001, 179.9999", "64.5, -179.999", "84.9, 30"} {
		for _, reach := range []int{200, 1000, 30_000, 2_000_000} {
			name := fmt.Sprintf("%s within %d m", at, reach)
			page := b.posts(path, 200, "address", at, "reach", strconv.Itoa(reach))
			m := one(t, page, "[data-pin-map]")
			lat, lng, zoom := number(attr(m, "data-lat")), number(attr(m, "data-lng")), number(attr(m, "data-zoom"))
			if want := strings.Join([]string{attr(m, "data-lat"), attr(m, "data-lng")}, ", "); at != want {
				t.Errorf("%s: the pin is at %s", name, want)
			}
			across, down := 0, 0
			for _, label := range pick(m, "text.name") {
				x, y := number(attr(label, "x")), number(attr(label, "y"))
				if attr(label, "text-anchor") == "" {
					continue // of the scale
				}
				n := number(words(label))
				if attr(label, "text-anchor") == "middle" {
					across++
					if want := 180 + (math.Mod(n-lng+540, 360)-180)*zoom; math.Abs(want-x) > 1 {
						t.Errorf("%s: meridian %v is drawn at %v, want %v", name, n, x, want)
					}
					continue
				}
				down++
				if want := 110 - (height(n)-height(lat))*zoom; math.Abs(want-y) > 1 {
					t.Errorf("%s: parallel %v is drawn at %v, want %v", name, n, y, want)
				}
			}
			if across < 2 || across > 6 || down < 2 || down > 6 {
				t.Errorf("%s: %d meridians and %d parallels", name, across, down)
			}
		}
	}
}

// TestPreviewOfWhatIsTyped draws what nobody saved, as the public would see it, and keeps nothing.
func TestPreviewOfWhatIsTyped(t *testing.T) {
	d := editDesk(t)
	b := d.as(auth.Contributor)
	l := d.saved(1)
	id := b.begins("/desk/listings/" + l.ID.String() + "/propose")
	path := "/desk/proposals/" + id.String()
	before := d.proposal(id)
	sent := filled(t, b.opens(path+"/edit", 200), "form.edit")
	sent.Set("name", "As I <b>type</b>")
	sent.Set("sites[0].street", "77 Hidden Lane")
	sent.Set("sites[0].confidential", "true")
	sent.Set("hours.weekly", "Mon 9-")
	sent.Set("do", "submit") // a button is not pressed by typing
	page, _ := b.sendsForm("/es"+path+"/preview", sent, 200)
	wantWhole(t, page)
	article := words(one(t, page, "article.listing"))
	if h := words(one(t, page, "article h1")); h != "As I <b>type</b>" || strings.Contains(article, "Hidden Lane") || !strings.Contains(article, "La dirección es confidencial") {
		t.Errorf("headed %q: %s", h, article)
	}
	sent.Set("fees.note", "según ingresos")
	for at, want := range map[string]string{"en /desk": "en", "es /desk": "es", "en /es/desk": "en", "es /es/desk": "es"} {
		lang, desk, _ := strings.Cut(at, " ")
		sent.Set("languages", lang)
		page, _ := b.sendsForm(strings.TrimSuffix(desk, "/desk")+path+"/preview", sent, 200)
		if own := attr(one(t, page, "html"), "lang"); own == want {
			want = "" // the page's own
		}
		i := slices.IndexFunc(pick(page, "article p"), func(p *html.Node) bool { return words(p) == "según ingresos" })
		if i < 0 || attr(pick(page, "article p")[i], "lang") != want {
			t.Errorf("%s: the note on fees is not in %q", at, want)
		}
	}
	if after := d.proposal(id); after.Version != before.Version || after.State != before.State || after.Listing.Name != before.Listing.Name {
		t.Errorf("a preview was kept: %+v", after)
	}

	next := directorytest.Sample(2) // whose ID is another's
	next.Name = ""
	doc, err := document.Encode(next)
	must(t, err)
	var answer struct {
		Listing struct{ ID string }
		Faults  []struct{ Field string }
	}
	must(t, json.Unmarshal([]byte(b.calls("POST", "/api/v1"+path+"/preview", "", `{"listing":`+string(doc)+`,"note":"why"}`, 200)), &answer))
	if answer.Listing.ID != l.ID.String() || len(answer.Faults) == 0 || answer.Faults[0].Field != "name" {
		t.Errorf("for a program: %+v", answer)
	}
	b.calls("POST", "/api/v1"+path+"/preview", "", `{"listing":{"name":7}}`, 400)
}
