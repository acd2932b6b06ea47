package migrate

import (
	"context"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
)

// folderLister streams the plan's folders, parents first, their EntityIDs set
// where they exist: checkpoint.File. A Checkpoint may do without it.
type folderLister interface {
	Folders(ctx context.Context) iter.Seq2[planner.Folder, error]
}

// bareFolders makes the folders of a project's plan that no item needed:
// empty ones travel too. It is called when all items have come to their end.
// A folder that can't be made is logged, unless what stands in its way
// concerns the whole run.
func (r *run) bareFolders(ctx context.Context) error {
	folders, ok := r.deps.Checkpoint.(folderLister)
	if !ok || r.project == nil {
		return nil
	}
	bare := make(chan planner.Folder)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(bare)
		return r.feedBare(ctx, folders, bare)
	})
	g.Go(func() error {
		return pool(ctx, r.options.RegisterWorkers, bare, r.makeBare)
	})
	return g.Wait()
}

// feedBare sends the folders that don't exist until no more is handed out.
func (r *run) feedBare(
	ctx context.Context, folders folderLister, bare chan<- planner.Folder,
) error {
	for f, err := range folders.Folders(ctx) {
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRunFile, err)
		}
		if f.EntityID != "" {
			continue
		}
		select {
		case bare <- f:
		case <-r.effects.Drain.Done():
			r.bareLeft.Store(true)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// makeBare makes one folder, if it is still not there.
func (r *run) makeBare(ctx context.Context, f planner.Folder) error {
	log := r.options.Logger.With().Int64("folder", f.ID).Logger()
	failed, err := r.effects.Item(ctx, log, func(ctx context.Context) error {
		_, err := r.folders.entityID(ctx, f.ID)
		return r.whyFailed(ctx, err)
	}, func() {})
	switch {
	case err != nil || failed == nil:
		return err
	case effect.Leaves(failed):
		r.bareLeft.Store(true)
	case effect.Lasts(failed):
		r.options.Logger.Warn().Err(failed).Str("folder", f.Path).Msg("folder not made")
	default: // it may be made by another run
		return failed
	}
	return nil
}
