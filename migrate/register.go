package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// register brings an entry from its bytes, or its file handle, to its
// entity: two calls, one if the handle is known.
func (r *run) register(ctx context.Context, e *checkpoint.Entry) error {
	if e.CompareEntityID != "" {
		if held, err := r.adopt(ctx, e); held || err != nil {
			return err
		}
	}
	if err := r.handle(ctx, e); err != nil {
		return err
	}
	parent, err := r.folders.entityID(ctx, e.FolderID)
	switch {
	case err != nil:
		return err
	case r.mode() == planner.ModeMove:
		return r.relocate(ctx, e, parent)
	case e.Origin != nil && (e.Follows != 0 || e.ReplaceEntityID != ""):
		return r.addVersion(ctx, e, parent)
	case e.ReplaceEntityID != "":
		return r.replace(ctx, e)
	}
	return r.create(ctx, e, parent)
}

// handle gives an entry the file handle that its entity is to have.
func (r *run) handle(ctx context.Context, e *checkpoint.Entry) error {
	if e.State == checkpoint.StateHandled {
		return nil
	}
	if err := r.checkWaited(ctx, *e); err != nil {
		return err
	}
	switch {
	case e.Shares != 0:
		return r.share(ctx, e)
	case e.Action == planner.ActionReuse:
		// In move mode: the entity keeps the one that it has.
		e.FileHandleID = e.Origin.FileHandleID
		return nil
	}
	return r.registerObject(ctx, e)
}

// adopt ends an entry whose content the file at its path holds, as the plan
// couldn't tell; false where that file is gone by now.
func (r *run) adopt(ctx context.Context, e *checkpoint.Entry) (held bool, err error) {
	found, err := r.held(ctx, *e)
	if err != nil || found.ID == "" {
		return false, err
	}
	e.FileHandleID = found.DataFileHandleID
	return true, r.finish(ctx, e, found.ID, true)
}

// held is the file at an entry's path, if it holds the entry's content; the
// zero entity where there is none, and ErrConflict where it holds another.
func (r *run) held(ctx context.Context, e checkpoint.Entry) (synapse.Entity, error) {
	parent, err := r.folders.entityID(ctx, e.FolderID)
	if err != nil {
		return synapse.Entity{}, err
	}
	found, err := r.find(ctx, e, parent)
	if errors.Is(err, effect.ErrVanished) {
		return synapse.Entity{}, nil
	}
	return found, err
}

// registerObject registers the entry's object where it lies.
func (r *run) registerObject(ctx context.Context, e *checkpoint.Entry) error {
	if err := r.check(ctx, *e); err != nil {
		return err
	}
	got, err := effect.Call(ctx, r.effects, opRegister, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.deps.Synapse.RegisterS3Object(ctx,
			registration(*e, r.to.StorageLocationID, r.options.NoPreviews))
	})
	if err != nil {
		return err
	}
	if err := checkRegistered(got, e.Source.SizeBytes); err != nil {
		return effect.Fail(opRegister, err)
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object = checkpoint.Object{
		ETag: cmp.Or(e.Object.ETag, e.Source.ETag), MD5: entryMD5(*e), ContentType: contentType(*e),
	}
	next.Object.Bucket, next.Object.Key = place(*e)
	next.FileHandleID = got.ID
	return r.advance(ctx, e, next)
}

// check asks S3 whether an object that is registered in place is still the
// one whose MD5 is known, from the plan or from reading it earlier. Synapse
// compares nothing but what it sees itself, the size: with the MD5 of other
// content it would vouch for what is not there.
func (r *run) check(ctx context.Context, e checkpoint.Entry) error {
	if e.Action != planner.ActionRegister {
		return nil
	}
	_, err := effect.Call(ctx, r.effects, opCheck.From(e.Source), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.deps.Reader.Unchanged(ctx, e.Source)
	})
	return err
}

