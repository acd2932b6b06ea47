package migrate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// reuseWorkers copy the file handles of batches: a second one so that the
// register workers don't wait for the answer to the first.
const reuseWorkers = 2

// reuse copies the file handles of a batch in one call, and hands the entries
// on. Its error stops the run.
func (r *run) reuse(ctx context.Context, batch []checkpoint.Entry, on chan<- ticket) error {
	batch, err := r.beginBatch(ctx, batch)
	if err != nil || len(batch) == 0 {
		return err
	}
	var copies []synapse.CopyHandleResult
	log := r.options.Logger.With().Int64("item", batch[0].ID).Logger() // the first of several
	failed, err := r.effects.Item(ctx, log, func(ctx context.Context) (err error) {
		copies, err = r.copyHandles(ctx, batch)
		return r.whyFailed(ctx, err)
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
			if failed != nil {
				return r.giveUp(ctx, e, failed)
			}
			return r.reused(ctx, e, copies[i], on)
		})
	}
	return g.Wait()
}

// beginBatch is a batch without the entries that waited in vain, whose
// failure it records.
func (r *run) beginBatch(
	ctx context.Context, batch []checkpoint.Entry,
) (begun []checkpoint.Entry, err error) {
	for _, e := range batch {
		e.Attempts++
		err := r.checkWaited(ctx, e)
		switch {
		case err == nil:
			begun = append(begun, e)
		case errors.Is(err, ErrWaited):
			if err := r.giveUp(ctx, e, err); err != nil {
				return nil, err
			}
		default:
			return nil, err
		}
	}
	return begun, nil
}

// giveUp ends an entry in this run: as failed, unless it is to be left.
func (r *run) giveUp(ctx context.Context, e checkpoint.Entry, why error) error {
	defer r.leave(e)
	if effect.Leaves(why) {
		return nil
	}
	return r.fail(ctx, e, why)
}

// copyHandles has Synapse copy the records of a batch's file handles. A
// lost answer leaves copies behind that nothing refers to.
func (r *run) copyHandles(
	ctx context.Context, batch []checkpoint.Entry,
) ([]synapse.CopyHandleResult, error) {
	var request synapse.CopyHandlesRequest
	for _, e := range batch {
		one := synapse.CopyHandleRequest{OriginalFile: association(e)}
		if r.options.NoPreviews {
			one.NewContentType = neutralType
		}
		request.CopyRequests = append(request.CopyRequests, one)
	}
	copies, err := effect.Call(ctx, r.effects, opCopyHandles,
		func(ctx context.Context) (synapse.CopyHandlesResult, error) {
			return r.deps.Synapse.CopyFileHandles(ctx, request)
		})
	if err != nil {
		return nil, err
	}
	if n := len(copies.CopyResults); n != len(batch) {
		return nil, effect.Fail(opCopyHandles, fmt.Errorf("%d answers for %d file handles", n, len(batch)))
	}
	return copies.CopyResults, nil
}

// association names an entry's file handle in the source.
func association(e checkpoint.Entry) synapse.FileHandleAssociation {
	return synapse.FileHandleAssociation{
		FileHandleID:        e.Origin.FileHandleID,
		AssociateObjectID:   e.Origin.EntityID,
		AssociateObjectType: synapse.AssociateFileEntity,
	}
}

// reused records the copy of an entry's file handle and hands the entry on.
func (r *run) reused(
	ctx context.Context, e checkpoint.Entry, c synapse.CopyHandleResult, on chan<- ticket,
) error {
	if err := checkCopied(c, e, r.to.StorageLocationID); err != nil {
		return r.giveUp(ctx, e, effect.Fail(opCopyHandles, err))
	}
	next := e
	next.State = checkpoint.StateHandled
	next.Object.Bucket, next.Object.Key = c.NewFileHandle.BucketName, c.NewFileHandle.Key
	next.Object.MD5 = strings.ToLower(c.NewFileHandle.ContentMD5)
	next.Object.ContentType = c.NewFileHandle.ContentType
	next.FileHandleID = c.NewFileHandle.ID
	if err := r.advance(ctx, &e, next); err != nil {
		return err
	}
	return handOn(ctx, e, on)
}

// checkCopied compares the copy of a file handle with the plan.
func checkCopied(c synapse.CopyHandleResult, e checkpoint.Entry, location int64) error {
	h := c.NewFileHandle
	switch {
	case c.FailureCode == synapse.FailureNotFound:
		return fmt.Errorf("%w: %s: %s", effect.ErrHandleGone, e.Origin.FileHandleID, c.FailureCode)
	case c.FailureCode != "":
		return fmt.Errorf("%w: %s: %s", effect.ErrHandleRefused, e.Origin.FileHandleID, c.FailureCode)
	case c.OriginalFileHandleID != e.Origin.FileHandleID || h == nil || h.ID == "":
		return fmt.Errorf("%w: %s: answer without a copy", effect.ErrHandleRefused, e.Origin.FileHandleID)
	case h.StorageLocationID == nil || *h.StorageLocationID != location:
		return fmt.Errorf("%w: file handle %s is not in storage location %d",
			transfer.ErrChanged, e.Origin.FileHandleID, location)
	case h.ContentSize != nil && *h.ContentSize != e.Source.SizeBytes:
		return fmt.Errorf("%w: Synapse sees %d bytes, planned were %d",
			transfer.ErrChanged, *h.ContentSize, e.Source.SizeBytes)
	case e.MD5 != "" && !strings.EqualFold(h.ContentMD5, e.MD5):
		return fmt.Errorf("%w: %w", transfer.ErrChanged, transfer.ErrMD5)
	}
	return nil
}
