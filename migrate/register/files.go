package register

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

var opCreate = effect.OnSynapse("create file entity")

// files makes new file entities.
type files struct {
	entities
	provenance *provenance
	// etags are those of files that were written a moment ago, by ID.
	etags *cache[string, string]
}

// create makes the file entity in one call. Where the name is taken, or the
// answer was lost, it looks for what holds the name.
func (r files) create(ctx context.Context, e *checkpoint.Entry, parent string) error {
	made, err := r.createEntity(ctx, *e, parent)
	lost := errors.Is(err, synapse.ErrUnknownOutcome)
	switch {
	case err == nil:
		r.etags.put(made.ID, made.Etag)
		return r.Records.Finish(ctx, e, made.ID, false)
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
	r.Effects.Logger.Debug().Int64("item", e.ID).Str("entity", found.ID).
		Msg("adopting the entity that is there")
	r.etags.put(found.ID, found.Etag)
	e.FileHandleID = found.DataFileHandleID
	return r.Records.Finish(ctx, e, found.ID, !lost)
}

// createEntity creates the entity, along with its annotations if any, and
// what generated it.
func (r files) createEntity(
	ctx context.Context, e checkpoint.Entry, parent string,
) (synapse.Entity, error) {
	file := fileEntity(e, parent)
	annotations := wantedAnnotations(e.Item)
	if e.Origin == nil && len(annotations) == 0 {
		return effect.Call(ctx, r.Effects, opCreate, func(ctx context.Context) (synapse.Entity, error) {
			return r.Synapse.CreateEntity(ctx, file)
		})
	}
	activity, err := r.provenance.generatedBy(ctx, e)
	if err != nil {
		return file, err
	}
	return effect.Call(ctx, r.Effects, opCreate, func(ctx context.Context) (synapse.Entity, error) {
		return createBundle(ctx, r.Synapse, file, annotations, synapse.WriteOptions{GeneratedBy: activity})
	})
}

// createBundle creates an entity with its annotations.
func createBundle(
	ctx context.Context, s Synapse, e synapse.Entity, annotations map[string]synapse.AnnotationValue,
	o synapse.WriteOptions,
) (synapse.Entity, error) {
	bundle := synapse.BundleCreate{Entity: &e}
	if len(annotations) > 0 {
		bundle.Annotations = &synapse.Annotations{Annotations: annotations}
	}
	got, err := s.CreateBundleWith(ctx, bundle, o)
	if err != nil {
		return e, err
	}
	if got.Entity == nil {
		return e, fmt.Errorf("bundle without an entity: %w", synapse.ErrUnknownOutcome)
	}
	return *got.Entity, nil
}
