package web

import (
	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// languages lists the languages the API has labels in, the default first.
var languages = []string{"en", "es"}

// labels names values for people, ready to be written into an answer.
type labels struct {
	byLang map[string]map[string]map[string]label // language, facet, code
	facets []search.FacetName                     // in the order pages show them
}

// label is what a value is called.
type label struct {
	text  string
	count []byte // `{"value":"cbt","label":"…","count":`
	claim []byte // `{"facet":"modality","code":"cbt","label":"…"`
}

// fixed are the values the vocabulary doesn't hold, because they are the domain's own.
var fixed = []struct {
	facet    search.FacetName
	code     string
	en, span string
}{
	{search.FacetKind, string(directory.Therapist), "Therapist", "Terapeuta"},
	{search.FacetKind, string(directory.Prescriber), "Prescriber", "Médico que receta"},
	{search.FacetKind, string(directory.Center), "Treatment center", "Centro de tratamiento"},
	{search.FacetKind, string(directory.Program), "Program", "Programa"},
	{search.FacetKind, string(directory.OnlineService), "Online service", "Servicio en línea"},
	{search.FacetKind, string(directory.SupportGroup), "Support group", "Grupo de apoyo"},
	{search.FacetKind, string(directory.Helpline), "Helpline", "Línea de ayuda"},
	{search.FacetAccepting, string(directory.AcceptingYes), "Accepting new patients", "Acepta pacientes nuevos"},
	{search.FacetAccepting, string(directory.AcceptingWaitlist), "Waitlist", "Lista de espera"},
	{search.FacetAccepting, string(directory.AcceptingNo), "Not accepting new patients", "No acepta pacientes nuevos"},
	{search.FacetFees, "free", "Free", "Gratis"},
	{search.FacetFees, "sliding_scale", "Sliding scale", "Tarifa según ingresos"},
}

func newLabels(v *directory.Vocabulary) *labels {
	l := &labels{byLang: map[string]map[string]map[string]label{}, facets: search.FacetNames()}
	for _, lang := range languages {
		facets := map[string]map[string]label{}
		add := func(facet, code, text string) {
			if facets[facet] == nil {
				facets[facet] = map[string]label{}
			}
			facets[facet][code] = newLabel(facet, code, text)
		}
		for _, f := range directory.Facets() {
			for _, t := range v.Terms(f) {
				add(string(f), t.Code, t.Label(lang))
			}
		}
		for _, x := range fixed {
			text := x.en
			if lang == "es" {
				text = x.span
			}
			add(string(x.facet), x.code, text)
		}
		l.byLang[lang] = facets
	}
	return l
}

func newLabel(facet, code, text string) label {
	count := appendText([]byte(`{"value":`), code)
	count = appendText(append(count, `,"label":`...), text)
	claim := appendText([]byte(`{"facet":`), facet)
	claim = appendText(append(claim, `,"code":`...), code)
	claim = appendText(append(claim, `,"label":`...), text)
	return label{text: text, count: append(count, `,"count":`...), claim: claim}
}

// in gives the labels in a language, "" being the default one, by facet and code.
func (l *labels) in(lang string) map[string]map[string]label {
	return l.byLang[orDefault(lang, languages[0])]
}

// text gives the name of a code, or the code itself when it has none.
func (l *labels) text(lang, facet, code string) string {
	return orDefault(l.in(lang)[facet][code].text, code)
}
