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
	c := planner.Cost{SynapseCalls: planner.DestinationCalls + t.Folders}
	var before planner.Item
	var copied int64
	for item, err := range p.Reviewer.Items(ctx, planner.Filter{Actions: planner.ActiveActions()}) {
		if err != nil {
			return planner.Cost{}, fmt.Errorf("reading items: %w", err)
		}
		synapseCalls, s3Calls := p.bringCost(item)
		c.SynapseCalls += synapseCalls + p.entityCalls(item, before)
		c.S3Calls += s3Calls
		if p.copiesRecord(item) {
			copied++
		}
		before = item
	}
	c.SynapseCalls += (copied + synapse.MaxHandleBatch - 1) / synapse.MaxHandleBatch
	c.BudgetTime = planner.BudgetTime(c.SynapseCalls, p.Options.Limits)
	return c, nil
}

// copiesRecord reports whether an item needs a copy of its file handle's
// record, of which one call makes MaxHandleBatch. A file that moves keeps a
// handle that lies in the destination's storage location.
func (p *Planner) copiesRecord(i planner.Item) bool {
	return i.Action == planner.ActionReuse && i.Shares == 0 && p.source.Mode == planner.ModeCopy
}

// bringCost is what it takes to have a new file handle for an item: one that
// is shared, or reused, nothing; one that Synapse copies, one call to start,
// one for the URLs of a hundred parts, one a part and one to complete, and
// for a mirrored key one for the file handle that Synapse made and one for
// that of the second copy; other actions what they take for any source, with
// a download URL for what only Synapse reaches.
func (p *Planner) bringCost(i planner.Item) (synapseCalls, s3Calls int64) {
	if i.Shares != 0 || i.Action == planner.ActionReuse {
		return 0, 0
	}
	if i.Action != planner.ActionSynapseCopy {
		aws := p.Header.Destination.Endpoint == ""
		i.ReplaceEntityID = ""
		synapseCalls, s3Calls = planner.ItemCost(i, p.Options, aws)
		if i.Source.Download != nil {
			synapseCalls++
		}
		return synapseCalls - 1, s3Calls
	}
	n := planner.Parts(i.Source.SizeBytes, planner.CopyPartSizeBytes)
	synapseCalls = 2 + n + (n+planner.UploadURLBatch-1)/planner.UploadURLBatch
	s3Calls = n
	if i.Origin != nil && i.Origin.Mirror != "" {
		synapseCalls += 2
		s3Calls += 3
	}
	keptSynapse, keptS3 := planner.KeptCost(i, p.Options.WithDefaults(), p.Header.Destination.Endpoint == "")
	return synapseCalls + keptSynapse, s3Calls + keptS3
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
