package register

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

var (
	opHandle = effect.OnSynapse("get file handle")
	opEntity = effect.OnSynapse("get entity")
	opChild  = effect.OnSynapse("look entity up by name")
)

// entities looks for what is there.
type entities struct{ Deps }

// find looks for the entity that holds the entry's name, and returns it when
// it is the entry's: effect.ErrConflict, effect.ErrVanished.
func (r entities) find(ctx context.Context, e checkpoint.Entry, parent string) (synapse.Entity, error) {
	found, err := r.child(ctx, parent, e.Name)
	switch {
	case err != nil:
		return found, err
	case found.ConcreteType != synapse.TypeFile:
		return found, conflict(opCreate, found, "is not a file")
	case found.DataFileHandleID == e.FileHandleID:
		return found, nil
	}
	h, err := effect.Call(ctx, r.Effects, opHandle, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.Synapse.FileHandle(ctx, found.DataFileHandleID)
	})
	switch {
	case errors.Is(err, synapse.ErrForbidden), errors.Is(err, synapse.ErrNotFound):
		return found, conflict(opCreate, found, "is somebody else's file")
	case err != nil:
		return found, err
	case !sameContent(h, e, r.To.StorageLocationID):
		return found, conflict(opCreate, found, "has other content")
	}
	return found, nil
}

// conflict says what is wrong with the entity that holds a name.
func conflict(o effect.Operation, found synapse.Entity, what string) error {
	return effect.Fail(o, fmt.Errorf("%w: %s %s", effect.ErrConflict, found.ID, what))
}

// child returns the entity of that name, effect.ErrVanished if there is none.
func (r entities) child(ctx context.Context, parent, name string) (synapse.Entity, error) {
	id, err := effect.Call(ctx, r.Effects, opChild, func(ctx context.Context) (string, error) {
		return r.Synapse.ChildID(ctx, parent, name)
	})
	if errors.Is(err, synapse.ErrNotFound) {
		return synapse.Entity{}, effect.Fail(opChild, effect.ErrVanished)
	}
	if err != nil {
		return synapse.Entity{}, err
	}
	return r.entity(ctx, id)
}

func (r entities) entity(ctx context.Context, id string) (synapse.Entity, error) {
	return effect.Call(ctx, r.Effects, opEntity, func(ctx context.Context) (synapse.Entity, error) {
		return r.Synapse.Entity(ctx, id)
	})
}
