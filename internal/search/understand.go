package search

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"carefinder/internal/directory"
	"carefinder/internal/geo"
)

// This file reads the text of a question: which of its words stand for something that can be searched by, and which
// are left for the engine. It goes by tables alone (the vocabulary, the gazetteer, and those of phrases.go), so the same
// text is always read the same way, and every reading names the words it came from. What it isn't sure of it leaves.

// reader reads texts. It is immutable and safe for concurrent use.
type reader struct {
	places  *geo.Gazetteer
	terms   map[string][]ClaimKey
	ids     map[string]int32   // of every word a phrase has, by its stem
	byFirst map[byte][]string  // those words of five letters and more, by their first letter, for typos
	next    map[[2]int32]int32 // from a node of the tree of phrases by a word to a node
	means   map[int32][]meaning
	topics  map[int32][]meaning // what the same phrase is of a helpline
	perils  map[int32][]meaning // of those, what asks for one by itself
	guards  map[int32]*guard
}

// meaning is what a phrase stands for: a parameter and its value.
type meaning struct{ facet, value string }

// token is a word of a text.
type token struct {
	text       string // folded
	id         int32  // in reader.ids; 0 is none
	start, end int    // in bytes of the text
	use        use
	comma      bool // a comma stands before it
	first      bool // it begins with a capital letter
	capitals   bool // it is an abbreviation in capitals
}

// use is what becomes of a token.
type use uint8

const (
	free  use = iota
	read      // into a reading
	empty     // says nothing by itself
	weak      // says nothing beside what was read
)

// maxTokens bounds what is read of a text; the rest stays as it is.
const maxTokens = 256

// newReader makes a reader of the vocabulary and the gazetteer.
func newReader(v *directory.Vocabulary, g *geo.Gazetteer, terms map[string][]ClaimKey) *reader {
	r := &reader{
		places: g, terms: terms, ids: map[string]int32{}, byFirst: map[byte][]string{},
		next: map[[2]int32]int32{}, means: map[int32][]meaning{}, topics: map[int32][]meaning{}, perils: map[int32][]meaning{}, guards: map[int32]*guard{},
	}
	for _, p := range phrases {
		for _, text := range p.texts {
			for _, m := range p.means {
				r.learn(text, m, v)
			}
		}
	}
	for _, f := range readFacets {
		for _, t := range v.Offered(f) {
			for _, text := range namesOf(t) {
				r.learnTerm(text, meaning{string(f), t.Code})
			}
		}
	}
	r.learnTopics(v)
	for i := range guards {
		for _, text := range guards[i].texts {
			if node := r.node(stems(Words(text)), false); node > 0 {
				r.guards[node] = &guards[i]
			}
		}
	}
	for w := range r.ids {
		if len(w) >= minTypo {
			r.byFirst[w[0]] = append(r.byFirst[w[0]], w)
		}
	}
	for _, list := range r.byFirst {
		slices.Sort(list)
	}
	return r
}

func offers(v *directory.Vocabulary, f directory.Facet, code string) bool {
	t := v.Term(f, code)
	return t != nil && !t.Retired
}

// learn adds a phrase of the tables, unless the vocabulary doesn't offer the term it stands for.
func (r *reader) learn(text string, m meaning, v *directory.Vocabulary) {
	f := directory.Facet(m.facet)
	if slices.Contains(directory.Facets(), f) && !offers(v, f, m.value) {
		return
	}
	node := r.node(stems(Words(text)), true)
	r.means[node] = append(r.means[node], m)
}

// learnTerm adds a name of a term. What the tables say of a phrase stands, and so does an earlier facet.
func (r *reader) learnTerm(text string, m meaning) {
	words := stems(Words(text))
	if len(words) == 0 || len(words) == 1 && (vague[words[0]] || idle[words[0]]) {
		return
	}
	node := r.node(words, true)
	if old := r.means[node]; len(old) > 0 && (old[0].facet != m.facet || slices.Contains(old, m)) {
		return
	}
	r.means[node] = append(r.means[node], m)
}

