package web

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
	"carefinder/internal/geo"
	"carefinder/internal/search"
)

// readBack decodes what was written by hand strictly into the type the contract shows, encodes that again, and wants
// the same values: nothing written may be missing from the type, nor the other way round.
func readBack[T any](t interface{ Fatalf(string, ...any) }, written []byte) T {
	var typed T
	d := json.NewDecoder(bytes.NewReader(written))
	d.DisallowUnknownFields()
	if err := d.Decode(&typed); err != nil {
		t.Fatalf("%v in %s", err, written)
	}
	again, err := json.Marshal(typed)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var want, got any
	if err := json.Unmarshal(written, &want); err != nil {
		t.Fatalf("%v", err)
	}
	if err := json.Unmarshal(again, &got); err != nil {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("written by hand (-) and by encoding/json (+):\n%s", diff)
	}
	return typed
}

func newTestWriter(t *testing.T) *testWriter {
	t.Helper()
	v, err := directory.ReadVocabulary(strings.NewReader("facet,code,label_en,label_es,synonyms\nmodality,cbt,\"Cognitive \"\"b\"\" therapy\",Terapia,\n"))
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := directory.ReadEmergency(strings.NewReader("country,name,general,police,ambulance,fire,source_url,confirmed,notes\nUS,United States,911,,,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &testWriter{labels: newLabels(v), danger: numbers}
}

// testWriter writes answers one after the other, as the server does.
type testWriter struct {
	writer
	labels *labels
	danger *directory.EmergencyNumbers
}

func (w *testWriter) begin(lang string) { w.writer.begin(w.labels, w.danger, lang) }

// drawResult draws any result the searcher could give, and some it would not.
func drawResult(t *rapid.T) *search.Result {
	r := &search.Result{
		Total: rapid.IntRange(0, 1e9).Draw(t, "total"), RemoteTotal: rapid.IntRange(0, 9).Draw(t, "remote"), Radius: rapid.Float64Range(0, 5e5).Draw(t, "radius"),
		Sort: rapid.SampledFrom(search.Sorts()).Draw(t, "sort"), Next: rapid.String().Draw(t, "next"), Engine: "embedded", Degraded: rapid.Bool().Draw(t, "degraded"),
		Hits: rapid.SliceOfN(rapid.Custom(drawHit), 0, 4).Draw(t, "hits"), Remote: rapid.SliceOfN(rapid.Custom(drawHit), 0, 2).Draw(t, "remotes"), Helplines: rapid.SliceOfN(rapid.Custom(drawHit), 0, 2).Draw(t, "lines"),
		Facets: map[search.FacetName][]search.Count{
			"modality": {{Value: "cbt", N: 3}, {Value: rapid.String().Draw(t, "value"), N: 1}}, search.FacetKind: {{Value: "helpline", N: 2}}, search.FacetFees: {},
		},
	}
	if rapid.Bool().Draw(t, "place") {
		r.Place = &geo.Resolution{Place: geo.Place{Name: rapid.String().Draw(t, "name"), Country: "US", Point: geo.LatLng(42.5, -71), Precision: geo.City}, Candidates: []geo.Place{{Name: "x", Country: "GB", Precision: geo.City}}}
	}
	if rapid.Bool().Draw(t, "none") {
		r.Relaxations = []search.Relaxation{{Change: "radius", Value: "80467", Total: 3}, {Change: "place", Value: rapid.String().Draw(t, "place"), Distance: rapid.Float64Range(0, 1e6).Draw(t, "far"), Total: 7, Remote: rapid.IntRange(0, 2).Draw(t, "remote there")}, {Change: rapid.String().Draw(t, "change"), Total: 1}}
	}
	if rapid.Bool().Draw(t, "understood") {
		r.Taken = rapid.SampledFrom([]search.Taken{search.TakenRead, search.TakenLiterally, search.TakenFilters}).Draw(t, "taken")
		r.Plain = rapid.String().Draw(t, "plain")
		r.Understood = []search.Reading{
			{Facet: "modality", Value: "cbt", Words: rapid.String().Draw(t, "words"), Start: 0, End: rapid.IntRange(0, 200).Draw(t, "end")},
			{Facet: "place", Value: rapid.String().Draw(t, "read"), Words: "x", Start: 5, End: 6},
		}
	}
	if rapid.Bool().Draw(t, "crisis") {
		r.Crisis = &search.CrisisHelp{Country: rapid.SampledFrom([]string{"US", "XX"}).Draw(t, "in"), Lines: rapid.SliceOfN(rapid.Custom(drawHit), 0, 2).Draw(t, "offered")}
	}
	return r
}

func drawHit(t *rapid.T) search.Hit {
	text := rapid.OneOf(rapid.String(), rapid.Just("\"\\\x00\x1f\t\n\r\u2028\xff<&>é😀"))
	l := &directory.Listing{
		ID: directory.ID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")), Kind: directory.Center, Name: text.Draw(t, "name"), Organization: text.Draw(t, "organization"), Revision: 1,
		Channels: []directory.Channel{{Medium: directory.Voice, Number: "988", Keyword: text.Draw(t, "keyword")}},
		Sites: []directory.Site{
			{Name: text.Draw(t, "site"), Address: directory.Address{City: text.Draw(t, "city")}, Point: geo.LatLng(rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lng")), Precision: geo.Exact},
			{Confidential: true, Coverage: directory.Coverage{Countries: []string{"US"}}},
		},
	}
	if rapid.Bool().Draw(t, "verified") {
		l.Verification.At = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 123)
		l.Hours = directory.Hours{Zone: "UTC", Weekly: []directory.Range{{Day: 2, Span: directory.Span{From: 1080, To: 1560}}}, Exceptions: []directory.Exception{{Date: directory.Date{Year: 2026, Month: 1, Day: 1}}}}
		l.Accepting = directory.Accepting{Status: directory.AcceptingYes, AsOf: l.Verification.At}
	}
	h := search.Hit{Listing: l, Site: rapid.IntRange(-1, 1).Draw(t, "which"), Distance: math.NaN(), Why: []search.Reason{{Kind: search.WhyWord, Value: text.Draw(t, "word"), Asked: text.Draw(t, "asked")}}}
	if rapid.Bool().Draw(t, "kept") {
		h.Copy = search.NewCopy(l)
	}
	if rapid.Bool().Draw(t, "near") {
		h.Distance = rapid.Float64Range(0, 2e7).Draw(t, "distance")
	}
	if rapid.Bool().Draw(t, "claims") {
		h.Claims = []*directory.Claim{
			{Facet: directory.Modality, Code: "cbt", Source: text.Draw(t, "source"), At: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "stated"), 5e8)},
			{Facet: directory.Topic, Code: text.Draw(t, "code")},
		}
	}
	return h
}

func TestAnswersReadBack(t *testing.T) {
	w := newTestWriter(t)
	rapid.Check(t, func(t *rapid.T) {
		r := drawResult(t)
		lang := rapid.SampledFrom(append(languages, "")).Draw(t, "lang")
		w.begin(lang)
		w.answer(r)
		a := readBack[listingsAnswer](t, w.b)
		if w.err != nil || a.Total != r.Total || len(a.Hits) != len(r.Hits) || len(a.Remote) != len(r.Remote) || len(a.Facets["modality"]) != 2 {
			t.Fatalf("%v: %d hits of %d, total %d", w.err, len(a.Hits), len(r.Hits), a.Total)
		}
		for i, h := range a.Hits {
			if want := strings.ToValidUTF8(r.Hits[i].Listing.Name, "\ufffd"); len(want) == len(r.Hits[i].Listing.Name) && h.Name != want {
				t.Fatalf("the name reads %q, was %q", h.Name, want)
			}
			if (h.Site == nil) != (r.Hits[i].Site < 0) || (h.DistanceM == nil) != math.IsNaN(r.Hits[i].Distance) {
				t.Fatalf("site or distance of %+v", h)
			}
		}
		w.begin(lang)
		w.features(r)
		f := readBack[featuresAnswer](t, w.b)
		if len(f.Features) != len(r.Hits)+len(r.Remote) {
			t.Fatalf("%d features", len(f.Features))
		}
	})
}

// TestTextIsJSON compares the writer of strings with encoding/json's reader.
func TestTextIsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var a, b string
		if err := json.Unmarshal(want, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(appendText(nil, s), &b); err != nil || a != b {
			t.Fatalf("%q reads back as %q, %v", s, b, err)
		}
	})
}

