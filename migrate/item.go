package migrate

import (
	"context"
	"errors"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
)

// items works on items until they come to their end in this run.
type items struct {
	project  *planner.ProjectSource
	effects  *effect.Effects
	records  *recorder
	inFlight *inFlight
	// maxErrors failed items end the run; 0 for no limit.
	maxErrors int
	// look looks behind an error: register.Registrar's DestinationGone.
	look func(context.Context, error) error
}

// mode is what becomes of the source's entities; copy for other sources than
// projects.
func (i *items) mode() planner.Mode {
	if i.project == nil {
		return planner.ModeCopy
	}
	return i.project.Mode
}

// handOn gives an entry that was begun to the register workers.
func handOn(ctx context.Context, e checkpoint.Entry, on chan<- handout) error {
	select {
	case on <- handout{entry: e, begun: true}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ended notes that an entry has come to its end in this run.
func (i *items) ended(e checkpoint.Entry) { i.inFlight.end(e.ID, frees(e.Item, i.project)) }

// attempt works on an entry until that succeeds; ok is false when the entry
// fails, or is left as it is because no more is begun. Work goes on from the
// entry's state, which it advances. An error is a reason to stop the run.
func (i *items) attempt(
	ctx context.Context, e *checkpoint.Entry,
	work func(context.Context, *checkpoint.Entry) error,
) (ok bool, err error) {
	log := i.effects.Logger.With().Int64("item", e.ID).Logger()
	failed, err := i.effects.Item(ctx, log,
		func(ctx context.Context) error { return i.look(ctx, work(ctx, e)) },
		func() { e.Attempts++ })
	if err != nil || failed == nil {
		return err == nil, err
	}
	return false, i.giveUp(ctx, *e, failed)
}

// giveUp records that an entry has failed, unless it is to be left.
func (i *items) giveUp(ctx context.Context, e checkpoint.Entry, cause error) error {
	if effect.Leaves(cause) {
		return nil
	}
	failed, err := i.records.fail(ctx, e, itemError(e, cause))
	if err == nil && i.maxErrors > 0 && failed >= int64(i.maxErrors) {
		i.effects.Drain.Begin(errTooManyErrors)
	}
	return err
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
		if failed.Error() == cause.Error() { // nothing is wrapped around it
			why.Err = failed.Unwrap()
		}
	}
	return why
}
