package listing

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
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
func (b *Planner) shardCount() int64 {
	var n int64
	for _, s := range b.state.Shards {
		n += s.Folders
	}
	return n
}

// shard spreads the files of crowded folders over sub-folders. What is to be
// done is decided and stored first; each sub-folder is then filled in one
// transaction, and one that is filled is passed over when this is done again.
func (b *Planner) shard(ctx context.Context) error {
	if !b.state.Sharding {
		if err := b.decideShards(ctx); err != nil {
			return err
		}
	}
	for _, s := range b.state.Shards {
		var last int64
		var err error
		for n := range s.Folders {
			if last, err = b.fillShard(ctx, s, n, last); err != nil {
				return err
			}
		}
	}
	return nil
}

// decideShards plans the sub-folders of every crowded folder that they can
// help, and stores that.
func (b *Planner) decideShards(ctx context.Context) error {
	type crowd struct {
		planner.FolderLoad
		existing int64
	}
	var crowds []crowd
	if err := b.crowded(ctx, func(f planner.FolderLoad, existing int64) {
		crowds = append(crowds, crowd{f, existing})
	}); err != nil {
		return err
	}
	next := b.cursor.LastFolderID + 1
	for _, c := range crowds {
		files, err := b.movable(ctx, c.Folder.ID)
		if err != nil {
			return err
		}
		folders := shardsFor(files, c.Children-files+c.existing, b.Options.Limits.Children)
		if folders == 0 || b.depth(c.Folder.Path)+2 > b.Options.Limits.Depth {
			continue
		}
		b.state.Shards = append(b.state.Shards, shards{c.Folder.ID, c.Folder.Path, next, folders})
		next += folders
	}
	b.state.Sharding = true
	b.folders.lastID = next - 1
	return b.save(ctx, planner.Batch{})
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

// depth is how deep the folder with that path lies, the root counting as 1.
func (b *Planner) depth(path string) int {
	d := b.Facts.Destination.Depth
	if path == "" {
		return d
	}
	return d + strings.Count(path, "/") + 1
}

// movable counts the files of a folder that can go to a sub-folder.
func (b *Planner) movable(ctx context.Context, folderID int64) (int64, error) {
	var n int64
	for _, err := range b.filesOf(ctx, folderID, 0) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// fillShard moves the next files of a folder, after an item, into its nth
// sub-folder, counted from 0. It returns the last item moved, or what it was
// given where the sub-folder had been filled before.
func (b *Planner) fillShard(ctx context.Context, s shards, n, after int64) (int64, error) {
	id := s.FirstID + n
	for _, err := range b.Reviewer.Items(ctx, planner.Filter{FolderID: &id, Limit: 1}) {
		if err != nil {
			return 0, fmt.Errorf("looking into sub-folder %d: %w", id, err)
		}
		return after, nil
	}
	var moves []planner.Amendment
	for item, err := range b.filesOf(ctx, s.FolderID, after) {
		if err != nil {
			return 0, err
		}
		moves = append(moves, planner.Amendment{
			ItemID: item.ID, FolderID: id, Name: item.Name, Action: item.Action,
		})
		if int64(len(moves)) == b.Options.Limits.Children {
			break
		}
	}
	if len(moves) == 0 {
		return after, nil
	}
	name := destination.ShardName(b.state.HighestPart + 1 + n)
	folder := planner.Folder{
		ID: id, ParentID: s.FolderID, Name: name,
		Path: strings.TrimPrefix(s.Path+"/"+name, "/"),
	}
	if err := b.Store.Amend(ctx, []planner.Folder{folder}, moves); err != nil {
		return 0, fmt.Errorf("filling %s: %w", folder.Path, err)
	}
	return moves[len(moves)-1].ItemID, nil
}

// filesOf streams the files of a folder that can go to a sub-folder. Those
// that replace a file stay where that is.
func (b *Planner) filesOf(ctx context.Context, folderID, after int64) iter.Seq2[planner.Item, error] {
	filter := planner.Filter{AfterID: after, FolderID: &folderID, Actions: planner.ActiveActions()}
	return func(yield func(planner.Item, error) bool) {
		for item, err := range b.Reviewer.Items(ctx, filter) {
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