// learnTopics notes what phrases are of a helpline: the names of the topics, and the topics that other terms are.
func (r *reader) learnTopics(v *directory.Vocabulary) {
	for _, t := range v.Offered(directory.Topic) {
		m := meaning{string(directory.Topic), t.Code}
		for _, text := range append(namesOf(t), topicNames[t.Code]...) {
			if words := stems(Words(text)); len(words) > 1 || len(words) == 1 && !notTopics[words[0]] {
				node := r.node(words, true)
				if !slices.Contains(r.topics[node], m) {
					r.topics[node] = append(r.topics[node], m)
				}
			}
		}
	}
	for _, d := range done {
		if !offers(v, directory.Topic, d.topic) {
			continue
		}
		for who := range strings.SplitSeq(d.who, ",") {
			for what := range strings.SplitSeq(d.what, ",") {
				r.topics[r.node(stems(Words(who+" "+what)), true)] = []meaning{{string(directory.Topic), d.topic}}
			}
		}
	}
	for node, means := range r.means {
		code := cmp.Or(topicOf[means[0]], means[0].value)
		if f := means[0].facet; len(r.topics[node]) == 0 && (f == "condition" || f == "population" || f == "age") && offers(v, directory.Topic, code) {
			r.topics[node] = []meaning{{string(directory.Topic), code}}
		}
	}
	for node, means := range r.topics {
		if slices.ContainsFunc(means, func(m meaning) bool { return dangers[m.value] }) {
			r.perils[node] = means
		}
	}
}

// node finds a phrase in the tree, making it on demand; 0 when it isn't there.
func (r *reader) node(words []string, make bool) int32 {
	at := int32(0)
	for _, w := range words {
		id := r.ids[w]
		if id == 0 {
			if !make {
				return 0
			}
			id = int32(len(r.ids) + 1)
			r.ids[w] = id
		}
		to := r.next[[2]int32{at, id}]
		if to == 0 {
			if !make {
				return 0
			}
			to = int32(len(r.next) + 1)
			r.next[[2]int32{at, id}] = to
		}
		at = to
	}
	return at
}

// namesOf gives what a term is called: by its labels and its synonyms.
func namesOf(t *directory.Term) []string {
	return slices.Concat(NamesIn(t.Labels["en"]), NamesIn(t.Labels["es"]), t.Synonyms)
}

// NamesIn gives what a term of a label is called: by the label, also without what stands in brackets and without the words
// that every label of its facet has.
func NamesIn(label string) []string {
	bare, _, _ := strings.Cut(label, " (")
	names := []string{bare}
	for part := range strings.SplitSeq(bare, " / ") {
		names = append(names, part)
	}
	words := Words(bare)
	if n := len(words); n > 1 && (words[n-1] == "disorder" || words[n-1] == "disorders") {
		names = append(names, strings.Join(words[:n-1], " "))
	}
	if len(words) > 2 && (words[0] == "trastorno" || words[0] == "trastornos") {
		rest := words[1:]
		for len(rest) > 1 && (rest[0] == "de" || rest[0] == "del" || rest[0] == "por" || rest[0] == "la") {
			rest = rest[1:]
		}
		names = append(names, strings.Join(rest, " "))
	}
	return names
}

// stem drops the s of a plural, in both languages.
func stem(w string) string {
	n := len(w)
	if n < 4 || w[n-1] != 's' || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is") {
		return w
	}
	return w[:n-1]
}

func stems(words []string) []string {
	for i, w := range words {
		words[i] = stem(w)
	}
	return words
}

// scan is one text being read.
type scan struct {
	*reader
	q        *Query
	text     string
	tokens   []token
	readings []Reading
	shouted  bool // all of it is in capitals: those say nothing
	placed   bool // where is known
	helpline bool
	urgent   bool // it speaks of a danger that asks for a helpline by itself
}

