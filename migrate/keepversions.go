package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// errNotKept: what is about to be overwritten isn't what the plan has seen.
var errNotKept = fmt.Errorf("%w: earlier version can't be kept", ErrConflict)

// keepVersions sees to it that no version which the plan knows points to the
// object that an entry overwrites: it is copied to a key of its own, and the
// versions that still point to it are re-pointed to the copy. What has been
// done already the versions themselves tell, and the copy is found.
func (r *run) keepVersions(ctx context.Context, e checkpoint.Entry) error {
	if e.Kept == nil {
		return nil
	}
	pointing, err := r.pointing(ctx, e)
	if err != nil || len(pointing) == 0 {
		return err
	}
	md5, err := r.copyAside(ctx, e)
	if err != nil {
		return err
	}
	moved := map[string]string{} // file handles by those that they stand in for
	for _, v := range pointing {
		if _, err := agreedMD5(md5, v.handle.ContentMD5); err != nil {
			return effect.Fail(opKeep, err)
		}
		if moved[v.handle.ID] == "" {
			if moved[v.handle.ID], err = r.registerAside(ctx, e, v.handle); err != nil {
				return err
			}
		}
		if err := r.repointAside(ctx, *e.Kept, v, moved[v.handle.ID]); err != nil {
			return err
		}
	}
	return nil
}

// pointingVersion is a version that points to what is about to be overwritten.
type pointingVersion struct {
	number int64
	handle synapse.FileHandle
}

// pointing are those of the planned versions that still point there.
func (r *run) pointing(ctx context.Context, e checkpoint.Entry) ([]pointingVersion, error) {
	var all []pointingVersion
	for _, v := range e.Kept.Versions {
		b, err := effect.Call(ctx, r.effects, opSee, func(ctx context.Context) (synapse.Bundle, error) {
			return r.deps.Synapse.VersionBundle(ctx, e.Kept.EntityID, v.Number,
				synapse.BundleRequest{IncludeEntity: true, IncludeFileHandles: true})
		})
		if err != nil {
			return nil, err
		}
		h := handleIn(b)
		if h == nil {
			return nil, effect.Fail(opSee, fmt.Errorf("%w: file handle of %s.%d can't be seen",
				errNotKept, e.Kept.EntityID, v.Number))
		}
		if h.BucketName == r.to.Bucket && h.Key == e.DestKey {
			all = append(all, pointingVersion{v.Number, *h})
		}
	}
	return all, nil
}

// handleIn is the file handle of a bundle's entity, nil where it isn't shown.
func handleIn(b synapse.Bundle) *synapse.FileHandle {
	for i := range b.FileHandles {
		if b.Entity != nil && b.FileHandles[i].ID == b.Entity.DataFileHandleID {
			return &b.FileHandles[i]
		}
	}
	return nil
}

// copyAside copies inside the bucket what is about to be overwritten, if it is
// still what the plan has seen. The MD5 is empty where nobody came to know it.
func (r *run) copyAside(ctx context.Context, e checkpoint.Entry) (md5 string, err error) {
	s, err := r.openSaved(ctx, e.ID)
	if err != nil {
		return "", err
	}
	from := planner.Object{
		Bucket: r.to.Bucket, Key: e.DestKey, ETag: e.Kept.ETag, SizeBytes: e.Kept.SizeBytes,
	}
	result, err := effect.Call(ctx, r.effects, opKeep, func(ctx context.Context) (transfer.Result, error) {
		return r.deps.Copier.Copy(ctx, transfer.Request{
			Source: from, Bucket: r.to.Bucket, Key: e.Kept.Key, Resume: s.upload, Save: s.save,
		})
	})
	switch {
	case s.err != nil:
		return "", s.err
	case errors.Is(err, transfer.ErrChanged), errors.Is(err, transfer.ErrNotFound):
		return "", effect.Fail(opKeep, fmt.Errorf("%w: %s", errNotKept, err.Error()))
	case err != nil:
		return "", err
	case !result.Found:
		r.meter.add(Bytes{Copied: from.SizeBytes})
	}
	if s.upload.UploadID != "" { // the entry's own transfer is yet to come
		err = s.save(ctx, transfer.Upload{})
	}
	return result.MD5, err
}

// registerAside makes a file handle for the copy, like the one that points to
// what was copied. Its MD5 is written the same way: the server compares texts.
func (r *run) registerAside(
	ctx context.Context, e checkpoint.Entry, old synapse.FileHandle,
) (string, error) {
	location := r.to.StorageLocationID
	made, err := effect.Call(ctx, r.effects, opRegister, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.deps.Synapse.RegisterS3Object(ctx, synapse.FileHandle{
			ConcreteType: synapse.TypeS3FileHandle, StorageLocationID: &location,
			BucketName: r.to.Bucket, Key: e.Kept.Key, ContentMD5: old.ContentMD5,
			ContentType: old.ContentType, FileName: cmp.Or(old.FileName, e.Name),
		})
	})
	if err != nil {
		return "", err
	}
	if err := checkRegistered(made, e.Kept.SizeBytes); err != nil {
		return "", effect.Fail(opRegister, err)
	}
	return made.ID, nil
}

// repointAside re-points a version to the copy. That gives the file another
// etag. Where the answer is lost, another attempt looks at the version.
func (r *run) repointAside(
	ctx context.Context, k planner.Kept, v pointingVersion, handleID string,
) error {
	r.etags.put(k.EntityID, "")
	update := synapse.FileHandleUpdate{OldFileHandleID: v.handle.ID, NewFileHandleID: handleID}
	_, err := effect.Call(ctx, r.effects, opRepoint, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.deps.Synapse.UpdateVersionFileHandle(ctx, k.EntityID, v.number, update)
	})
	return err
}
