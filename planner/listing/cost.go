package listing

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
)

// cost sums up the calls of a run: those of every item, one for each folder
// to be made, and those that examine the destination at its start.
func (b *Planner) cost(ctx context.Context, t planner.Totals) (planner.Cost, error) {
	c := planner.Cost{SynapseCalls: planner.DestinationCalls + t.Folders}
	for item, err := range b.Reviewer.Items(ctx, planner.Filter{Actions: planner.ActiveActions()}) {
		if err != nil {
			return planner.Cost{}, fmt.Errorf("reading items: %w", err)
		}
		synapseCalls, s3Calls := planner.ItemCost(item, b.Options, b.Header.Destination.Endpoint == "")
		if !b.Header.Source.IsS3() {
			s3Calls -= planner.MachineReads(item, b.Options)
		}
		c.SynapseCalls += synapseCalls
		c.S3Calls += s3Calls
	}
	c.BudgetTime = planner.BudgetTime(c.SynapseCalls, b.Options.Limits)
	return c, nil
}