// understand reads the text of q, which is valid. Nothing is read against what q says already.
func (r *reader) understand(q *Query) *understanding {
	s := scan{reader: r, q: q, text: q.Text, tokens: r.cut(q.Text)}
	s.shouted = strings.ToUpper(q.Text) == q.Text
	s.placed = q.Place != "" || q.Near != nil || q.Box != nil || q.Area != nil
	s.surePlaces()
	s.ages()
	s.distances()
	s.spell()
	s.lines()
	s.phrases()
	s.placesBehind()
	s.barePlaces()
	s.misspeltPlace()
	s.plea()
	s.despair()
	s.now()
	return s.end()
}

// cut gives the words of a text as Words would, and where they stand.
func (r *reader) cut(text string) []token {
	tokens := make([]token, 0, 1+len(text)/5)
	comma := false
	for i := 0; i < len(text) && len(tokens) < maxTokens; {
		c, size := utf8.DecodeRuneInString(text[i:])
		if parts(c) {
			comma = comma || c == ',' || c == ';'
			i += size
			continue
		}
		end := i + size
		for end < len(text) {
			c, size := utf8.DecodeRuneInString(text[end:])
			if parts(c) {
				break
			}
			end += size
		}
		start, stop := trimmed(text, i, end)
		for _, w := range Words(text[i:end]) {
			t := token{text: w, id: r.ids[stem(w)], start: start, end: stop, comma: comma}
			first, _ := utf8.DecodeRuneInString(text[start:stop])
			t.first = unicode.IsUpper(first)
			t.capitals = t.first && len(w) > 1 && strings.ToUpper(text[start:stop]) == text[start:stop]
			tokens = append(tokens, t)
			comma = false
		}
		i = end
	}
	return tokens
}

// parts reports whether c stands between words, whatever is beside it.
func parts(c rune) bool {
	if c < utf8.RuneSelf {
		return !(inWord(c) || c == '\'' || c == '.')
	}
	return unicode.IsSpace(c) || strings.ContainsRune("¿¡–—«»“”", c)
}

// trimmed leaves out the dots and quotes around a word.
func trimmed(text string, start, end int) (int, int) {
	const around = ".'’‘"
	s := strings.TrimLeft(text[start:end], around)
	start = end - len(s)
	return start, start + len(strings.TrimRight(s, around))
}

// is reports whether the token at i is one of the words.
func (s *scan) is(i int, words map[string]bool) bool {
	return i >= 0 && i < len(s.tokens) && words[s.tokens[i].text]
}

func (s *scan) open(i int) bool { return i >= 0 && i < len(s.tokens) && s.tokens[i].use == free }

func (s *scan) number(i int) (n int, ok bool) {
	if !s.open(i) || len(s.tokens[i].text) > 3 {
		return 0, false
	}
	n, err := strconv.Atoi(s.tokens[i].text)
	return n, err == nil
}

// span gives the text of the tokens from..to, both in it.
func (s *scan) span(from, to int) string { return s.text[s.tokens[from].start:s.tokens[to].end] }

// mark says what becomes of the tokens from..to.
func (s *scan) mark(from, to int, u use) {
	for i := from; i <= to; i++ {
		s.tokens[i].use = u
	}
}

// take makes readings of the tokens from..to, unless the person chose something else there: then they stay plain words.
func (s *scan) take(from, to int, means ...meaning) bool {
	taken := false
	for _, m := range means {
		same, any := s.q.says(m.facet, m.value)
		switch {
		case same:
			taken = true // said twice
		case any:
		default:
			taken = true
			known := func(r Reading) bool { return r.Facet == m.facet && r.Value == m.value }
			if !slices.ContainsFunc(s.readings, known) {
				s.readings = append(s.readings, Reading{m.facet, m.value, s.span(from, to), s.tokens[from].start, s.tokens[to].end})
			}
		}
	}
	if taken {
		s.mark(from, to, read)
	}
	return taken
}

