package listing

import (
	"context"
	"fmt"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/synapse"
)

// claim is what a file in a shard has to do with an object of its name.
type claim int

const (
	// claimNone: it is that of another key.
	claimNone claim = iota
	// claimSame: it holds the object already.
	claimSame
	// claimDiffers: it has the object's name, and other content, or content
	// that nothing proves to be equal.
	claimDiffers
)

// lookIntoShards compares the object with the files of its name in shards of
// its folder, as with one in the folder itself. One that holds the object
// counts before any that differs.
func (x *examiner) lookIntoShards(ctx context.Context, c *candidate) error {
	var differs *destination.ShardFile
	var there synapse.Bundle
	var unlike planner.Likeness
	for i := range c.at.Sharded {
		file := &c.at.Sharded[i]
		bundle, err := x.file(ctx, file.EntityID)
		if err != nil {
			return err
		}
		claim, like, err := x.claim(ctx, c, *file, bundle)
		if err != nil || !c.active() {
			return err
		}
		switch {
		case claim == claimSame:
			c.replace(planner.LikenessSame, "", bundle, x.options.IfExists)
			return nil
		case claim == claimDiffers && differs == nil:
			differs, there, unlike = file, bundle, like
		}
	}
	if differs != nil {
		c.replace(unlike, differs.EntityID, there, x.options.IfExists)
		c.shard = differs
	}
	return nil
}

// claim finds out what a file in a shard has to do with an object. A folder
// named like a shard can be the source's own, with a file of the same name as
// the object, but of another key: the key of its handle tells, or, where that
// is no help, the source.
func (x *examiner) claim(
	ctx context.Context, c *candidate, file destination.ShardFile, bundle synapse.Bundle,
) (claim, planner.Likeness, error) {
	if bundle.Entity != nil && bundle.Entity.Name != c.facts.Path.Name() {
		return claimNone, "", nil
	}
	outcome := claimDiffers
	like, err := x.likeFile(ctx, bundle, c)
	if err != nil {
		return claimNone, "", err
	}
	if like == planner.LikenessSame {
		outcome = claimSame
	}
	switch handleKey(bundle, x.facts.Destination.Bucket) {
	case "":
	case c.decision.DestKey:
		return outcome, like, nil
	case insertFolder(c.decision.DestKey, file.Shard):
		return claimNone, "", nil
	}
	others, err := x.inSource(ctx, insertFolder(c.facts.Object.Key, file.Shard))
	if err != nil || others {
		return claimNone, "", err
	}
	return outcome, like, nil
}

// handleKey is the key that a file points to in a bucket; empty when it
// points elsewhere or can't be seen.
func handleKey(f synapse.Bundle, bucket string) string {
	h := planner.DataHandle(f)
	if h == nil || h.BucketName != bucket {
		return ""
	}
	return h.Key
}

// insertFolder puts a folder before the last segment of a key.
func insertFolder(key, name string) string {
	n := strings.LastIndexByte(key, '/') + 1
	return key[:n] + name + "/" + key[n:]
}

// inSource asks whether the source has that key.
func (x *examiner) inSource(ctx context.Context, key string) (bool, error) {
	s := x.header.Source
	if !strings.HasPrefix(key, s.Prefix) {
		return false, nil
	}
	for page, err := range x.source.List(ctx, s.Bucket, key, "") {
		switch {
		case err != nil:
			return false, fmt.Errorf("looking for %q in %s: %w", key, s.Where(), err)
		case len(page) > 0:
			return page[0].Key == key, nil
		}
	}
	return false, nil
}
