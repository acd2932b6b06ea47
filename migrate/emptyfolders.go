package migrate

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/register"
	"synapse-migrate/planner"
)

// emptyFolders makes the folders of a project's plan that no item needed:
// empty ones travel too.
type emptyFolders struct {
	registrar *register.Registrar
	effects   *effect.Effects
	workers   int
	// left is true where folders that no item needs are left to be made.
	left atomic.Bool
}

// make makes them when all items have come to their end. A folder that can't be
// made is logged, unless what stands in its way concerns the whole run.
func (m *emptyFolders) make(ctx context.Context, folders Folders) error {
	missing := make(chan planner.Folder)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(missing)
		return m.feed(ctx, folders, missing)
	})
	g.Go(func() error {
		return pool(ctx, m.workers, missing, m.makeOne)
	})
	return g.Wait()
}

// feed sends the folders that don't exist until no more is begun.
func (m *emptyFolders) feed(
	ctx context.Context, folders Folders, missing chan<- planner.Folder,
) error {
	for f, err := range folders.Folders(ctx) {
		if f, err = read(ctx, f, err); err != nil {
			return err
		}
		if f.EntityID != "" {
			continue
		}
		select {
		case missing <- f:
		case <-m.effects.Drain.Done():
			m.left.Store(true)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// makeOne makes one folder, if it is still not there.
func (m *emptyFolders) makeOne(ctx context.Context, f planner.Folder) error {
	log := m.effects.Logger.With().Int64("folder", f.ID).Logger()
	failed, err := m.effects.Item(ctx, log, func(ctx context.Context) error {
		_, err := m.registrar.Folders.EntityID(ctx, f.ID)
		return m.registrar.DestinationGone(ctx, err)
	}, func() {})
	switch {
	case err != nil || failed == nil:
		return err
	case effect.Leaves(failed):
		m.left.Store(true)
	case effect.Lasts(failed):
		m.effects.Logger.Warn().Err(failed).Str("folder", f.Path).Msg("folder not made")
	default: // it may be made by another run
		return failed
	}
	return nil
}
