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
		return err
	}
	select {
	case on <- ticket{entry: e, begun: true}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// registerOne brings an entry to its end. Its error stops the run.
func (r *run) registerOne(ctx context.Context, t ticket) error {
	e := t.entry
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
	for n, waits := 0, 0; ; {
		err := r.whyFailed(ctx, work(ctx, e))
		if err == nil {
			return true, nil
		}
		waiting := down(err) && waits < maxWaits
		if waiting {
			waits++
		} else {
			n++
		}
		switch v := judge(err, n, r.options.Attempts); {
		case v == verdictStop:
			return false, err
		case ctx.Err() != nil:
			return false, ctx.Err()
		case v == verdictLeave:
			return false, nil
		case v == verdictFail:
			return false, r.fail(ctx, *e, err)
		}
		r.options.Logger.Debug().Int64("item", e.ID).Int("attempt", n).
			Err(err).Msg("trying again")
		err = r.rest(ctx, backoff(max(n, waits)))
		if errors.Is(err, errLeft) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !waiting {
			e.Attempts++
		}
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
		Operation: why.Operation,
		Cause:     why.Err.Error(),
		On:        time.Now().UTC(),
	}
	if err := r.advance(ctx, &e, next); err != nil {
		return err
	}
	failed := r.meter.finished(Outcome{Entry: e, Err: why})
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
	var o *opError
	if errors.As(cause, &o) {
		why.Operation = o.name
		why.Side = sideOf(cause, o.side)
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
