package listing

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
)

// cost sums up the calls of a run: those of every item, one for each folder
// to be made, and those that examine the destination at its start.
func (b *Planner) cost(ctx context.Context, t planner.Totals) (planner.Cost, error) {
	terms := planner.TermsOf(b.Header, b.Options)
	sum := planner.Calls{Synapse: planner.DestinationCalls + t.Folders}
	for item, err := range b.Reviewer.Items(ctx, planner.Filter{Actions: planner.ActiveActions()}) {
		if err != nil {
			return planner.Cost{}, fmt.Errorf("reading items: %w", err)
		}
		sum = sum.Plus(terms.Bring(item)).Plus(planner.Replace(item))
		sum.Synapse++ // the entity
	}
	return terms.Cost(sum), nil
}
