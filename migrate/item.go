package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

// transferOne brings an entry through the S3 side and hands it on. Its error
// stops the run.
func (r *run) transferOne(ctx context.Context, e checkpoint.Entry, on chan<- ticket) error {
	e.Attempts++
	ok, err := r.attempt(ctx, &e, r.transfer)
	if err != nil || !ok {
		r.leave(e)
		return err
	}
	return handOn(ctx, e, on)
}

// handOn gives an entry that was begun to the register workers.
func handOn(ctx context.Context, e checkpoint.Entry, on chan<- ticket) error {
	select {
	case on <- ticket{entry: e, begun: true}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave notes that an entry has come to its end in this run.
func (r *run) leave(e checkpoint.Entry) { r.flight.leave(e.ID, frees(e.Item, r.project)) }

// registerOne brings an entry to its end. Its error stops the run.
func (r *run) registerOne(ctx context.Context, t ticket) error {
	e := t.entry
	defer r.leave(e)
	if !t.begun {
		if r.effects.Drain.Begun() {
			return ctx.Err()
		}
		e.Attempts++
	}
	_, err := r.attempt(ctx, &e, r.register)
	return err
}

// attempt works on an entry until that succeeds; ok is false when the entry
// fails, or is left as it is because no more is begun. Work goes on from the
// entry's state, which it advances. An error is a reason to stop the run.
func (r *run) attempt(
	ctx context.Context, e *checkpoint.Entry,
	work func(context.Context, *checkpoint.Entry) error,
) (ok bool, err error) {
	log := r.options.Logger.With().Int64("item", e.ID).Logger()
	failed, err := r.effects.Item(ctx, log,
		func(ctx context.Context) error { return r.whyFailed(ctx, work(ctx, e)) },
		func() { e.Attempts++ })
	switch {
	case err != nil || failed == nil:
		return err == nil, err
	case effect.Leaves(failed):
		return false, nil
	}
	return false, r.fail(ctx, *e, failed)
}

// whyFailed looks behind a 404: where the destination folder itself is gone,
// every item would fail, one after the other.
func (r *run) whyFailed(ctx context.Context, err error) error {
	if !errors.Is(err, synapse.ErrNotFound) || ctx.Err() != nil {
		return err
	}
	if _, look := r.entity(ctx, r.to.FolderID); errors.Is(look, synapse.ErrNotFound) {
		return fmt.Errorf("%w: %s: %w", ErrDestinationGone, r.to.FolderID, err)
	}
	return err
}

// fail records and reports that an entry is given up.
func (r *run) fail(ctx context.Context, e checkpoint.Entry, cause error) error {
	why := itemError(e, cause)
	next := e
	next.State = checkpoint.StateFailed
	next.Failure = &checkpoint.Failure{
		Side:      why.Side,
		Class:     why.Class,
		Operation: why.Operation,
		Cause:     why.Err.Error(),
		On:        time.Now().UTC(),
	}
	if err := r.advance(ctx, &e, next); err != nil {
		return err
	}
	failed := r.meter.finished(Outcome{Entry: e, Err: why})
	if err := r.refusals.failed(r.options, why); err != nil {
		return err
	}
	if most := r.options.MaxErrors; most > 0 && failed >= int64(most) {
		r.effects.Drain.Begin(errTooManyErrors)
	}
	return nil
}

// finish records and reports that an entry is done.
func (r *run) finish(
	ctx context.Context, e *checkpoint.Entry, entityID string, adopted bool,
) error {
	next := *e
	next.State = checkpoint.StateDone
	next.EntityID = entityID
	next.Failure = nil
	if err := r.advance(ctx, e, next); err != nil {
		return err
	}
	r.meter.finished(Outcome{Entry: *e, Adopted: adopted})
	return nil
}

// itemError takes a cause apart.
func itemError(e checkpoint.Entry, cause error) *ItemError {
	why := &ItemError{
		ItemID: e.ID, Key: e.Source.Key, Err: cause, Operation: string(e.Action),
		Side: effect.SideOf(cause), Class: effect.ClassOf(cause),
	}
	var failed *effect.Error
	if errors.As(cause, &failed) {
		why.Operation = failed.Operation()
		if error(failed) == cause { // nothing is wrapped around it
			why.Err = failed.Unwrap()
		}
	}
	return why
}
