package migrate

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
)

// waitedFor returns an item that e waited for, which must be done: ErrWaited.
// The run file hands e out only after that one's end.
func (r *run) waitedFor(ctx context.Context, id int64) (checkpoint.Entry, error) {
	before, err := r.deps.Checkpoint.Entry(ctx, id)
	switch {
	case ctx.Err() != nil:
		return before, ctx.Err()
	case err != nil:
		return before, fmt.Errorf("%w: %w", ErrRunFile, err)
	case before.State != checkpoint.StateDone:
		return before, effect.Fail(effect.OnNone(fmt.Sprintf("wait for item %d", id)), effect.WaitedInVain(before))
	}
	return before, nil
}

// checkWaited makes sure that nothing is begun for an item in vain.
func (r *run) checkWaited(ctx context.Context, e checkpoint.Entry) error {
	for _, id := range []int64{e.Follows, e.Shares} {
		if id == 0 {
			continue
		}
		if _, err := r.waitedFor(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// share gives an entry the new file handle of the item that brought its
// bytes.
func (r *run) share(ctx context.Context, e *checkpoint.Entry) error {
	brought, err := r.waitedFor(ctx, e.Shares)
	if err != nil {
		return err
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object = brought.Object
	next.FileHandleID = brought.FileHandleID
	return r.advance(ctx, e, next)
}
