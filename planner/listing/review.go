package listing

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/planner/seal"
)

// review blocks what clashes, and spreads crowded folders where that is asked
// for. Done again after an interruption, it ends the same.
func (b *Planner) review(ctx context.Context) error {
	if err := b.reviewed().BlockAllClashes(ctx); err != nil || !b.Options.ShardFolders {
		return err
	}
	if err := b.shard(ctx); err != nil {
		return fmt.Errorf("spreading crowded folders: %w", err)
	}
	return nil
}

func (b *Planner) reviewed() seal.Review { return seal.Review{Store: b.Store, Reviewer: b.Reviewer} }

// folderExample is how findings show the folder with that path.
func (b *Planner) folderExample(path string) string {
	return seal.FolderExample(b.Facts.Destination.FolderID, path)
}

// shardFindings tell of folders that were spread, and of one whose shards hold
// too many files to look into.
func (b *Planner) shardFindings() (findings []planner.Finding) {
	if n := len(b.state.Shards); n > 0 {
		f := rules.AboutRun(rules.LimitsSharded,
			"the files of %s are spread over %s, in the order of their keys",
			planner.Plural(int64(n), "folder", "folders"), planner.Plural(b.state.shardCount(), "sub-folder", "sub-folders"))
		for _, s := range b.state.Shards[:min(n, planner.MaxExamples)] {
			f.Examples = append(f.Examples, b.folderExample(s.Path))
		}
		findings = append(findings, f)
	}
	if b.state.TooSpread != nil {
		f := rules.AboutRun(rules.LimitsTooSpread,
			"a folder of the destination holds more than %s files in sub-folders part-NNNN, too "+
				"many to find those that are migrated already", planner.Number(int64(b.ShardNames)))
		f.Examples = []string{b.folderExample(*b.state.TooSpread)}
		findings = append(findings, f)
	}
	return findings
}
