package destination

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"

	"synapse-migrate/synapse"
)

// Contents is what the planner asks of a destination that isn't empty:
// synapse.Client.
type Contents interface {
	Children(
		ctx context.Context, parentID string, types ...string,
	) iter.Seq2[synapse.EntityHeader, error]
	Bundle(
		ctx context.Context, id string, r synapse.BundleRequest,
	) (synapse.Bundle, error)
	usageReader
}

// EntityRef is what is kept of a child.
type EntityRef struct {
	ID, Type string
}

// level is a folder of the destination on the way to an item.
type level struct {
	EntityID string
	Children int64
}

// Location is what the destination holds on the way to a path, and at it.
type Location struct {
	// Levels are the folders of the way that exist, the destination folder
	// first.
	Levels []level
	// Taken is true when something other than a folder has the name of a
	// folder of the way.
	Taken bool
	// Child is what has the item's name, nil when there is nothing.
	Child *EntityRef
	// Sharded are files that may have the item's name in shards of its
	// folder, where child is nil.
	Sharded []ShardFile
}

// Files is the number of files to compare the item with.
func (l Location) Files() int {
	if l.Child != nil {
		return 1
	}
	return len(l.Sharded)
}

// Tree walks the destination's tree beside the listing. Only folders on
// the way to the last key are kept, each with its children, 10,000 at most,
// and with marks of the files in its shards, maxNames of them altogether.
type Tree struct {
	source   Contents
	chain    []loadedFolder
	maxNames int
	seed     maphash.Seed
	// HighestPart is the highest number in a name that looks like that of a
	// shard, see ShardName.
	HighestPart int64
	// TooSpread is the path of a folder with too many files in its shards.
	TooSpread *string
}

// loadedFolder is a folder whose children are known.
type loadedFolder struct {
	name     string
	entityID string
	children map[string]EntityRef
	// shards are known once shardsRead is true.
	shards     []existingShard
	shardsRead bool
}

// NewTree begins at a folder. What was found out before goes on to count: the highest
// number of a shard, and a folder whose shards hold too many files.
func NewTree(
	source Contents, rootID string, maxNames int, highestPart int64, tooSpread *string,
) *Tree {
	return &Tree{
		source: source, maxNames: maxNames, seed: maphash.MakeSeed(),
		HighestPart: highestPart, TooSpread: tooSpread,
		chain: []loadedFolder{{entityID: rootID}},
	}
}

// Find looks a path up, loading folders as they are met.
func (c *Tree) Find(ctx context.Context, names []string) (Location, error) {
	var at Location
	if err := c.load(ctx, &c.chain[0]); err != nil {
		return at, err
	}
	folders := names[:len(names)-1]
	for i := 0; ; i++ {
		folder := &c.chain[i]
		at.Levels = append(at.Levels, level{folder.entityID, int64(len(folder.children))})
		if i == len(folders) {
			if child, ok := folder.children[names[i]]; ok {
				at.Child = &child
				return at, nil
			}
			var err error
			at.Sharded, err = c.inShards(ctx, folder, folders, names[i])
			return at, err
		}
		child, ok := folder.children[folders[i]]
		if !ok || child.Type != synapse.TypeFolder {
			at.Taken = ok
			return at, nil
		}
		if err := c.enter(ctx, i+1, folders[i], child.ID); err != nil {
			return at, err
		}
	}
}

// enter makes the folder of that name the nth of the chain.
func (c *Tree) enter(ctx context.Context, n int, name, id string) error {
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
func (c *Tree) load(ctx context.Context, f *loadedFolder) error {
	if f.children != nil {
		return nil
	}
	children := map[string]EntityRef{}
	for h, err := range c.source.Children(ctx, f.entityID, synapse.ChildTypes()...) {
		if err != nil {
			return fmt.Errorf("listing folder %s: %w", f.entityID, err)
		}
		children[h.Name] = EntityRef{ID: h.ID, Type: h.Type}
		c.HighestPart = max(c.HighestPart, ShardNumber(h.Name))
	}
	f.children = children
	return nil
}