// lines notes whether helplines are asked for: what a phrase means then is one of their topics. Some topics ask for one
// by themselves, unless somebody else is asked for.
func (s *scan) lines() {
	helpline := meaning{"kind", string(directory.Helpline)}
	s.helpline = slices.Contains(s.q.Kinds, directory.Helpline)
	other := len(s.q.Kinds) > 0
	for i := range s.tokens {
		if node, _ := s.walk(i, len(s.tokens)-1, s.means); node > 0 {
			s.helpline = s.helpline || slices.Contains(s.means[node], helpline)
			other = other || s.means[node][0].facet == "kind"
		}
	}
	if s.helpline || other {
		return
	}
	line := s.lineWord()
	for i := range s.tokens {
		if node, to := s.walk(i, len(s.tokens)-1, s.perils); node > 0 && !s.is(to+1, harmless) {
			s.urgent = true
			s.helpline = s.take(i, to, append([]meaning{helpline}, s.perils[node]...)...)
			return
		}
		node, to := s.walk(i, len(s.tokens)-1, s.topics)
		if node > 0 && line >= 0 && (line < i || line > to) {
			s.helpline = s.take(line, line, helpline)
			return
		}
	}
}

// lineWord finds a word that asks for a helpline where a topic stands; -1 for none. One that begins a longer phrase is of
// that: "call or text".
func (s *scan) lineWord() int {
	for i := 0; i < len(s.tokens); i++ {
		if node, to := s.walk(i, len(s.tokens)-1, s.means); node > 0 && to > i {
			i = to
		} else if s.open(i) && s.is(i, lineWords) {
			return i
		}
	}
	return -1
}

// phrases reads, from the left, the longest phrase that begins at each word.
func (s *scan) phrases() {
	for i := 0; i < len(s.tokens); i++ {
		for last := len(s.tokens) - 1; last >= i; last-- {
			means, node, to := s.phrase(i, last)
			if node == 0 {
				break
			}
			if g := s.guards[node]; (g == nil || g.lets(s, i, to)) && !s.denied(i) && s.take(i, to, means...) {
				i = to
				break
			}
			last = to
		}
	}
}

// phrase finds the longest phrase that begins at a token and ends by another: of a helpline its topic, if it is one.
func (s *scan) phrase(i, last int) (means []meaning, node int32, to int) {
	node, to = s.walk(i, last, s.means)
	if s.helpline {
		if topic, end := s.walk(i, last, s.topics); topic > 0 && end >= to && !(node > 0 && end == to && s.means[node][0].facet == "kind") {
			return s.topics[topic], topic, end
		}
	}
	return s.means[node], node, to
}

// walk goes down the tree of phrases from a token, at most to last, to the end of the longest that means something.
func (s *scan) walk(i, last int, means map[int32][]meaning) (node int32, to int) {
	at := int32(0)
	for j := i; j <= last && s.open(j); j++ {
		id := s.tokens[j].id
		if id == 0 {
			break
		}
		if at = s.next[[2]int32{at, id}]; at == 0 {
			break
		}
		if len(means[at]) > 0 {
			node, to = at, j
		}
	}
	return node, to
}

// denied reports whether the word before takes back what follows: "no", "without".
func (s *scan) denied(i int) bool { return s.open(i-1) && s.is(i-1, denials) }

// plea reads "please help me" as a question for a helpline, when nothing else is said.
func (s *scan) plea() {
	at := -1
	for i := range s.tokens {
		switch t := &s.tokens[i]; {
		case t.use == read && !s.isWhere(i):
			return
		case s.is(i, pleas):
			at = i
		case t.use == free && !s.drops(t):
			return
		}
	}
	if at >= 0 {
		s.helpline = s.take(at, at, meaning{"kind", string(directory.Helpline)})
	}
}

// despair reads a text of crisis in which nothing else was found as a question for a helpline: no listing holds its words.
func (s *scan) despair() {
	from, to := -1, 0
	for i := range s.tokens {
		switch {
		case s.tokens[i].use == read && !s.isWhere(i):
			return
		case s.tokens[i].use != free:
		case from < 0:
			from, to = i, i
		case to == i-1:
			to = i
		}
	}
	if from >= 0 && InCrisis(s.text) {
		s.helpline = s.take(from, to, meaning{"kind", string(directory.Helpline)})
	}
}

