package listing

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/planner/seal"
)

// review does what needs the whole list: it blocks what clashes, and spreads
// or reports crowded folders. Done again after an interruption, it ends the
// same. The findings are those about crowded folders.
func (b *Planner) review(ctx context.Context) ([]planner.Finding, error) {
	if err := b.reviewed().BlockAllClashes(ctx); err != nil {
		return nil, err
	}
	if b.Options.ShardFolders {
		if err := b.shard(ctx); err != nil {
			return nil, fmt.Errorf("spreading crowded folders: %w", err)
		}
	}
	findings, err := b.reviewed().CrowdedFindings(ctx, b.state.Full, b.Options.Limits.Children,
		b.Facts.Destination.FolderID)
	if err != nil {
		return nil, err
	}
	if n := len(b.state.Shards); n > 0 {
		f := rules.AboutRun(rules.LimitsSharded,
			"the files of %s are spread over %s, in the order of their keys",
			planner.Plural(int64(n), "folder", "folders"), planner.Plural(b.shardCount(), "sub-folder", "sub-folders"))
		for _, s := range b.state.Shards[:min(n, planner.MaxExamples)] {
			f.Examples = append(f.Examples, b.folderExample(s.Path))
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (b *Planner) reviewed() seal.Review { return seal.Review{Store: b.Store, Reviewer: b.Reviewer} }

// folderExample is how findings show the folder with that path.
func (b *Planner) folderExample(path string) string {
	return seal.FolderExample(b.Facts.Destination.FolderID, path)
}

// tooSpread reports a folder whose shards hold too many files.
func (b *Planner) tooSpread() []planner.Finding {
	if b.state.TooSpread == nil {
		return nil
	}
	f := rules.AboutRun(rules.LimitsTooSpread,
		"a folder of the destination holds more than %s files in sub-folders part-NNNN, too "+
			"many to find those that are migrated already", planner.Number(int64(b.ShardNames)))
	f.Examples = []string{b.folderExample(*b.state.TooSpread)}
	return []planner.Finding{f}
}

// crowded calls visit for each folder with too many children, with the
// number of those that it has and the plan doesn't touch.
func (b *Planner) crowded(ctx context.Context, visit func(f planner.FolderLoad, existing int64)) error {
	return b.reviewed().Crowded(ctx, b.state.Full, b.Options.Limits.Children, visit)
}
