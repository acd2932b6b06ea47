package planner

import (
	"context"
	"fmt"
	"hash/maphash"

	"synapse-migrate/synapse"
)

// entityRef is what is kept of a child.
type entityRef struct {
	ID, Type string
}

// level is a folder of the destination on the way to an item.
type level struct {
	entityID string
	children int64
}

// location is what the destination holds on the way to a path, and at it.
type location struct {
	// levels are the folders of the way that exist, the destination folder
	// first.
	levels []level
	// taken is true when something other than a folder has the name of a
	// folder of the way.
	taken bool
	// child is what has the item's name, nil when there is nothing.
	child *entityRef
	// sharded are files that may have the item's name in shards of its
	// folder, where child is nil.
	sharded []shardFile
}

// files is the number of files to compare the item with.
func (l location) files() int {
	if l.child != nil {
		return 1
	}
	return len(l.sharded)
}

// contents walks the destination's tree beside the listing. Only folders on
// the way to the last key are kept, each with its children, 10,000 at most,
// and with marks of the files in its shards, maxNames of them altogether.
type contents struct {
	source   Contents
	chain    []loadedFolder
	maxNames int
	seed     maphash.Seed
	// highestPart is the highest number in a name that looks like that of a
	// shard, see shardName.
	highestPart int64
	// tooSpread is the path of a folder with too many files in its shards.
	tooSpread *string
}

// loadedFolder is a folder whose children are known.
type loadedFolder struct {
	name     string
	entityID string
	children map[string]entityRef
	// shards are known once shardsRead is true.
	shards     []existingShard
	shardsRead bool
}

// newContents begins at a folder. What was found out before goes on to count: the highest
// number of a shard, and a folder whose shards hold too many files.
func newContents(
	source Contents, rootID string, maxNames int, highestPart int64, tooSpread *string,
) *contents {
	return &contents{
		source: source, maxNames: maxNames, seed: maphash.MakeSeed(),
		highestPart: highestPart, tooSpread: tooSpread,
		chain: []loadedFolder{{entityID: rootID}},
	}
}

// find looks a path up, loading folders as they are met.
func (c *contents) find(ctx context.Context, names []string) (location, error) {
	var at location
	if err := c.load(ctx, &c.chain[0]); err != nil {
		return at, err
	}
	folders := names[:len(names)-1]
	for i := 0; ; i++ {
		folder := &c.chain[i]
		at.levels = append(at.levels, level{folder.entityID, int64(len(folder.children))})
		if i == len(folders) {
			if child, ok := folder.children[names[i]]; ok {
				at.child = &child
				return at, nil
			}
			var err error
			at.sharded, err = c.inShards(ctx, folder, folders, names[i])
			return at, err
		}
		child, ok := folder.children[folders[i]]
		if !ok || child.Type != synapse.TypeFolder {
			at.taken = ok
			return at, nil
		}
		if err := c.enter(ctx, i+1, folders[i], child.ID); err != nil {
			return at, err
		}
	}
}

// enter makes the folder of that name the nth of the chain.
func (c *contents) enter(ctx context.Context, n int, name, id string) error {
	if n < len(c.chain) && c.chain[n].entityID == id {
		return nil
	}
	folder := loadedFolder{name: name, entityID: id}
	if err := c.load(ctx, &folder); err != nil {
		return err
	}
	clear(c.chain[n:])
	c.chain = append(c.chain[:n], folder)
	return nil
}

// load reads a folder's children, once.
func (c *contents) load(ctx context.Context, f *loadedFolder) error {
	if f.children != nil {
		return nil
	}
	children := map[string]entityRef{}
	for h, err := range c.source.Children(ctx, f.entityID, synapse.ChildTypes()...) {
		if err != nil {
			return fmt.Errorf("listing folder %s: %w", f.entityID, err)
		}
		children[h.Name] = entityRef{ID: h.ID, Type: h.Type}
		c.highestPart = max(c.highestPart, shardNumber(h.Name))
	}
	f.children = children
	return nil
}

// whereTaken blocks what needs a name that something of another type has.
func whereTaken(d Decision, at location) Decision {
	if at.taken || at.child != nil && at.child.Type != synapse.TypeFile {
		return blocked(RuleObjectsOtherEntity)
	}
	return d
}

// whereFile decides about an object whose name a file already has, by what is
// known of the file's content. ReplaceID is set where the file gets a new
// version, compareID where the run is to compare.
func whereFile(
	d Decision, like Likeness, fileID string, policy ExistsPolicy,
) (_ Decision, replaceID, compareID string) {
	switch {
	case like == LikenessSame:
		return Decision{Action: ActionSkip, Rule: RuleObjectsMigrated}, "", ""
	case policy == ExistsSkip:
		return Decision{Action: ActionSkip, Rule: RuleObjectsFileKept}, "", ""
	case policy == ExistsReplace:
		d.Notes = append(d.Notes, RuleObjectsFileReplaced)
		return d, fileID, ""
	case like == LikenessUnknown:
		d.Notes = append(d.Notes, RuleContentComparedFile)
		return d, "", fileID
	}
	return blocked(RuleObjectsFileDiffers), "", ""
}

// dataHandle is the handle of a file's content; nil where the caller may not
// see it.
func dataHandle(b synapse.Bundle) *synapse.FileHandle {
	if b.Entity == nil {
		return nil
	}
	for i := range b.FileHandles {
		if b.FileHandles[i].ID == b.Entity.DataFileHandleID {
			return &b.FileHandles[i]
		}
	}
	return nil
}
