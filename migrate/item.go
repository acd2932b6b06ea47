package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/migrate/checkpoint"
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
		if r.handout.Err() != nil {
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
	failed, err := r.persist(ctx, e.ID,
		func(ctx context.Context) error { return work(ctx, e) },
		func() { e.Attempts++ })
	switch {
	case err != nil || failed == nil:
		return err == nil, err
	case leaves(failed):
		return false, nil
	}
	return false, r.fail(ctx, *e, failed)
}

// persist works until that succeeds. Failed is why it was given up, or one of
// remedyLeave's. An error is a reason to stop the run. Again is told of each further
// attempt, the log of the item (the first of several).
func (r *run) persist(
	ctx context.Context, itemID int64, work func(context.Context) error, again func(),
) (failed, err error) {
	for n, waits := 0, 0; ; {
		err := r.whyFailed(ctx, work(ctx))
		if err == nil {
			return nil, nil
		}
		waiting := paused(err) && waits < maxPauses
		if waiting {
			waits++
		} else {
			n++
		}
		switch v := judge(err, n, r.options.Attempts); {
		case v == verdictStop:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case v != verdictRetry:
			return err, nil
		}
		if waiting {
			continue // and wait until the side is back
		}
		r.options.Logger.Debug().Int64("item", itemID).Int("attempt", n).
			Err(err).Msg("trying again")
		err = r.rest(ctx, backoff(n))
		if errors.Is(err, errLeft) {
			return err, nil
		}
		if err != nil {
			return nil, err
		}
		again()
	}
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
		r.stopHandout(errTooManyErrors)
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
		ItemID: e.ID, Key: e.Source.Key, Err: cause,
		Operation: string(e.Action), Side: sideOf(cause, checkpoint.SideDestination),
	}
	why.Class, _ = classify(cause)
	var o *opError
	if errors.As(cause, &o) {
		why.Operation = o.name
		why.Side = sideOf(cause, o.booked())
		if errors.Is(o, cause) { // nothing is wrapped around it
			why.Err = o.err
		}
	}
	return why
}

// rest waits before another attempt, or returns the context's error, or
// errLeft once no more is begun.
func (r *run) rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-r.handout.Done():
		return cmp.Or(ctx.Err(), errLeft)
	case <-ctx.Done():
		return ctx.Err()
	}
}
