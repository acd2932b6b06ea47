package listing

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/seal"
)

// shards are the sub-folders that a crowded folder's files are spread over:
// Folders of them, with IDs from FirstID, each but the last full.
type shards struct {
	FolderID int64  `json:"folderId"`
	Path     string `json:"path"`
	FirstID  int64  `json:"firstId"`
	Folders  int64  `json:"folders"`
}

// shardCount is the number of sub-folders made by sharding.
func (s state) shardCount() int64 {
	var n int64
	for _, s := range s.Shards {
		n += s.Folders
	}
	return n
}

// spreading spreads the files of crowded folders over sub-folders.
type spreading struct {
	seal.Review
	limits planner.Limits
	// depth is the destination folder's, the root counting as 1.
	depth int
	// highestPart is the highest number in a name like that of a shard.
	highestPart int64
}

// shard spreads the files of crowded folders. What is to be done is decided and
// stored first; each sub-folder is then filled in one transaction, and one that
// is filled is passed over when this is done again.
func (b *Planner) shard(ctx context.Context) error {
	to := spreading{
		Review: b.reviewed(), limits: b.Options.Limits, depth: b.Facts.Destination.Depth,
		highestPart: b.state.HighestPart,
	}
	if !b.state.Sharding {
		var err error
		b.state.Shards, b.folders.lastID, err = to.decide(ctx, b.state.Full, b.cursor.LastFolderID)
		if err != nil {
			return err
		}
		b.state.Sharding = true
		if err := b.save(ctx, planner.Batch{}); err != nil {
			return err
		}
	}
	for _, s := range b.state.Shards {
		var last int64
		var err error
		for n := range s.Folders {
			if last, err = to.fill(ctx, s, n, last); err != nil {
				return err
			}
		}
	}
	return nil
}

// decide plans the sub-folders of every crowded folder that they can help.
// Their IDs follow the last one, and the new last one is returned.
func (s spreading) decide(
	ctx context.Context, full []seal.FullFolder, lastID int64,
) (all []shards, _ int64, err error) {
	type crowd struct {
		planner.FolderLoad
		existing int64
	}
	var crowds []crowd
	err = s.Crowded(ctx, full, s.limits.Children, func(f planner.FolderLoad, existing int64) {
		crowds = append(crowds, crowd{f, existing})
	})
	if err != nil {
		return nil, 0, err
	}
	for _, c := range crowds {
		files, err := s.movable(ctx, c.Folder.ID)
		if err != nil {
			return nil, 0, err
		}
		folders := shardsFor(files, c.Children-files+c.existing, s.limits.Children)
		if folders == 0 || s.depthOf(c.Folder.Path)+2 > s.limits.Depth {
			continue
		}
		all = append(all, shards{c.Folder.ID, c.Folder.Path, lastID + 1, folders})
		lastID += folders
	}
	return all, lastID, nil
}

// shardsFor is the number of sub-folders that take the files of a folder in
// which others children stay; 0 when that doesn't help.
func shardsFor(files, others, limit int64) int64 {
	n := (files + limit - 1) / limit
	if others+n > limit {
		return 0
	}
	return n
}

// depthOf is how deep the folder with that path lies, the root counting as 1.
func (s spreading) depthOf(path string) int {
	if path == "" {
		return s.depth
	}
	return s.depth + strings.Count(path, "/") + 1
}

// movable counts the files of a folder that can go to a sub-folder.
func (s spreading) movable(ctx context.Context, folderID int64) (int64, error) {
	var n int64
	for _, err := range s.filesOf(ctx, folderID, 0) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// fill moves the next files of a folder, after an item, into its nth
// sub-folder, counted from 0. It returns the last item moved, or what it was
// given where the sub-folder had been filled before.
func (s spreading) fill(ctx context.Context, to shards, n, after int64) (int64, error) {
	id := to.FirstID + n
	for _, err := range s.Reviewer.Items(ctx, planner.Filter{FolderID: &id, Limit: 1}) {
		if err != nil {
			return 0, fmt.Errorf("looking into sub-folder %d: %w", id, err)
		}
		return after, nil
	}
	var moves []planner.Amendment
	for item, err := range s.filesOf(ctx, to.FolderID, after) {
		if err != nil {
			return 0, err
		}
		moves = append(moves, planner.Amendment{
			ItemID: item.ID, FolderID: id, Name: item.Name, Action: item.Action,
		})
		if int64(len(moves)) == s.limits.Children {
			break
		}
	}
	if len(moves) == 0 {
		return after, nil
	}
	name := destination.ShardName(s.highestPart + 1 + n)
	folder := planner.Folder{
		ID: id, ParentID: to.FolderID, Name: name,
		Path: strings.TrimPrefix(to.Path+"/"+name, "/"),
	}
	if err := s.Store.Amend(ctx, []planner.Folder{folder}, moves); err != nil {
		return 0, fmt.Errorf("filling %s: %w", folder.Path, err)
	}
	return moves[len(moves)-1].ItemID, nil
}

// filesOf streams the files of a folder that can go to a sub-folder. Those
// that replace a file stay where that is.
func (s spreading) filesOf(ctx context.Context, folderID, after int64) iter.Seq2[planner.Item, error] {
	filter := planner.Filter{AfterID: after, FolderID: &folderID, Actions: planner.ActiveActions()}
	return func(yield func(planner.Item, error) bool) {
		for item, err := range s.Reviewer.Items(ctx, filter) {
			if err != nil {
				yield(planner.Item{}, fmt.Errorf("reading folder %d: %w", folderID, err))
				return
			}
			if item.ReplaceEntityID == "" && !yield(item, nil) {
				return
			}
		}
	}
}
