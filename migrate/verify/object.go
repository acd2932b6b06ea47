package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// compareObject looks at the object behind a file handle. What S3 refuses is
// noted; refused credentials are an error.
func (c comparison) compareObject(
	ctx context.Context, x expected, h synapse.FileHandle, row *Row,
) error {
	d, err := c.deps.Objects.Look(ctx, h.BucketName, h.Key)
	switch {
	case fatal(ctx, err):
		return fmt.Errorf("looking at the object of %q: %w", row.Path, err)
	case errors.Is(err, planner.ErrNotFound):
		row.missing(FieldObject, "s3://"+h.BucketName+"/"+h.Key)
		return nil
	case err != nil:
		row.note("the object can't be looked at: " + err.Error())
		return nil
	}
	row.ETag = d.ETag
	if h.ContentSize != nil {
		row.differ(FieldObjectSize, decimal(*h.ContentSize), decimal(d.SizeBytes))
	}
	if x.inPlace(h) && x.Source.ETag != "" && x.Source.Download == nil {
		row.differ(FieldObjectETag, x.Source.ETag, d.ETag)
	}
	there := planner.Content{Detail: d, MD5: d.ProvenMD5()}
	if there.MD5 != "" {
		row.differ(FieldObjectMD5, x.wantMD5(h), there.MD5)
	}
	source := x.content(h, d)
	if x.read {
		if there.MD5, err = c.readBack(ctx, x, h, d, row); err != nil {
			return err
		}
		if source.MD5, err = c.readSource(ctx, x, source.MD5, row); err != nil {
			return err
		}
	}
	x.prove(source, there, h, row)
	return nil
}

// content is what the plan knows of the source's content. A file handle whose
// record is reused leads to the very object, whose ETag a plan doesn't know.
func (x expected) content(h synapse.FileHandle, d planner.Detail) planner.Content {
	c := planner.Content{Detail: planner.Detail{Object: x.Source, PartsCount: -1}, MD5: x.MD5}
	if name, sum, found := strings.Cut(x.Checksum, ":"); found {
		c.Checksums = map[string]string{name: sum}
	}
	if x.Action == planner.ActionReuse && c.ETag == "" && c.Bucket == h.BucketName && c.Key == h.Key {
		c.ETag = d.ETag
	}
	return c
}

// prove gives the row its proof: what proves that the object has the content of
// its source, as planner.Compare has it. Where nothing does, that is noted.
func (x expected) prove(source, there planner.Content, h synapse.FileHandle, row *Row) {
	c := planner.Compare(source, there, x.inPlace(h))
	switch {
	case c.Likeness == planner.LikenessDifferent && len(row.Differences) == 0:
		row.differ(FieldObjectContent, "the source's "+c.By, "another")
	case c.Likeness == planner.LikenessDifferent:
	case c.Likeness == planner.LikenessUnknown && !x.read:
		row.note("nothing proves that the object has the content of its source: --read all reads it")
	case c.Likeness == planner.LikenessUnknown:
		row.note("nothing proves that the object has the content of its source: " +
			"the plan knows neither an MD5 nor another digest of that")
	case c.By == planner.ByObject && x.there && there.MD5 == "":
		row.note("nothing proves that the MD5 of the file handle is the object's: --read all reads it")
	default:
		row.Proof = proofOf(c.By, x.read && there.MD5 != "")
	}
}

// proofOf names what proves that content is equal.
func proofOf(by string, read bool) Proof {
	switch {
	case read:
		return ProofRead
	case by == planner.ByMD5, by == planner.BySize:
		return ProofS3
	case by == planner.ByETag, by == planner.ByObject:
		return ProofETag
	case by == planner.ByOrigin:
		return ProofOrigin
	}
	return ProofChecksum
}

// fatal reports whether an error ends the verification.
func fatal(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, planner.ErrCredentials))
}

// wantMD5 is the MD5 that the object is to have: the plan's, or where it has
// none the file handle's.
func (x expected) wantMD5(h synapse.FileHandle) string {
	if x.MD5 != "" {
		return strings.ToLower(x.MD5)
	}
	return strings.ToLower(h.ContentMD5)
}

// inPlace reports whether the source's object is the destination's.
func (x expected) inPlace(h synapse.FileHandle) bool {
	if x.there {
		return x.Source.Bucket == h.BucketName && x.Source.Key == h.Key
	}
	return x.Action.Traits().Key == planner.KeyKept
}

// readBack hashes the object, and compares its MD5. It is empty where the object
// can't be read.
func (c comparison) readBack(
	ctx context.Context, x expected, h synapse.FileHandle, d planner.Detail, row *Row,
) (string, error) {
	sum, err := c.deps.Objects.Hash(ctx, d.Object, func(n int64) { c.readBytes.Add(n) })
	switch {
	case fatal(ctx, err):
		return "", fmt.Errorf("reading the object of %q: %w", row.Path, err)
	case err != nil:
		row.note("the object can't be read: " + err.Error())
		return "", nil
	}
	c.readObjects.Add(1)
	if sum != d.ProvenMD5() { // else that difference is known
		row.differ(FieldObjectMD5, x.wantMD5(h), sum)
	}
	return sum, nil
}

// readSource is the MD5 of the item's file in the source, which is read again
// where there is a way to it; otherwise the MD5 that is known. The file must
// still be the one that was planned.
func (c comparison) readSource(ctx context.Context, x expected, known string, row *Row) (string, error) {
	if c.deps.Source == nil {
		return known, nil
	}
	sum, err := c.deps.Source.Hash(ctx, x.Source, func(n int64) { c.readBytes.Add(n) })
	switch {
	case fatal(ctx, err):
		return "", fmt.Errorf("reading the source of %q: %w", row.Path, err)
	case err != nil:
		row.note("the source's file can't be compared: " + err.Error())
		return known, nil
	}
	c.readObjects.Add(1)
	return sum, nil
}
