package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// compareKept looks at the earlier versions of a replaced file whose object
// was overwritten: they are to point to its copy, and that is to be there.
func (c comparison) compareKept(ctx context.Context, x expected, row *Row) error {
	k := x.Kept
	if k == nil {
		return nil
	}
	sum := ""
	for _, v := range k.Versions {
		h, err := c.keptHandle(ctx, *k, v.Number, row)
		if err != nil {
			return err
		}
		if h != nil {
			row.differ(FieldKept, keptText(v.Number, x.to.Bucket, k.Key, &k.SizeBytes),
				keptText(v.Number, h.BucketName, h.Key, h.ContentSize))
			sum = strings.ToLower(h.ContentMD5)
		}
	}
	return c.compareCopy(ctx, x, sum, row)
}

// keptHandle is the file handle of an earlier version; nil where it isn't to
// be seen, which is noted.
func (c comparison) keptHandle(
	ctx context.Context, k planner.Kept, number int64, row *Row,
) (*synapse.FileHandle, error) {
	b, err := c.ask(ctx, k.EntityID, number, synapse.BundleRequest{
		IncludeEntity: true, IncludeFileHandles: true,
	})
	switch {
	case errors.Is(err, synapse.ErrNotFound):
		row.differ(FieldKept, fmt.Sprintf("version %d", number), "")
		return nil, nil
	case errors.Is(err, synapse.ErrForbidden):
		row.note("Synapse refuses: " + err.Error())
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("looking at version %d of %s: %w", number, k.EntityID, err)
	}
	if b.Entity != nil {
		if h := handleOf(b); h != nil {
			return h, nil
		}
	}
	row.note(fmt.Sprintf("the file handle of version %d can't be seen", number))
	return nil, nil
}

// keptText shows where a version points to.
func keptText(number int64, bucket, key string, sizeBytes *int64) string {
	size := "unknown size"
	if sizeBytes != nil {
		size = decimal(*sizeBytes) + " bytes"
	}
	return fmt.Sprintf("version %d at s3://%s/%s, %s", number, bucket, key, size)
}

// compareCopy looks at the copy of an overwritten object, of which a file
// handle has an MD5.
func (c comparison) compareCopy(ctx context.Context, x expected, sum string, row *Row) error {
	d, err := c.deps.Objects.Look(ctx, x.to.Bucket, x.Kept.Key)
	switch {
	case fatal(ctx, err):
		return fmt.Errorf("looking at the object of an earlier version of %q: %w", row.Path, err)
	case errors.Is(err, planner.ErrNotFound):
		row.differ(FieldKeptObject, "s3://"+x.to.Bucket+"/"+x.Kept.Key, "")
		return nil
	case err != nil:
		row.note("the object of an earlier version can't be looked at: " + err.Error())
		return nil
	}
	row.differ(FieldKeptObject, decimal(x.Kept.SizeBytes)+" bytes", decimal(d.SizeBytes)+" bytes")
	got := d.ProvenMD5()
	if x.read && got == "" {
		got, err = c.deps.Objects.Hash(ctx, d.Object, func(n int64) { c.readBytes.Add(n) })
		switch {
		case fatal(ctx, err):
			return fmt.Errorf("reading the object of an earlier version of %q: %w", row.Path, err)
		case err != nil:
			row.note("the object of an earlier version can't be read: " + err.Error())
			return nil
		}
		c.readObjects.Add(1)
	}
	before := planner.Content{MD5: sum, Detail: planner.Detail{
		PartsCount: -1, Object: planner.Object{ETag: x.Kept.ETag, SizeBytes: x.Kept.SizeBytes},
	}}
	switch like := planner.Compare(before, planner.Content{Detail: d, MD5: got}, false); {
	case got != "" && sum != "":
		row.differ(FieldKeptObject, "MD5 "+sum, "MD5 "+got)
	case like.Likeness == planner.LikenessUnknown:
		row.note("nothing proves what the object of an earlier version holds: --read all reads it")
	}
	return nil
}