// create makes the file entity in one call. Where the name is taken, or the
// answer was lost, it looks for what holds the name.
func (r *run) create(ctx context.Context, e *checkpoint.Entry, parent string) error {
	made, err := r.createEntity(ctx, *e, parent)
	lost := errors.Is(err, synapse.ErrUnknownOutcome)
	switch {
	case err == nil:
		r.etags.put(made.ID, made.Etag)
		return r.finish(ctx, e, made.ID, false)
	case !lost && !errors.Is(err, synapse.ErrConflict):
		return err
	}
	found, look := r.find(ctx, *e, parent)
	switch {
	case lost && errors.Is(look, effect.ErrVanished):
		return err
	case look != nil:
		return look
	}
	r.options.Logger.Debug().Int64("item", e.ID).Str("entity", found.ID).
		Msg("adopting the entity that is there")
	r.etags.put(found.ID, found.Etag)
	e.FileHandleID = found.DataFileHandleID
	return r.finish(ctx, e, found.ID, !lost)
}

// createEntity creates the entity, along with its annotations if any, and
// what generated it.
func (r *run) createEntity(
	ctx context.Context, e checkpoint.Entry, parent string,
) (synapse.Entity, error) {
	file := fileEntity(e, parent)
	annotations := wantedAnnotations(e.Item)
	if e.Origin == nil && len(annotations) == 0 {
		return effect.Call(ctx, r.effects, opCreate, func(ctx context.Context) (synapse.Entity, error) {
			return r.deps.Synapse.CreateEntity(ctx, file)
		})
	}
	activity, err := r.generatedBy(ctx, e)
	if err != nil {
		return file, err
	}
	return effect.Call(ctx, r.effects, opCreate, func(ctx context.Context) (synapse.Entity, error) {
		return r.createBundle(ctx, file, annotations, synapse.WriteOptions{GeneratedBy: activity})
	})
}

// createBundle creates an entity with its annotations.
func (r *run) createBundle(
	ctx context.Context, e synapse.Entity, annotations map[string]synapse.AnnotationValue,
	o synapse.WriteOptions,
) (synapse.Entity, error) {
	bundle := synapse.BundleCreate{Entity: &e}
	if len(annotations) > 0 {
		bundle.Annotations = &synapse.Annotations{Annotations: annotations}
	}
	got, err := r.deps.Synapse.CreateBundleWith(ctx, bundle, o)
	if err != nil {
		return e, err
	}
	if got.Entity == nil {
		return e, fmt.Errorf("bundle without an entity: %w", synapse.ErrUnknownOutcome)
	}
	return *got.Entity, nil
}

// find looks for the entity that holds the entry's name, and returns it when
// it is the entry's: ErrConflict, effect.ErrVanished.
func (r *run) find(ctx context.Context, e checkpoint.Entry, parent string) (synapse.Entity, error) {
	found, err := r.child(ctx, parent, e.Name)
	switch {
	case err != nil:
		return found, err
	case found.ConcreteType != synapse.TypeFile:
		return found, conflict(opCreate, found, "is not a file")
	case found.DataFileHandleID == e.FileHandleID:
		return found, nil
	}
	h, err := effect.Call(ctx, r.effects, opHandle, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.deps.Synapse.FileHandle(ctx, found.DataFileHandleID)
	})
	switch {
	case errors.Is(err, synapse.ErrForbidden), errors.Is(err, synapse.ErrNotFound):
		return found, conflict(opCreate, found, "is somebody else's file")
	case err != nil:
		return found, err
	case !sameContent(h, e, r.to.StorageLocationID):
		return found, conflict(opCreate, found, "has other content")
	}
	return found, nil
}

// conflict says what is wrong with the entity that holds a name.
func conflict(o effect.Operation, found synapse.Entity, what string) error {
	return effect.Fail(o, fmt.Errorf("%w: %s %s", ErrConflict, found.ID, what))
}

// child returns the entity of that name, effect.ErrVanished if there is none.
func (r *run) child(ctx context.Context, parent, name string) (synapse.Entity, error) {
	id, err := effect.Call(ctx, r.effects, opChild, func(ctx context.Context) (string, error) {
		return r.deps.Synapse.ChildID(ctx, parent, name)
	})
	if errors.Is(err, synapse.ErrNotFound) {
		return synapse.Entity{}, effect.Fail(opChild, effect.ErrVanished)
	}
	if err != nil {
		return synapse.Entity{}, err
	}
	return r.entity(ctx, id)
}

func (r *run) entity(ctx context.Context, id string) (synapse.Entity, error) {
	return effect.Call(ctx, r.effects, opEntity, func(ctx context.Context) (synapse.Entity, error) {
		return r.deps.Synapse.Entity(ctx, id)
	})
}
