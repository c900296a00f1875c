package embedded

import (
	"slices"

	"carefinder/internal/directory"
	"carefinder/internal/search"
)

// facetValue is one value that can be filtered by and counted.
type facetValue struct {
	facet search.FacetName
	code  string
}

// valueSpace numbers every facet value, those of one facet next to each other, so that a listing's values are a few
// machine words and a facet is a range of bits. It is immutable.
type valueSpace struct {
	all    []facetValue
	byCode []uint16 // of each value: where it stands in its facet by code
	index  map[facetValue]int
	facet  map[search.FacetName]span
	words  int              // uint64s in a mask
	terms  map[string][]int // what a folded word stands for in the vocabulary
	demo   int              // the value of made-up listings: filtered by, never counted
}

type span struct{ from, to int }

const (
	feesFree    = "free"
	feesSliding = "sliding_scale"
)

func newValueSpace(v *directory.Vocabulary) *valueSpace {
	s := &valueSpace{index: map[facetValue]int{}, facet: map[search.FacetName]span{}, terms: map[string][]int{}}
	add := func(f search.FacetName, code string) {
		s.index[facetValue{f, code}] = len(s.all)
		s.all = append(s.all, facetValue{f, code})
	}
	for _, f := range search.FacetNames() {
		from := len(s.all)
		switch f {
		case search.FacetKind:
			for _, k := range directory.Kinds() {
				add(f, string(k))
			}
		case search.FacetAccepting:
			for _, a := range []directory.AcceptingStatus{directory.AcceptingYes, directory.AcceptingNo, directory.AcceptingWaitlist} {
				add(f, string(a))
			}
		case search.FacetFees:
			add(f, feesFree)
			add(f, feesSliding)
		default:
			for _, t := range v.Terms(directory.Facet(f)) {
				add(f, t.Code)
			}
		}
		s.facet[f] = span{from, len(s.all)}
		s.numberCodes(from)
	}
	s.demo = len(s.all)
	add("demonstration", "true")
	s.words = (len(s.all) + 63) / 64
	for word, keys := range search.TermWords(v) {
		for _, k := range keys {
			if i, ok := s.index[facetValue{search.FacetName(k.Facet), k.Code}]; ok {
				s.terms[word] = append(s.terms[word], i)
			}
		}
	}
	return s
}

// numberCodes notes the order by code of the facet whose values begin at from.
func (s *valueSpace) numberCodes(from int) {
	codes := []string{}
	for _, v := range s.all[from:] {
		codes = append(codes, v.code)
	}
	slices.Sort(codes)
	for _, v := range s.all[from:] {
		s.byCode = append(s.byCode, uint16(slices.Index(codes, v.code)))
	}
}

// maskOf gives a listing's values: what it says yes to, and nothing else.
func (s *valueSpace) maskOf(l *directory.Listing, mask []uint64) {
	set := func(f search.FacetName, code string) {
		if i, ok := s.index[facetValue{f, code}]; ok {
			mask[i/64] |= 1 << (i % 64)
		}
	}
	set(search.FacetKind, string(l.Kind))
	set(search.FacetAccepting, string(l.Accepting.Status))
	if l.Fees.Free == directory.Yes {
		set(search.FacetFees, feesFree)
	}
	if l.Fees.SlidingScale == directory.Yes {
		set(search.FacetFees, feesSliding)
	}
	if l.Demonstration {
		mask[s.demo/64] |= 1 << (s.demo % 64)
	}
	for i := range l.Claims {
		if c := &l.Claims[i]; c.Value == directory.Yes {
			set(search.FacetName(c.Facet), c.Code)
		}
	}
}
