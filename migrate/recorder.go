package migrate

import (
	"context"
	"fmt"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// recorder reads and writes the run file, and counts what it has written. What
// fails there is ErrRunFile, or the context's error.
type recorder struct {
	file  Checkpoint
	meter *meter
	// ready is true where items wait for others: in a project's plan.
	ready bool
	// refusals watches for a run that may do nothing.
	refusals refusals
}

func newRecorder(d Deps, m *meter, o Options) *recorder {
	return &recorder{
		file: d.Checkpoint, meter: m, ready: d.Plan.Header.Source.Project != nil,
		refusals: refusals{off: o.MaxErrors > 0},
	}
}

// begin checks the plan against the run file.
func (r *recorder) begin(ctx context.Context, d Deps, retryFailed bool) (retried int64, err error) {
	soFar := func() checkpoint.RunCounts {
		c := r.meter.runCounts()
		if d.Calls != nil {
			c.SynapseCalls, c.S3Calls = d.Calls()
		}
		return c
	}
	if err := r.file.Begin(ctx, d.Plan.Digest, soFar); err != nil || !retryFailed {
		return 0, err
	}
	retried, err = r.file.RetryFailed(ctx)
	return read(ctx, retried, err)
}

// read is what the run file says, or why it says nothing.
func read[T any](ctx context.Context, v T, err error) (T, error) {
	switch {
	case err != nil && ctx.Err() != nil:
		return v, ctx.Err()
	case err != nil:
		return v, fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return v, nil
}

// pending reads one batch of what is to be handed out: of a project, what
// doesn't wait for another item.
func (r *recorder) pending(ctx context.Context, after int64, limit int) ([]checkpoint.Entry, error) {
	from := r.file.Pending
	if r.ready {
		from = r.file.Ready
	}
	batch, err := from(ctx, after, limit)
	return read(ctx, batch, err)
}

// Waited returns an item that another waited for, which must be done:
// effect.ErrWaited. The run file hands out the other only after that one's end.
func (r *recorder) Waited(ctx context.Context, id int64) (checkpoint.Entry, error) {
	found, err := r.file.Entry(ctx, id)
	before, err := read(ctx, found, err)
	if err == nil && before.State != checkpoint.StateDone {
		err = effect.Fail(effect.OnNone(fmt.Sprintf("wait for item %d", id)), effect.WaitedInVain(before))
	}
	return before, err
}

// Folder returns a folder of the plan, its EntityID empty while there is none.
func (r *recorder) Folder(ctx context.Context, id int64) (planner.Folder, error) {
	f, err := r.file.Folder(ctx, id)
	return read(ctx, f, err)
}

// Upload is what is remembered of an item's unfinished transfer.
func (r *recorder) Upload(ctx context.Context, itemID int64) (transfer.Upload, error) {
	u, _, err := r.file.Upload(ctx, itemID)
	return read(ctx, u, err)
}

// recordTimeout is how long the run file may take for one commit: more than
// any disk that works.
const recordTimeout = 30 * time.Second

// write writes to the run file, also after cancellation: the effect that is
// to be remembered has been made.
func (r *recorder) write(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	defer r.meter.Enter(effect.PhaseRecord)()
	if err := f(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return nil
}

// Advance records the entry's next state, and only then lets e be it.
func (r *recorder) Advance(ctx context.Context, e *checkpoint.Entry, next checkpoint.Entry) error {
	err := r.write(ctx, func(ctx context.Context) error { return r.file.Record(ctx, next) })
	if err != nil {
		return err
	}
	*e = next
	r.refusals.reached(e.State)
	return nil
}

// Finish records and reports that an entry is done.
func (r *recorder) Finish(ctx context.Context, e *checkpoint.Entry, entityID string, adopted bool) error {
	next := *e
	next.State = checkpoint.StateDone
	next.EntityID = entityID
	next.Failure = nil
	if err := r.Advance(ctx, e, next); err != nil {
		return err
	}
	r.meter.finished(Outcome{Entry: *e, Adopted: adopted})
	return nil
}

// fail records and reports that an entry is given up. It returns how many have
// failed so far, and ErrAllRefused once those say something of the run.
func (r *recorder) fail(ctx context.Context, e checkpoint.Entry, why *ItemError) (failed int64, err error) {
	next := e
	next.State = checkpoint.StateFailed
	next.Failure = &checkpoint.Failure{
		Side:      why.Side,
		Class:     why.Class,
		Operation: why.Operation,
		Cause:     why.Err.Error(),
		On:        time.Now().UTC(),
	}
	if err := r.Advance(ctx, &e, next); err != nil {
		return 0, err
	}
	failed = r.meter.finished(Outcome{Entry: e, Err: why})
	return failed, r.refusals.failed(why)
}

// SaveUpload remembers how far an item's transfer has come.
func (r *recorder) SaveUpload(ctx context.Context, itemID int64, u transfer.Upload) error {
	return r.write(ctx, func(ctx context.Context) error { return r.file.SaveUpload(ctx, itemID, u) })
}

// RecordFolder remembers the entity of a folder.
func (r *recorder) RecordFolder(ctx context.Context, id int64, entityID string) error {
	return r.write(ctx, func(ctx context.Context) error { return r.file.RecordFolder(ctx, id, entityID) })
}
