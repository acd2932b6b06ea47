package migrate

import (
	"context"
	"fmt"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
)

// recordTimeout is how long the run file may take for one commit: more than
// any disk that works.
const recordTimeout = 30 * time.Second

// keep writes to the run file, also after cancellation: the effect that is
// to be remembered has been made.
func (r *run) keep(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	defer r.meter.Enter(effect.PhaseRecord)()
	if err := f(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return nil
}

// advance records the entry's next state, and only then lets e be it.
func (r *run) advance(ctx context.Context, e *checkpoint.Entry, next checkpoint.Entry) error {
	err := r.keep(ctx, func(ctx context.Context) error {
		return r.deps.Checkpoint.Record(ctx, next)
	})
	if err != nil {
		return err
	}
	*e = next
	r.refusals.reached(e.State)
	return nil
}
