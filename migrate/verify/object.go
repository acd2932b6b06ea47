package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// clockSkew is how much later than its file handle an object may seem to have
// been written: the clocks of Synapse and S3 are not one.
const clockSkew = time.Minute

// compareObject looks at the object behind a file handle. What S3 refuses is
// noted; refused credentials are an error.
func (w *walker) compareObject(
	ctx context.Context, x expected, h synapse.FileHandle, row *Row,
) error {
	d, err := w.deps.Objects.Look(ctx, h.BucketName, h.Key)
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
	x.compareETag(row, h, d)
	if x.read {
		if err := w.readBack(ctx, x, h, d, row); err != nil {
			return err
		}
	}
	if (row.Proof == ProofRead || row.Proof == ProofS3) && !x.knows(h, d) {
		row.Proof = ProofHandle
	}
	x.compareTime(row, h, d)
	return nil
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

// knows reports whether the plan knows the content that an object has beyond
// its size: by an MD5, or by an ETag of the source that is the file handle's
// MD5 or the object's ETag.
func (x expected) knows(h synapse.FileHandle, d planner.Detail) bool {
	tag := x.Source.ETag
	return x.MD5 != "" || tag != "" && (tag == d.ETag || strings.EqualFold(tag, h.ContentMD5))
}

// compareETag compares what S3 says of the content without a read, and notes
// how far it is proven.
func (x expected) compareETag(row *Row, h synapse.FileHandle, d planner.Detail) {
	row.Proof = ProofSize
	if x.MD5 != "" {
		row.Proof = ProofRecord
	}
	switch {
	case x.Source.ETag == "" || x.Source.Download != nil:
	case x.inPlace(h):
		row.differ(FieldObjectETag, x.Source.ETag, d.ETag)
		row.Proof = ProofETag
	case x.there && x.Source.ETag == d.ETag:
		row.Proof = ProofETag
	}
	if sum := d.ProvenMD5(); sum != "" {
		row.differ(FieldObjectMD5, x.wantMD5(h), sum)
		if !x.there || x.MD5 != "" { // else it proves the file handle alone
			row.Proof = ProofS3
		}
	}
}

// inPlace reports whether the source's object is the destination's.
func (x expected) inPlace(h synapse.FileHandle) bool {
	if x.there {
		return x.Source.Bucket == h.BucketName && x.Source.Key == h.Key
	}
	return x.Action == planner.ActionRegister || x.Action == planner.ActionReuse
}

// readBack hashes the object.
func (w *walker) readBack(
	ctx context.Context, x expected, h synapse.FileHandle, d planner.Detail, row *Row,
) error {
	sum, err := w.deps.Objects.Hash(ctx, d.Object, func(n int64) { w.readBytes.Add(n) })
	switch {
	case fatal(ctx, err):
		return fmt.Errorf("reading the object of %q: %w", row.Path, err)
	case err != nil:
		row.note("the object can't be read: " + err.Error())
		return nil
	}
	w.readObjects.Add(1)
	if sum != d.ProvenMD5() { // else that difference is known
		row.differ(FieldObjectMD5, x.wantMD5(h), sum)
	}
	row.Proof = ProofRead
	return nil
}

// compareTime notes an object that was written after its file handle was made
// where nothing proves what is in it.
func (x expected) compareTime(row *Row, h synapse.FileHandle, d planner.Detail) {
	if row.Proof != ProofRecord && row.Proof != ProofSize || h.CreatedOn == nil {
		return
	}
	made := h.CreatedOn.Time
	if d.LastModified.After(made.Add(clockSkew)) {
		row.note(fmt.Sprintf("the object was written at %s, after its file handle was made (%s): "+
			"read it back to know what is in it",
			d.LastModified.UTC().Format(time.RFC3339), made.UTC().Format(time.RFC3339)))
	}
}
