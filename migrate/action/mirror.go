package action

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

var (
	opHandle = effect.OnSynapse("get file handle")
	opLook   = effect.OnDestination(effect.PhaseCopy, "look at Synapse's copy")
	opMirror = effect.OnDestination(effect.PhaseCopy, "copy object inside the folder")
	opRemove = effect.OnDestination(effect.PhaseCopy, "remove Synapse's copy")
)

// mirror brings the object that Synapse copied to the item's own key, inside
// the destination's bucket, and removes Synapse's. The file handle of that
// one stays behind, with nothing that refers to it: the server would delete
// an object along with it. Interrupted after the removal, Synapse copies once
// more, and what has been brought is found.
func (r synapseCopying) mirror(ctx context.Context, e *checkpoint.Entry, handleID string) error {
	copied, err := r.ownObject(ctx, *e, handleID)
	if err != nil {
		return err
	}
	result, err := inside{r.Deps}.CopyInside(ctx, opMirror, e.ID, copied, e.Origin.Mirror, e.ReplaceObject)
	if err != nil {
		return err
	}
	md5, err := transfer.AgreedMD5(transfer.PlannedMD5(e.Item), result.MD5)
	if err != nil {
		return effect.Fail(opMirror, err)
	}
	err = effect.Do(ctx, r.Effects, opRemove, func(ctx context.Context) error {
		return r.Own.Remove(ctx, copied.Bucket, copied.Key, copied.ETag)
	})
	if err != nil {
		return err
	}
	return r.Records.Advance(ctx, e, arrived(*e, result, md5))
}

// ownObject is the object behind a file handle that Synapse made.
func (r synapseCopying) ownObject(
	ctx context.Context, e checkpoint.Entry, handleID string,
) (planner.Object, error) {
	h, err := effect.Call(ctx, r.Effects, opHandle, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.Synapse.FileHandle(ctx, handleID)
	})
	if err != nil {
		return planner.Object{}, err
	}
	if err := checkMade(h, e, r.To); err != nil {
		return planner.Object{}, effect.Fail(opHandle, err)
	}
	d, err := effect.Call(ctx, r.Effects, opLook, func(ctx context.Context) (planner.Detail, error) {
		return r.Own.Head(ctx, h.BucketName, h.Key)
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

// inside copies within the destination's bucket.
type inside struct{ Deps }

// CopyInside is for register.EarlierVersions, too, whose items' own transfers
// are yet to come: nothing of it is remembered in the end but what may be left
// at the destination, for those who clean up.
func (r inside) CopyInside(
	ctx context.Context, o effect.Operation, itemID int64, from planner.Object, key string, replace bool,
) (transfer.Result, error) {
	s, err := r.openSaved(ctx, itemID)
	if err != nil {
		return transfer.Result{}, err
	}
	result, err := effect.Call(ctx, r.Effects, o, func(ctx context.Context) (transfer.Result, error) {
		return r.Mover.Copy(ctx, transfer.Request{
			Source: from, Bucket: r.To.Bucket, Key: key, Replace: replace, Resume: s.upload, Save: s.save,
		})
	})
	switch {
	case s.err != nil:
		return result, s.err
	case err != nil:
		return result, err
	case !result.Found:
		r.Meter.Copied(from.SizeBytes)
	}
	if u := s.upload; u.UploadID != "" && !u.Left {
		err = s.save(ctx, transfer.Upload{Asked: u.Asked})
	}
	return result, err
}
