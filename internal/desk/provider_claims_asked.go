package desk

import (
	"context"

	"carefinder/internal/directory"
	"carefinder/internal/fault"
)

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
