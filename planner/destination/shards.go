package destination

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// DefaultShardNames is the number of files in one folder's shards that are
// remembered, unless another is asked for: 200 full ones, in 32 MB.
const DefaultShardNames = 2_000_000

// ShardFile is a file in a shard of the destination.
type ShardFile struct {
	// Shard and shardID are the shard's name and entity, entityID the file.
	Shard, ShardID, EntityID string
}

// existingShard is a shard that the destination holds.
type existingShard struct {
	name, entityID string
	// files are in the order of their hashes.
	files []nameMark
}

// nameMark is what is kept of a file's name: its hash, and the digits of the
// file's ID. Files with equal hashes are told apart when they are looked at.
type nameMark struct {
	hash   uint64
	digits int64
}

// inShards finds the files of that name in the shards of a folder, which are
// read when they are first needed. Names may be asked for in any order:
// replaced ones are not in that of their keys.
func (c *Tree) inShards(
	ctx context.Context, folder *loadedFolder, path []string, name string,
) ([]ShardFile, error) {
	if !folder.shardsRead && c.TooSpread == nil {
		if err := c.readShards(ctx, folder, path); err != nil {
			return nil, err
		}
	}
	if c.TooSpread != nil {
		return nil, nil
	}
	var found []ShardFile
	hash := maphash.String(c.seed, name)
	for _, s := range folder.shards {
		i, _ := slices.BinarySearchFunc(s.files, hash, func(m nameMark, h uint64) int {
			return cmp.Compare(m.hash, h)
		})
		for ; i < len(s.files) && s.files[i].hash == hash; i++ {
			id := "syn" + strconv.FormatInt(s.files[i].digits, 10)
			found = append(found, ShardFile{s.name, s.entityID, id})
		}
	}
	return found, nil
}

// readShards reads the files of a folder's shards. Where they would be too
// many together with those of other folders, the others are forgotten, to be
// read again when they are needed; where they are too many alone, that is
// noted, and no shard of any folder is looked into from then on.
func (c *Tree) readShards(ctx context.Context, folder *loadedFolder, path []string) error {
	folder.shardsRead = true
	left := c.maxNames
	for _, s := range shardsAmong(folder.children) {
		err := c.readShard(ctx, &s, left)
		if err != nil {
			return err
		}
		if left -= len(s.files); left < 0 {
			joined := strings.Join(path, "/")
			c.TooSpread, folder.shards = &joined, nil
			return nil
		}
		folder.shards = append(folder.shards, s)
		if c.names() > c.maxNames {
			c.forgetShards(folder)
		}
	}
	return nil
}

// shardsAmong are the children that are folders and named like shards, by
// number.
func shardsAmong(children map[string]EntityRef) []existingShard {
	var all []existingShard
	for name, child := range children {
		if ShardNumber(name) > 0 && child.Type == synapse.TypeFolder {
			all = append(all, existingShard{name: name, entityID: child.ID})
		}
	}
	slices.SortFunc(all, func(a, b existingShard) int {
		return cmp.Or(cmp.Compare(ShardNumber(a.name), ShardNumber(b.name)),
			strings.Compare(a.name, b.name))
	})
	return all
}

// readShard reads the files of one shard, until they are more than limit.
func (c *Tree) readShard(ctx context.Context, s *existingShard, limit int) error {
	for h, err := range c.source.Children(ctx, s.entityID, "file") {
		if err != nil {
			return fmt.Errorf("listing folder %s: %w", s.entityID, err)
		}
		digits, err := strconv.ParseInt(strings.TrimPrefix(h.ID, "syn"), 10, 64)
		if err != nil {
			return fmt.Errorf("listing folder %s: reading the ID %q: %w", s.entityID, h.ID, err)
		}
		s.files = append(s.files, nameMark{maphash.String(c.seed, h.Name), digits})
		if len(s.files) > limit {
			break
		}
	}
	slices.SortFunc(s.files, func(a, b nameMark) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.digits, b.digits))
	})
	return nil
}

// names is the number of names that are remembered.
func (c *Tree) names() int {
	n := 0
	for _, folder := range c.chain {
		for _, s := range folder.shards {
			n += len(s.files)
		}
	}
	return n
}

// forgetShards forgets those of other folders.
func (c *Tree) forgetShards(keep *loadedFolder) {
	for i := range c.chain {
		if f := &c.chain[i]; f != keep {
			f.shards, f.shardsRead = nil, false
		}
	}
}
