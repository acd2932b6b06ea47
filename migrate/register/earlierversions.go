package register

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

var (
	opKeep = effect.OnDestination(effect.PhaseCopy, "copy object of earlier version")
	opSee  = effect.OnSynapse("get version")
)

// errNotKept: what is about to be overwritten isn't what the plan has seen.
var errNotKept = fmt.Errorf("%w: earlier version can't be kept", effect.ErrConflict)

// Copier copies an object within the destination's bucket.
type Copier interface {
	// CopyInside goes on where an earlier attempt at the item has left it. An
	// error wraps one of package transfer's.
	CopyInside(
		ctx context.Context, o effect.Operation, itemID int64, from planner.Object, key string, replace bool,
	) (transfer.Result, error)
}

// EarlierVersions keeps what the versions of a file point to when their object
// is overwritten.
type EarlierVersions struct {
	deps   Deps
	etags  *cache[string, string]
	copier Copier
}

// EarlierVersions keeps them by a copier.
func (r *Registrar) EarlierVersions(c Copier) EarlierVersions {
	return EarlierVersions{deps: r.deps, etags: r.versions.etags, copier: c}
}

// Keep sees to it that no version which the plan knows points to the
// object that an entry overwrites: it is copied to a key of its own, and the
// versions that still point to it are re-pointed to the copy. What has been
// done already the versions themselves tell, and the copy is found.
func (r EarlierVersions) Keep(ctx context.Context, e checkpoint.Entry) error {
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
	standIns := map[string]string{} // file handles by those that they stand in for
	for _, v := range pointing {
		if _, err := transfer.AgreedMD5(md5, v.handle.ContentMD5); err != nil {
			return effect.Fail(opKeep, err)
		}
		if standIns[v.handle.ID] == "" {
			if standIns[v.handle.ID], err = r.registerAside(ctx, e, v.handle); err != nil {
				return err
			}
		}
		if err := r.repointAside(ctx, *e.Kept, v, standIns[v.handle.ID]); err != nil {
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
func (r EarlierVersions) pointing(ctx context.Context, e checkpoint.Entry) ([]pointingVersion, error) {
	var all []pointingVersion
	for _, v := range e.Kept.Versions {
		b, err := effect.Call(ctx, r.deps.Effects, opSee, func(ctx context.Context) (synapse.Bundle, error) {
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
		if h.BucketName == r.deps.To.Bucket && h.Key == e.DestKey {
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
func (r EarlierVersions) copyAside(ctx context.Context, e checkpoint.Entry) (md5 string, err error) {
	from := planner.Object{
		Bucket: r.deps.To.Bucket, Key: e.DestKey, ETag: e.Kept.ETag, SizeBytes: e.Kept.SizeBytes,
	}
	result, err := r.copier.CopyInside(ctx, opKeep, e.ID, from, e.Kept.Key, false)
	if errors.Is(err, transfer.ErrChanged) || errors.Is(err, transfer.ErrNotFound) {
		return "", effect.Fail(opKeep, fmt.Errorf("%w: %s", errNotKept, err.Error()))
	}
	return result.MD5, err
}

// registerAside makes a file handle for the copy, like the one that points to
// what was copied. Its MD5 is written the same way: the server compares texts.
func (r EarlierVersions) registerAside(
	ctx context.Context, e checkpoint.Entry, old synapse.FileHandle,
) (string, error) {
	location := r.deps.To.StorageLocationID
	made, err := effect.Call(ctx, r.deps.Effects, opRegister, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.deps.Synapse.RegisterS3Object(ctx, synapse.FileHandle{
			ConcreteType: synapse.TypeS3FileHandle, StorageLocationID: &location,
			BucketName: r.deps.To.Bucket, Key: e.Kept.Key, ContentMD5: old.ContentMD5,
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
func (r EarlierVersions) repointAside(
	ctx context.Context, k planner.Kept, v pointingVersion, handleID string,
) error {
	r.etags.put(k.EntityID, "")
	update := synapse.FileHandleUpdate{OldFileHandleID: v.handle.ID, NewFileHandleID: handleID}
	_, err := effect.Call(ctx, r.deps.Effects, opRepoint, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.deps.Synapse.UpdateVersionFileHandle(ctx, k.EntityID, v.number, update)
	})
	return err
}
