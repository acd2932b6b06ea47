package project

import (
	"maps"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// calls are those of a run for an item. Items are asked about in their order.
func (e *ending) calls(i planner.Item) planner.Calls {
	calls := e.costs.Bring(i)
	calls.Synapse += e.entityCalls(i, e.before)
	if e.copiesRecord(i) {
		if e.copied%synapse.MaxHandleBatch == 0 {
			calls.Synapse++ // the next batch begins
		}
		e.copied++
	}
	e.before = i
	return calls
}

// copiesRecord reports whether an item needs a copy of its file handle's
// record, of which one call makes MaxHandleBatch. A file that moves keeps a
// handle that lies in the destination's storage location.
func (e *ending) copiesRecord(i planner.Item) bool {
	return i.Action.Traits().Lane == planner.LaneReuse && i.Shares == 0 && e.source.Mode == planner.ModeCopy
}

// entityCalls are those that write an item's entity: one to make it, to give
// it a version, or to move it; one more to read a file that gets its first
// new version, one for annotations that a new version doesn't take over from
// the one before (of a file that was there, it takes over none), and one for a record of where it came from.
func (e *ending) entityCalls(i, before planner.Item) int64 {
	if e.source.Mode == planner.ModeMove {
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
	if e.source.Provenance == planner.ProvenanceLink {
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
