package register

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

var (
	opRelocate = effect.OnSynapse("move file entity")
	opRepoint  = effect.OnSynapse("re-point version")
)

// relocation takes the source's own entities into the destination.
type relocation struct{ entities }

// relocate keeps the source's entity: its current version gets the new file
// handle along with the new parent in one update, the older versions are
// re-pointed after that, one call each.
func (r relocation) relocate(ctx context.Context, e *checkpoint.Entry, parent string) error {
	work := r.current
	if !e.Origin.Current {
		work = r.older
	}
	if err := work(ctx, *e, parent); err != nil {
		return err
	}
	return r.Records.Finish(ctx, e, e.Origin.EntityID, false)
}

// current updates the entity with what the plan knows of it. Where it has
// changed since, or the answer was lost, it is read: it may be relocated
// already, or still be the version that was planned.
func (r relocation) current(ctx context.Context, e checkpoint.Entry, parent string) error {
	file := fileEntity(e, parent)
	file.ID, file.Etag = e.Origin.EntityID, e.Origin.Etag
	_, err := r.update(ctx, file)
	if err == nil || !maybeDone(err) {
		return err
	}
	now, look := r.entity(ctx, file.ID)
	switch {
	case look != nil:
		return look
	case now.DataFileHandleID == e.FileHandleID && now.ParentID == parent:
		return nil
	case now.DataFileHandleID != e.Origin.FileHandleID || now.VersionNumber != e.Origin.Version:
		return effect.Fail(opRelocate, fmt.Errorf("%w: version %d with file handle %s is current",
			transfer.ErrChanged, now.VersionNumber, now.DataFileHandleID))
	}
	now.DataFileHandleID, now.ParentID = e.FileHandleID, parent
	_, err = r.update(ctx, now)
	return err
}

// update replaces a file entity without making a version. The server re-points
// the current one, since the MD5s are equal.
func (r relocation) update(ctx context.Context, file synapse.Entity) (synapse.Entity, error) {
	return effect.Call(ctx, r.Effects, opRelocate, func(ctx context.Context) (synapse.Entity, error) {
		return r.Synapse.UpdateEntityWith(ctx, file, synapse.WriteOptions{})
	})
}

// older gives an older version its new file handle, once the current
// one is relocated: before that, the server would refuse it. One that follows
// nothing is of a file that was relocated before it was planned.
func (r relocation) older(ctx context.Context, e checkpoint.Entry, _ string) error {
	if e.Follows != 0 {
		if _, err := r.Records.Waited(ctx, e.Follows); err != nil {
			return err
		}
	}
	if e.FileHandleID == e.Origin.FileHandleID {
		return nil
	}
	update := synapse.FileHandleUpdate{
		OldFileHandleID: e.Origin.FileHandleID, NewFileHandleID: e.FileHandleID,
	}
	_, err := effect.Call(ctx, r.Effects, opRepoint, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.Synapse.UpdateVersionFileHandle(
			ctx, e.Origin.EntityID, e.Origin.Version, update)
	})
	if err == nil || !maybeDone(err) {
		return err
	}
	now, look := effect.Call(ctx, r.Effects, opEntity, func(ctx context.Context) (synapse.Entity, error) {
		return r.Synapse.EntityVersion(ctx, e.Origin.EntityID, e.Origin.Version)
	})
	switch {
	case look != nil:
		return look
	case now.DataFileHandleID == e.FileHandleID:
		return nil
	case now.DataFileHandleID != e.Origin.FileHandleID:
		return effect.Fail(opRepoint, fmt.Errorf("%w: version %d has file handle %s",
			transfer.ErrChanged, e.Origin.Version, now.DataFileHandleID))
	case errors.Is(err, synapse.ErrUnknownOutcome):
		return err // not done: another attempt will
	}
	return effect.Fail(opRepoint, fmt.Errorf("%w: %w", transfer.ErrMD5, err))
}
