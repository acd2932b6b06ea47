package seal

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// Ending is what remains to be said of a plan once all of its items are known.
type Ending struct {
	Facts   rules.DestinationFacts
	Options planner.Options
	// Full are folders that exist and would get too many children, FoldersFound
	// is the number of folders that exist, Tallies are what rules concern.
	Full         []FullFolder
	FoldersFound int64
	Tallies      planner.Tallies
	// AddedBytes are those that the plan adds to the destination's project.
	AddedBytes func(planner.Totals) int64
	// Calls are those that an item takes; it is asked of each, in their order.
	Calls func(planner.Item) planner.Calls
	// Own are the findings that no other kind of source has. It may fill in
	// the plan, whose totals and cost are known.
	Own func(context.Context, *planner.Plan) ([]planner.Finding, error)
}

// Seal sums up a plan whose list is reviewed, gathers its findings and has it
// stored for good.
func (r Review) Seal(ctx context.Context, plan planner.Plan, e Ending) (planner.Plan, error) {
	plan.Format, plan.Protection = planner.PlanFormat, e.Facts.Protection()
	readBytes := plan.Totals.PlanBytes
	var err error
	if plan.Totals, err = r.Reviewer.Totals(ctx); err != nil {
		return planner.Plan{}, fmt.Errorf("counting the plan: %w", err)
	}
	plan.Totals.PlanBytes = readBytes
	plan.Totals.Folders -= e.FoldersFound
	if plan.Cost, err = r.cost(ctx, plan, e); err != nil {
		return planner.Plan{}, fmt.Errorf("calculating the cost: %w", err)
	}
	own, err := e.Own(ctx, &plan)
	if err != nil {
		return planner.Plan{}, err
	}
	if plan.Findings, err = r.findings(ctx, plan, e, own); err != nil {
		return planner.Plan{}, fmt.Errorf("gathering findings: %w", err)
	}
	sealed, err := r.Store.Seal(ctx, plan)
	if err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	return sealed, nil
}

// cost sums up the calls of a run: those of every item, one for each folder
// to be made, and those that examine the destination at its start.
func (r Review) cost(ctx context.Context, plan planner.Plan, e Ending) (planner.Cost, error) {
	sum := planner.Calls{Synapse: planner.DestinationCalls + plan.Totals.Folders}
	for item, err := range r.Reviewer.Items(ctx, planner.Filter{Actions: planner.ActiveActions()}) {
		if err != nil {
			return planner.Cost{}, fmt.Errorf("reading items: %w", err)
		}
		sum = sum.Plus(e.Calls(item))
	}
	return planner.TermsOf(plan.Header, e.Options).Cost(sum), nil
}

// findings are those about the run, then those about items, in the order of
// the rules.
func (r Review) findings(
	ctx context.Context, plan planner.Plan, e Ending, own []planner.Finding,
) ([]planner.Finding, error) {
	book := rules.NewBook(plan.Header.Source)
	all := rules.Concerning(rules.CheckRun(e.Facts, e.Options), plan.Totals)
	all = append(all, rules.CheckRoom(e.Facts, e.AddedBytes(plan.Totals))...)
	all = append(all, own...)
	crowded, err := r.crowdedFindings(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, f := range crowded {
		f.Hint = book.Rule(f.Rule).Hint
		all = append(all, f)
	}
	for id, tally := range e.Tallies {
		all = append(all, book.Rule(id).Finding(*tally))
	}
	clashes, err := r.clashFindings(ctx, book)
	if err != nil {
		return nil, err
	}
	return book.Sorted(append(all, clashes...)), nil
}
