package directory

// ValidNPI reports whether s is a United States National Provider Identifier: ten digits beginning with 1 or 2 whose
// last is a Luhn check digit computed as though 80840, the health industry's prefix, stood in front (45 CFR 162.406).
func ValidNPI(s string) bool {
	if len(s) != 10 || s[0] != '1' && s[0] != '2' {
		return false
	}
	sum := 24 // what the prefix 80840 adds
	for i := range len(s) {
		d := int(s[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 0 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return sum%10 == 0
}
