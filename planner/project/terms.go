package project

import (
	"context"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
)

// terms are what a project is planned under, fixed before anything is listed.
type terms struct {
	source  planner.ProjectSource
	facts   rules.DestinationFacts
	options planner.Options
	project planner.ProjectOptions
	workers int
}

// choose decides about a version by what is known now.
func (t terms) choose(e *entry) {
	e.decision = choose.File(e.facts, t.facts, t.options, t.project)
}

// each does something for the entries that are wanted, many at once.
func (t terms) each(
	ctx context.Context, entries []*entry, wanted func(*entry) bool,
	do func(context.Context, *entry) error,
) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(t.workers)
	for _, e := range entries {
		if wanted(e) {
			group.Go(func() error { return do(ctx, e) })
		}
	}
	return group.Wait()
}
