package planner

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/synapse"
)

// cost sums up the calls of a run: those of every file version, one for each
// folder to be made, and those that examine the destination at its start.
func (p *Project) cost(ctx context.Context, t Totals) (Cost, error) {
	c := Cost{SynapseCalls: destinationCalls + t.Folders}
	var before Item
	var copied int64
	for item, err := range p.Reviewer.Items(ctx, Filter{Actions: activeActions()}) {
		if err != nil {
			return Cost{}, fmt.Errorf("reading items: %w", err)
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
	c.BudgetTime = budgetTime(c.SynapseCalls, p.Options.Limits)
	return c, nil
}

// copiesRecord reports whether an item needs a copy of its file handle's
// record, of which one call makes MaxHandleBatch. A file that moves keeps a
// handle that lies in the destination's storage location.
func (p *Project) copiesRecord(i Item) bool {
	return i.Action == ActionReuse && i.Shares == 0 && p.source.Mode == ModeCopy
}

// bringCost is what it takes to have a new file handle for an item: one that
// is shared, or reused, nothing; one that Synapse copies, one call to start,
// one for the URLs of a hundred parts, one a part and one to complete, and
// for a mirrored key one for the file handle that Synapse made and one for
// that of the second copy; other actions what they take for any source, with
// a download URL for what only Synapse reaches.
func (p *Project) bringCost(i Item) (synapseCalls, s3Calls int64) {
	if i.Shares != 0 || i.Action == ActionReuse {
		return 0, 0
	}
	if i.Action != ActionSynapseCopy {
		aws := p.Header.Destination.Endpoint == ""
		i.ReplaceEntityID = ""
		synapseCalls, s3Calls = itemCost(i, p.Options, aws)
		if i.Source.Download != nil {
			synapseCalls++
		}
		return synapseCalls - 1, s3Calls
	}
	n := parts(i.Source.SizeBytes, CopyPartSizeBytes)
	synapseCalls = 2 + n + (n+uploadURLBatch-1)/uploadURLBatch
	s3Calls = n
	if i.Origin != nil && i.Origin.Mirror != "" {
		synapseCalls += 2
		s3Calls += 3
	}
	keptSynapse, keptS3 := keptCost(i, p.Options.withDefaults(), p.Header.Destination.Endpoint == "")
	return synapseCalls + keptSynapse, s3Calls + keptS3
}

// CopyPartSizeBytes is the part size of copies that Synapse makes: the
// largest that it takes, 5 GiB (PartUtils, October 2024 snapshot), so that
// most objects are one part.
const CopyPartSizeBytes int64 = 5 << 30

// entityCalls are those that write an item's entity: one to make it, to give
// it a version, or to move it; one more to read a file that gets its first
// new version, one for annotations that a new version doesn't take over from
// the one before (of a file that was there, it takes over none), and one for a record of where it came from.
func (p *Project) entityCalls(i, before Item) int64 {
	if p.source.Mode == ModeMove {
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
	if p.source.Provenance == ProvenanceLink {
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