// isWhere reports whether a token was read into a place or a radius.
func (s *scan) isWhere(i int) bool {
	return slices.ContainsFunc(s.readings, func(r Reading) bool {
		return (r.Facet == "place" || r.Facet == "country" || r.Facet == "radius") && r.Start <= s.tokens[i].start && s.tokens[i].end <= r.End
	})
}

// now reads "now" beside a helpline: whoever asks so can't wait.
func (s *scan) now() {
	if !s.helpline {
		return
	}
	for i := range s.tokens {
		if s.open(i) && s.is(i, nowWords) {
			s.take(i, i, meaning{"open_now", "true"})
		}
	}
}

// end drops what says nothing and gives what was understood.
func (s *scan) end() *understanding {
	s.fewer()
	words := make([]string, 0, len(s.tokens))
	for pass := range 2 { // the second when nothing says anything: then every word is asked
		for i := range s.tokens {
			t := &s.tokens[i]
			if t.use == free && (pass > 0 || !s.drops(t)) {
				words = append(words, t.text)
			}
		}
		if len(words) > 0 || len(s.readings) > 0 {
			break
		}
	}
	slices.SortStableFunc(s.readings, func(a, b Reading) int { return a.Start - b.Start })
	return &understanding{readings: s.readings, words: words, spoken: s.spoken(), urgent: s.urgent}
}

// spoken gives the words that say something, of the plain ones and of the readings that words can stand for.
func (s *scan) spoken() []string {
	var words []string
	for i := range s.tokens {
		t := &s.tokens[i]
		said := t.use == free && !s.drops(t)
		if t.use == read && !idle[t.text] && !weakWords[t.text] {
			said = slices.ContainsFunc(s.readings, func(r Reading) bool { return r.Speaks() && r.Start <= t.start && t.end <= r.End })
		}
		if said {
			words = append(words, t.text)
		}
	}
	return words
}

// fewer takes back a radius that has no place to be around; a condition beside the consultation that is for it and
// nothing else, for who gives one seldom states the other too, and asking for both would lose most; and that a line is
// for crises beside the danger it is for.
func (s *scan) fewer() {
	const resistant, consultation, crisisTopic = "treatment-resistant-depression", "trd-consult", "crisis"
	if slices.ContainsFunc(s.readings, func(r Reading) bool { return r.Facet == string(directory.Treatment) && r.Value == consultation }) {
		s.readings = slices.DeleteFunc(s.readings, func(r Reading) bool { return r.Facet == string(directory.Condition) && r.Value == resistant })
	}
	if s.q.Place == "" && s.q.Near == nil && !slices.ContainsFunc(s.readings, func(r Reading) bool { return r.Facet == "place" }) {
		s.readings = slices.DeleteFunc(s.readings, func(r Reading) bool { return r.Facet == "radius" })
	}
	// Of other topics many lines are no help in a crisis: of those, lines for crises are asked for as well.
	isTopic := func(r Reading) bool { return r.Facet == string(directory.Topic) }
	if slices.ContainsFunc(s.readings, func(r Reading) bool { return isTopic(r) && dangers[r.Value] }) {
		s.readings = slices.DeleteFunc(s.readings, func(r Reading) bool { return isTopic(r) && r.Value == crisisTopic })
	}
}

// drops reports whether a word is not worth asking the engine for: it says nothing, or nothing beside what was read, or
// what was read says it already.
func (s *scan) drops(t *token) bool {
	if idle[t.text] {
		return true
	}
	if len(s.readings) == 0 {
		return false
	}
	if weakWords[t.text] || relatives[t.text] || depression[t.text] && s.treated() {
		return true
	}
	return slices.ContainsFunc(s.terms[t.text], func(k ClaimKey) bool {
		return slices.ContainsFunc(s.readings, func(r Reading) bool { return r.Facet == string(k.Facet) && r.Value == k.Code })
	})
}

// treated reports whether a treatment was read that is given for depression.
func (s *scan) treated() bool {
	return slices.ContainsFunc(s.readings, func(r Reading) bool { return r.Facet == string(directory.Treatment) && forDepression[r.Value] })
}
