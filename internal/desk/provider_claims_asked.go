package desk

import (
	"context"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

// ClaimEnd says what was published of a claim. Whoever edits the proposal that it became may decide against the wish.
type ClaimEnd string

// The ends.
const (
	Corrected ClaimEnd = "correct"
	Removed   ClaimEnd = "remove"
	Kept      ClaimEnd = "kept"   // though it was to be removed
	Hidden    ClaimEnd = "hidden" // though it was to be corrected
)

// EndOf tells it by the listing that was published.
func EndOf(w Wish, l *directory.Listing) ClaimEnd {
	shown := l.Status == directory.Published
	switch {
	case w == Remove && shown:
		return Kept
	case w == Correct && !shown:
		return Hidden
	}
	return ClaimEnd(w)
}

// End gives what was published of a claim, whatever was saved since; "" while nothing was.
func (p *ProviderClaims) End(ctx context.Context, c *ProviderClaim) (ClaimEnd, error) {
	if c.State != ClaimPublished {
		return "", nil
	}
	became, err := p.editing.Proposal(ctx, c.Became)
	if err != nil {
		return "", err
	}
	r, err := p.editing.Directory.Revision(ctx, c.Listing, became.Revision)
	if err != nil {
		return "", err
	}
	return EndOf(c.Wish, r.Listing), nil
}

// Changes gives what a claim would change of a listing as the public sees it now, so that whoever is mailed the code knows
// what it proves. Nothing is told of a listing that isn't shown, and a removal changes nothing.
func (p *ProviderClaims) Changes(ctx context.Context, c *ProviderClaim) ([]directory.Difference, error) {
	if c.Wish == Remove {
		return nil, nil
	}
	now, err := p.editing.Directory.Listing(ctx, c.Listing)
	if fault.Is(err, fault.NotFound) || err == nil && now.Status != directory.Published {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	base, err := p.editing.Directory.Revision(ctx, c.Listing, c.Base)
	if err != nil {
		return nil, err
	}
	shown := Claimable(now)
	says, _ := directory.Merge(Claimable(base.Listing), c.Says, shown, nil)
	return directory.Compare(shown, says), nil
}
