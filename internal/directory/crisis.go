package directory

// ForAnyoneInCrisis reports whether a helpline is about suicide or a crisis, and for everybody: it claims neither an age
// that leaves adults out nor a group of people. Such a line may be named first to whoever is in danger. A line for
// addiction, for victims of violence or for children would send most of them away at the worst moment.
func (l *Listing) ForAnyoneInCrisis() bool {
	aged := l.Has(Topic, "youth")
	for i := range l.Claims {
		c := &l.Claims[i]
		if c.Value != Yes {
			continue
		}
		if c.Facet == Population {
			return false
		}
		aged = aged || c.Facet == Age
	}
	return (!aged || l.Has(Age, "adult")) && (l.Has(Topic, "suicide") || l.Has(Topic, "crisis"))
}
