package planner

import (
	"context"
	"fmt"
	"slices"

	"synapse-migrate/synapse"
)

// likeFile finds out whether a file of the destination holds a candidate's
// object already: whether its handle points to where that would come to lie
// (where Synapse chooses keys, into the storage location), and whether the
// content is proven to be equal.
func (b *Bucket) likeFile(ctx context.Context, bundle synapse.Bundle, c *candidate) (Likeness, error) {
	h := dataHandle(bundle)
	if h == nil || !b.inItsPlace(*h, c.decision.DestKey) ||
		h.ContentSize != nil && *h.ContentSize != c.facts.Object.SizeBytes {
		return LikenessDifferent, nil
	}
	recorded, _ := md5Hex(h.ContentMD5)
	source, err := b.content(ctx, c, recorded)
	if err != nil || !c.active() {
		return LikenessUnknown, err
	}
	sum := source.KnownMD5()
	if sum != "" && recorded != "" && sum != recorded {
		return LikenessDifferent, nil
	}
	record := LikenessUnknown
	if sum != "" && recorded != "" {
		record = LikenessSame
	}
	if c.decision.DestKey == "" || b.DestinationHead == nil || b.ownObject(c) {
		return record, nil
	}
	there, answer, err := b.lookAt(ctx, c.decision.DestKey)
	switch {
	case err != nil || answer == HeadGone: // what the record tells of is not there
		return LikenessUnknown, err
	case answer != HeadSeen:
		return record, nil
	}
	if like := Compare(source, Content{Detail: there}, false).Likeness; like != LikenessUnknown {
		return like, nil
	}
	return record, nil
}

// inItsPlace reports whether a file handle points to where an object would
// come to lie.
func (b *Bucket) inItsPlace(h synapse.FileHandle, key string) bool {
	d := b.Facts.Destination
	if key != "" {
		return h.BucketName == d.Bucket && h.Key == key
	}
	return h.StorageLocationID != nil && *h.StorageLocationID == d.StorageLocationID
}

// ownObject reports whether a candidate lies where it is to be registered:
// source and destination are one object. What proves nothing of the one proves
// nothing of its file handle.
func (b *Bucket) ownObject(c *candidate) bool {
	return c.decision.Action == ActionRegister
}

// content is what is known of a candidate's object, to be compared with a file
// that recorded an MD5. An ETag that this MD5 makes is proof of it; else S3 is
// asked, if it wasn't before; and where the source is none in S3, the object is
// read.
func (b *Bucket) content(ctx context.Context, c *candidate, recorded string) (Content, error) {
	if recorded != "" && madeOf(c.facts.Object.ETag, recorded) {
		c.sum = recorded
		return Content{Detail: Detail{Object: c.facts.Object, PartsCount: -1}, MD5: recorded}, nil
	}
	known, err := b.known(ctx, c)
	if err == nil && b.Hash != nil && c.active() && known.KnownMD5() == "" {
		if known.MD5, err = b.Hash(ctx, c.facts.Object); err != nil {
			return Content{}, fmt.Errorf("comparing %s with what is there: %w", c.facts.Object.place(), err)
		}
		c.readBytes = c.facts.Object.SizeBytes
	}
	c.sum = known.KnownMD5()
	return known, err
}

// known is what is known of a candidate's object without reading it.
func (b *Bucket) known(ctx context.Context, c *candidate) (Content, error) {
	if b.Header.Source.IsS3() && c.facts.Head == HeadNone {
		if err := b.head(ctx, &c.facts); err != nil {
			return Content{}, err
		}
		c.decision = b.choose(c.facts)
	}
	known := Content{Detail: Detail{Object: c.facts.Object, PartsCount: -1}, MD5: c.decision.MD5}
	if c.facts.Head == HeadSeen {
		known.Detail = c.facts.Detail
		if sum, _ := knownMD5(known.Detail, b.Options.MD5MetadataKey); sum != "" {
			known.MD5 = sum
		}
	}
	return known, nil
}

// lookAt looks at an object of the destination.
func (b *Bucket) lookAt(ctx context.Context, key string) (Detail, HeadAnswer, error) {
	at := Object{Bucket: b.Facts.Destination.Bucket, Key: key}
	d, err := b.DestinationHead.Head(ctx, at.Bucket, key)
	answer, err := headAnswer(ctx, at, err)
	return d, answer, err
}

// likeObject finds out whether an object of the destination's listing is what
// a candidate would bring to its key. Objects of equal ETags aren't looked at:
// an equal ETag proves nothing by itself, but the run looks at each object that
// is in its way, and reads what nothing else proves.
func (b *Bucket) likeObject(ctx context.Context, there Object, c *candidate) (Likeness, error) {
	switch o := c.facts.Object; {
	case there.SizeBytes != o.SizeBytes:
		return LikenessDifferent, nil
	case there.ETag != "" && there.ETag == o.ETag, o.SizeBytes == 0:
		return LikenessSame, nil
	case b.DestinationHead == nil:
		return LikenessUnknown, nil
	}
	source, err := b.known(ctx, c)
	if err != nil || !c.active() || !b.Header.Source.IsS3() && source.KnownMD5() == "" {
		return LikenessUnknown, err
	}
	d, answer, err := b.lookAt(ctx, there.Key)
	if err != nil || answer != HeadSeen {
		return LikenessUnknown, err
	}
	return Compare(source, Content{Detail: d}, false).Likeness, nil
}

// recordsOrigin reports whether what an action writes is to carry a record of
// its source: a stream, which has a digest of its own that the source may lack,
// and a copy of what has none, or carries a record that would be taken for the
// copy's. Of what wasn't looked at, the run finds out.
func recordsOrigin(a Action, o Object, head HeadAnswer, d Detail) bool {
	switch {
	case o.Download != nil:
		return false
	case a == ActionCopy:
		return head != HeadSeen || !d.HasDigest() || d.UserMetadata[OriginKey] != ""
	}
	return a == ActionStream
}

// strongestChecksum is the best of what S3 holds over the whole object, as
// Item.Checksum has it.
func (d Detail) strongestChecksum() string {
	i := slices.IndexFunc(fullChecksums, func(name string) bool { return d.Checksums[name] != "" })
	if i < 0 {
		return ""
	}
	return fullChecksums[i] + ":" + d.Checksums[fullChecksums[i]]
}
