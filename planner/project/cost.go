package project

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// cost sums up the calls of a run: those of every file version, one for each
// folder to be made, and those that examine the destination at its start.
func (p *Planner) cost(ctx context.Context, t planner.Totals) (planner.Cost, error) {
	terms := planner.TermsOf(p.Header, p.Options)
	sum := planner.Calls{Synapse: planner.DestinationCalls + t.Folders}
	var before planner.Item
	var copied int64
	for item, err := range p.Reviewer.Items(ctx, planner.Filter{Actions: planner.ActiveActions()}) {
		if err != nil {
			return planner.Cost{}, fmt.Errorf("reading items: %w", err)
		}
		sum = sum.Plus(terms.Bring(item))
		sum.Synapse += p.entityCalls(item, before)
		if p.copiesRecord(item) {
			copied++
		}
		before = item
	}
	sum.Synapse += (copied + synapse.MaxHandleBatch - 1) / synapse.MaxHandleBatch
	return terms.Cost(sum), nil
}

// copiesRecord reports whether an item needs a copy of its file handle's
// record, of which one call makes MaxHandleBatch. A file that moves keeps a
// handle that lies in the destination's storage location.
func (p *Planner) copiesRecord(i planner.Item) bool {
	return i.Action.Traits().Lane == planner.LaneReuse && i.Shares == 0 && p.source.Mode == planner.ModeCopy
}

// entityCalls are those that write an item's entity: one to make it, to give
// it a version, or to move it; one more to read a file that gets its first
// new version, one for annotations that a new version doesn't take over from
// the one before (of a file that was there, it takes over none), and one for a record of where it came from.
func (p *Planner) entityCalls(i, before planner.Item) int64 {
	if p.source.Mode == planner.ModeMove {
		return 1
	}
	calls := int64(1)
	if i.ReplaceEntityID != "" {
		calls++
	}
	if newVersion := i.Follows != 0; newVersion && i.Follows == before.ID &&
		!sameAnnotations(i.Origin.Annotations, before.Origin.Annotations) {
		calls++
	} else if i.ReplaceEntityID != "" {
		calls++
	}
	if p.source.Provenance == planner.ProvenanceLink {
		calls++
	}
	return calls
}

// sameAnnotations reports whether two sets are equal: keys, types and values in
// their order.
func sameAnnotations(a, b map[string]synapse.AnnotationValue) bool {
	return maps.EqualFunc(a, b,
		func(x, y synapse.AnnotationValue) bool {
			return x.Type == y.Type && slices.Equal(x.Value, y.Value)
		})
}