// TestContract checks the document against what is served.
func TestContract(t *testing.T) {
	v, err := directory.ReadVocabulary(strings.NewReader("facet,code,label_en,label_es,synonyms\nmodality,cbt,CBT,TCC,\nmodality,dbt,DBT,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{}
	routes := s.apiRoutes(newTables(v))
	k, err := newContract("1", routes)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(k.json, &doc); err != nil || doc["openapi"] != "3.1.0" {
		t.Fatalf("%v, openapi %v", err, doc["openapi"])
	}
	checkRefs(t, doc, doc)
	if n := len(k.operations()); n != len(routes) {
		t.Errorf("%d operations of %d routes", n, len(routes))
	}
	for _, op := range k.operations() {
		for _, status := range []string{"400", "429", "500", "503"} {
			if op.Responses[status] == nil {
				t.Errorf("%s does not say %s", op.OperationID, status)
			}
		}
		for _, p := range op.Parameters {
			if p.Description == "" || p.Schema == nil {
				t.Errorf("%s: %s is not described", op.OperationID, p.Name)
			}
		}
	}
	hit := k.doc.Components.Schemas.Map()["Hit"]
	for _, name := range []string{"id", "kind", "name", "organization", "site", "distance_m", "matched", "channels", "accepting", "verified_at", "why"} {
		if hit == nil || hit.Properties[name] == nil {
			t.Errorf("the contract's hit lacks %s", name)
		}
	}
}

// checkRefs follows every reference of the document.
func checkRefs(t *testing.T, doc map[string]any, at any) {
	t.Helper()
	switch x := at.(type) {
	case []any:
		for _, y := range x {
			checkRefs(t, doc, y)
		}
	case map[string]any:
		for name, y := range x {
			ref, ok := y.(string)
			if name != "$ref" || !ok {
				checkRefs(t, doc, y)
				continue
			}
			var found any = doc
			for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				m, _ := found.(map[string]any)
				found = m[part]
			}
			if found == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
	}
}

// TestAnswersMeetTheContract validates what is written with the schema that the contract gives for it.
func TestAnswersMeetTheContract(t *testing.T) {
	types := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schemas := map[reflect.Type]*huma.Schema{}
	for _, typ := range []reflect.Type{typeOf[listingsAnswer](), typeOf[featuresAnswer]()} {
		schemas[typ] = types.Schema(typ, true, "")
	}
	for _, s := range types.Map() {
		tidy(s)
	}
	w := newTestWriter(t)
	rapid.Check(t, func(t *rapid.T) {
		r := drawResult(t)
		for typ, write := range map[reflect.Type]func(*search.Result){typeOf[listingsAnswer](): w.answer, typeOf[featuresAnswer](): w.features} {
			w.begin("")
			write(r)
			var value any
			if err := json.Unmarshal(w.b, &value); err != nil {
				t.Fatal(err)
			}
			var found huma.ValidateResult
			huma.Validate(types, schemas[typ], huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &found)
			if len(found.Errors) > 0 {
				t.Fatalf("%s: %v in %s", typ, found.Errors, w.b)
			}
		}
	})
}

// TestParamsAgreeWithTheirSchema sends each param's example and enum through its reader.
func TestParamsAgreeWithTheirSchema(t *testing.T) {
	v, err := directory.ReadVocabulary(strings.NewReader("facet,code,label_en,label_es,synonyms\nmodality,cbt,CBT,TCC,\nmodality,dbt,DBT,,\ntopic,suicide,Suicide,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	tables := newTables(v)
	checkParams(t, tables.search)
	checkParams(t, tables.mapped)
	checkParams(t, tables.helplines)
	checkParams(t, tables.places)
	checkParams(t, tables.feedback)
	checkParams(t, tables.claim)
	checkParams(t, tables.code)
}

func checkParams[T any](t *testing.T, table *table[T]) {
	t.Helper()
	for _, p := range table.params {
		if p.body != nil {
			continue
		}
		values := append([]any{}, p.schema.Enum...)
		switch x := p.example.(type) {
		case []string:
			for _, s := range x {
				values = append(values, s)
			}
		case nil:
		default:
			values = append(values, x)
		}
		for _, value := range values {
			body, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			s, ok := scalar(body, p.schema.Type)
			var into T
			var bad fault.Fields
			if p.read(&into, s, complaint{p.name, &bad}); !ok || bad.Err("") != nil {
				t.Errorf("%s: %v is refused: %v", p.name, value, bad.Err(""))
			}
		}
	}
}
