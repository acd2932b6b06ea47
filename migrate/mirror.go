package migrate

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// mirror brings the object that Synapse copied to the item's own key, inside
// the destination's bucket, and removes Synapse's. The file handle of that
// one stays behind, with nothing that refers to it: the server would delete
// an object along with it. Interrupted after the removal, Synapse copies once
// more, and what has been brought is found.
func (r *run) mirror(ctx context.Context, e *checkpoint.Entry, handleID string) error {
	copied, err := r.ownObject(ctx, *e, handleID)
	if err != nil {
		return err
	}
	result, err := r.bringToMirror(ctx, *e, copied)
	if err != nil {
		return err
	}
	md5, err := agreedMD5(plannedMD5(e.Item), result.MD5)
	if err != nil {
		return effect.Fail(opMirror, err)
	}
	_, err = effect.Call(ctx, r.effects, opRemove, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.deps.Own.Remove(ctx, copied.Bucket, copied.Key, copied.ETag)
	})
	if err != nil {
		return err
	}
	return r.advance(ctx, e, arrived(*e, result, md5))
}

// ownObject is the object behind a file handle that Synapse made.
func (r *run) ownObject(
	ctx context.Context, e checkpoint.Entry, handleID string,
) (planner.Object, error) {
	h, err := effect.Call(ctx, r.effects, opHandle, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.deps.Synapse.FileHandle(ctx, handleID)
	})
	if err != nil {
		return planner.Object{}, err
	}
	if err := checkMade(h, e, r.to); err != nil {
		return planner.Object{}, effect.Fail(opHandle, err)
	}
	d, err := effect.Call(ctx, r.effects, opLook, func(ctx context.Context) (planner.Detail, error) {
		return r.deps.Own.Head(ctx, h.BucketName, h.Key)
	})
	if err != nil {
		return d.Object, err
	}
	o := planner.Object{
		Bucket: h.BucketName, Key: h.Key, ETag: d.ETag, SizeBytes: d.SizeBytes,
	}
	if d.SizeBytes != e.Source.SizeBytes {
		return o, effect.Fail(opLook, fmt.Errorf("%w: %d bytes, planned were %d",
			transfer.ErrMismatch, d.SizeBytes, e.Source.SizeBytes))
	}
	return o, nil
}

// checkMade makes sure that the object behind a file handle is this run's to
// take away: in the destination's bucket, and not at the item's own key.
func checkMade(h synapse.FileHandle, e checkpoint.Entry, to planner.Destination) error {
	switch {
	case h.BucketName != to.Bucket || h.Key == "" || h.Key == e.Origin.Mirror:
		return fmt.Errorf("file handle %s is of s3://%s/%q, where Synapse doesn't copy to",
			h.ID, h.BucketName, h.Key)
	case h.ContentSize == nil || *h.ContentSize != e.Source.SizeBytes:
		return fmt.Errorf("%w: Synapse sees another size than %d bytes",
			transfer.ErrChanged, e.Source.SizeBytes)
	}
	return nil
}

// bringToMirror copies inside the bucket.
func (r *run) bringToMirror(
	ctx context.Context, e checkpoint.Entry, from planner.Object,
) (transfer.Result, error) {
	s, err := r.openSaved(ctx, e.ID)
	if err != nil {
		return transfer.Result{}, err
	}
	result, err := effect.Call(ctx, r.effects, opMirror, func(ctx context.Context) (transfer.Result, error) {
		return r.deps.Copier.Copy(ctx, transfer.Request{
			Source: from, Bucket: r.to.Bucket, Key: e.Origin.Mirror,
			Replace: e.ReplaceObject, Resume: s.upload, Save: s.save,
		})
	})
	if s.err != nil {
		return result, s.err
	}
	if err == nil && !result.Found {
		r.meter.add(Bytes{Copied: from.SizeBytes})
	}
	return result, err
}
