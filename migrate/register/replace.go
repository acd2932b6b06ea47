package register

import (
	"context"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

// replace gives an existing file entity the entry's file handle. The server
// makes a version of it where the MD5s differ, and re-points the current
// one where they are equal. The label goes back as it was read, since an
// absent one would be rewritten (NodeManagerImpl, October 2024 snapshot). The
// entity is read first every time: an earlier update may have been made
// without an answer, or the etag may be stale.
func (r versions) replace(ctx context.Context, e *checkpoint.Entry) error {
	old, err := r.entity(ctx, e.ReplaceEntityID)
	if err != nil {
		return err
	}
	if old.ConcreteType != synapse.TypeFile {
		return conflict(opUpdate, old, "is not a file")
	}
	if old.DataFileHandleID != e.FileHandleID {
		old.DataFileHandleID = e.FileHandleID
		_, err = effect.Call(ctx, r.Effects, opUpdate, func(ctx context.Context) (synapse.Entity, error) {
			return r.Synapse.UpdateEntityWith(ctx, old, synapse.WriteOptions{})
		})
		if err != nil {
			return err
		}
	}
	if err := r.annotate(ctx, *e); err != nil {
		return err
	}
	return r.Records.Finish(ctx, e, e.ReplaceEntityID, false)
}

// annotate adds the entry's annotations to an existing entity.
func (r versions) annotate(ctx context.Context, e checkpoint.Entry) error {
	if len(e.Annotations) == 0 {
		return nil
	}
	old, err := effect.Call(ctx, r.Effects, opAnnotate, func(ctx context.Context) (synapse.Annotations, error) {
		return r.Synapse.Annotations(ctx, e.ReplaceEntityID)
	})
	if err != nil {
		return err
	}
	old.Annotations = annotated(old.Annotations, e.Annotations)
	_, err = effect.Call(ctx, r.Effects, opAnnotate, func(ctx context.Context) (synapse.Annotations, error) {
		return r.Synapse.UpdateAnnotations(ctx, old)
	})
	return err
}
