package migrate

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/register"
	"synapse-migrate/synapse"
)

// reuse has the file handles of a batch copied in one call, and hands the
// entries on. Its error stops the run.
func (p *pipeline) reuse(ctx context.Context, batch []checkpoint.Entry, on chan<- handout) error {
	batch, err := p.beginBatch(ctx, batch)
	if err != nil || len(batch) == 0 {
		return err
	}
	var copies []synapse.CopyHandleResult
	log := p.effects.Logger.With().Int64("item", batch[0].ID).Logger() // the first of several
	failed, err := p.effects.Item(ctx, log, func(ctx context.Context) (err error) {
		copies, err = p.registrar.CopyHandles(ctx, batch)
		return p.items.look(ctx, err)
	}, func() {
		for i := range batch {
			batch[i].Attempts++
		}
	})
	if err != nil {
		return err
	}
	var g errgroup.Group // which lets all be recorded: they have happened
	for i, e := range batch {
		g.Go(func() error {
			next, why := e, failed
			if why == nil {
				next, why = p.registrar.Copied(e, copies[i])
			}
			if why != nil {
				return p.endReuse(ctx, e, why)
			}
			if err := p.records.Advance(ctx, &e, next); err != nil {
				return err
			}
			return handOn(ctx, e, on)
		})
	}
	return g.Wait()
}

// beginBatch is a batch without the entries that waited in vain, whose
// failure it records.
func (p *pipeline) beginBatch(
	ctx context.Context, batch []checkpoint.Entry,
) (begun []checkpoint.Entry, err error) {
	for _, e := range batch {
		e.Attempts++
		err := register.CheckWaited(ctx, p.records, e)
		switch {
		case err == nil:
			begun = append(begun, e)
		case errors.Is(err, effect.ErrWaited):
			if err := p.endReuse(ctx, e, err); err != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
	return begun, nil
}

// endReuse ends an entry whose file handle is not copied.
func (p *pipeline) endReuse(ctx context.Context, e checkpoint.Entry, why error) error {
	defer p.items.ended(e)
	return p.items.giveUp(ctx, e, why)
}
