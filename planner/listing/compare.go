package listing

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/synapse"
)

// likeFile finds out whether a file of the destination holds a candidate's
// object already: whether its handle points to where that would come to lie
// (where Synapse chooses keys, into the storage location), and whether the
// content is proven to be equal.
func (x *examiner) likeFile(ctx context.Context, bundle synapse.Bundle, c *candidate) (planner.Likeness, error) {
	h := planner.DataHandle(bundle)
	if h == nil || !x.inItsPlace(*h, c.decision.DestKey) ||
		h.ContentSize != nil && *h.ContentSize != c.facts.Object.SizeBytes {
		return planner.LikenessDifferent, nil
	}
	recorded, _ := planner.MD5Hex(h.ContentMD5)
	source, err := x.content(ctx, c, recorded)
	if err != nil || !c.active() {
		return planner.LikenessUnknown, err
	}
	sum := source.KnownMD5()
	if sum != "" && recorded != "" && sum != recorded {
		return planner.LikenessDifferent, nil
	}
	record := planner.LikenessUnknown
	if sum != "" && recorded != "" {
		record = planner.LikenessSame
	}
	if c.decision.DestKey == "" || x.destinationHead == nil || x.ownObject(c) {
		return record, nil
	}
	there, answer, err := x.lookAt(ctx, c.decision.DestKey)
	switch {
	case err != nil || answer == choose.HeadGone: // what the record tells of is not there
		return planner.LikenessUnknown, err
	case answer != choose.HeadSeen:
		return record, nil
	}
	if like := planner.Compare(source, planner.Content{Detail: there}, false).Likeness; like != planner.LikenessUnknown {
		return like, nil
	}
	return record, nil
}

// inItsPlace reports whether a file handle points to where an object would
// come to lie.
func (x *examiner) inItsPlace(h synapse.FileHandle, key string) bool {
	d := x.facts.Destination
	if key != "" {
		return h.BucketName == d.Bucket && h.Key == key
	}
	return h.StorageLocationID != nil && *h.StorageLocationID == d.StorageLocationID
}

// ownObject reports whether a candidate lies where it is to be registered:
// source and destination are one object. What proves nothing of the one proves
// nothing of its file handle.
func (x *examiner) ownObject(c *candidate) bool {
	return c.decision.Action == planner.ActionRegister
}

// content is what is known of a candidate's object, to be compared with a file
// that recorded an MD5. An ETag that this MD5 makes is proof of it; else S3 is
// asked, if it wasn't before; and where the source is none in S3, the object is
// read.
func (x *examiner) content(ctx context.Context, c *candidate, recorded string) (planner.Content, error) {
	if recorded != "" && planner.MadeOf(c.facts.Object.ETag, recorded) {
		c.sum = recorded
		return planner.Content{Detail: planner.Detail{Object: c.facts.Object, PartsCount: -1}, MD5: recorded}, nil
	}
	known, err := x.known(ctx, c)
	if err == nil && x.hash != nil && c.active() && known.KnownMD5() == "" {
		if known.MD5, err = x.hash(ctx, c.facts.Object); err != nil {
			return planner.Content{}, fmt.Errorf("comparing %s with what is there: %w", c.facts.Object.Where(), err)
		}
		c.readBytes = c.facts.Object.SizeBytes
	}
	c.sum = known.KnownMD5()
	return known, err
}

// known is what is known of a candidate's object without reading it.
func (x *examiner) known(ctx context.Context, c *candidate) (planner.Content, error) {
	if x.header.Source.IsS3() && c.facts.Head == choose.HeadNone {
		if err := x.head(ctx, &c.facts); err != nil {
			return planner.Content{}, err
		}
		c.decision = x.choose(c.facts)
	}
	known := planner.Content{Detail: planner.Detail{Object: c.facts.Object, PartsCount: -1}, MD5: c.decision.MD5}
	if c.facts.Head == choose.HeadSeen {
		known.Detail = c.facts.Detail
		if sum, _ := planner.KnownMD5(known.Detail, x.options.MD5MetadataKey); sum != "" {
			known.MD5 = sum
		}
	}
	return known, nil
}

// lookAt looks at an object of the destination.
func (x *examiner) lookAt(ctx context.Context, key string) (planner.Detail, choose.HeadAnswer, error) {
	at := planner.Object{Bucket: x.facts.Destination.Bucket, Key: key}
	d, err := x.destinationHead.Head(ctx, at.Bucket, key)
	answer, err := choose.SortHead(ctx, at, err)
	return d, answer, err
}

// likeObject finds out whether an object of the destination's listing is what
// a candidate would bring to its key. Objects of equal ETags aren't looked at:
// an equal ETag proves nothing by itself, but the run looks at each object that
// is in its way, and reads what nothing else proves.
func (x *examiner) likeObject(ctx context.Context, there planner.Object, c *candidate) (planner.Likeness, error) {
	switch o := c.facts.Object; {
	case there.SizeBytes != o.SizeBytes:
		return planner.LikenessDifferent, nil
	case there.ETag != "" && there.ETag == o.ETag, o.SizeBytes == 0:
		return planner.LikenessSame, nil
	case x.destinationHead == nil:
		return planner.LikenessUnknown, nil
	}
	source, err := x.known(ctx, c)
	if err != nil || !c.active() || !x.header.Source.IsS3() && source.KnownMD5() == "" {
		return planner.LikenessUnknown, err
	}
	d, answer, err := x.lookAt(ctx, there.Key)
	if err != nil || answer != choose.HeadSeen {
		return planner.LikenessUnknown, err
	}
	return planner.Compare(source, planner.Content{Detail: d}, false).Likeness, nil
}
