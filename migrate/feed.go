package migrate

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
)

// feedBatch is how many entries one read of the run file brings: few enough
// to hold, many enough that reading costs nothing beside the calls.
const feedBatch = 500

// ticket is an entry on its way to the register workers.
type ticket struct {
	entry checkpoint.Entry
	// begun is true when this run has worked on the entry already, so that
	// it ends in this run even when no more items are handed out.
	begun bool
}

// feedReady hands out the items that need nothing from the S3 side.
func (r *run) feedReady(ctx context.Context, to chan<- ticket) error {
	return r.feed(ctx, func(e checkpoint.Entry) {
		if !needsTransfer(e.Item) {
			give(r, to, ticket{entry: e})
		}
	})
}

// feedTransfers hands out the others. What an earlier run has transferred
// goes on to the register workers.
func (r *run) feedTransfers(
	ctx context.Context, to chan<- checkpoint.Entry, on chan<- ticket,
) error {
	return r.feed(ctx, func(e checkpoint.Entry) {
		switch {
		case !needsTransfer(e.Item):
		case atTransfer(e):
			give(r, to, e)
		default:
			give(r, on, ticket{entry: e})
		}
	})
}

// feed reads all pending entries in batches, in order, until no more are to
// be handed out. It returns an error only to stop the run.
func (r *run) feed(ctx context.Context, one func(checkpoint.Entry)) error {
	var after int64
	for r.handout.Err() == nil {
		batch, err := r.pending(ctx, after, feedBatch)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		for _, e := range batch {
			after = e.ID
			one(e)
		}
	}
	return ctx.Err()
}

// pending reads one batch.
func (r *run) pending(ctx context.Context, after int64, limit int) ([]checkpoint.Entry, error) {
	batch, err := r.deps.Checkpoint.Pending(ctx, after, limit)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return batch, nil
}

// give hands a value to a worker, unless no more are handed out.
func give[T any](r *run, to chan<- T, v T) {
	if r.handout.Err() != nil {
		return
	}
	select {
	case to <- v:
	case <-r.handout.Done():
	}
}
