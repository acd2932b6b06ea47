package action

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

var (
	opStart    = effect.OnSynapse("start multipart upload")
	opComplete = effect.OnSynapse("complete multipart upload")
)

// multipart brings the parts of an upload, or of a copy, to Synapse.
type multipart struct{ Deps }

// start starts an upload or a copy, or finds it again.
func (r multipart) start(
	ctx context.Context, request synapse.MultipartRequest, anew bool,
) (synapse.MultipartStatus, error) {
	return effect.Call(ctx, r.Effects, opStart, func(ctx context.Context) (synapse.MultipartStatus, error) {
		return r.Synapse.StartMultipart(ctx, request, anew)
	})
}

// send sends what an upload or copy lacks, completes it and returns the
// file handle's ID. Where another run has completed it meanwhile, that one's
// file handle is as good.
func (r multipart) send(
	ctx context.Context, sender *partSender, status synapse.MultipartStatus,
) (string, error) {
	if status.State != synapse.UploadStateCompleted {
		done, err := r.sendAll(ctx, sender, status)
		if err != nil && ctx.Err() == nil && sender.mayBeOvertaken(err) {
			done, err = r.overtaken(ctx, sender, status.UploadID, err)
		}
		if err != nil {
			return "", err
		}
		status = done
	}
	if status.ResultFileHandleID == "" {
		return "", effect.Fail(opComplete, errors.New("answer without a file handle ID"))
	}
	return status.ResultFileHandleID, nil
}

// sendAll sends the parts that are missing, and completes the upload.
func (r multipart) sendAll(
	ctx context.Context, sender *partSender, status synapse.MultipartStatus,
) (synapse.MultipartStatus, error) {
	parts := r.sendParts
	if sender.passing != nil {
		parts = r.sendInOrder
	}
	if err := parts(ctx, sender, status); err != nil {
		return status, err
	}
	return r.complete(ctx, status.UploadID)
}

// complete makes a file handle of an upload.
func (r multipart) complete(ctx context.Context, uploadID string) (synapse.MultipartStatus, error) {
	return effect.Call(ctx, r.Effects, opComplete, func(ctx context.Context) (synapse.MultipartStatus, error) {
		return r.Synapse.CompleteMultipart(ctx, uploadID)
	})
}

// sendParts sends the parts that the server doesn't have, several at once.
// Parts are not held in memory: they pass from the source to the destination.
// When one is left, no others are begun, and those under way are not
// disturbed.
func (r multipart) sendParts(
	ctx context.Context, sender *partSender, status synapse.MultipartStatus,
) error {
	missing := sender.plan.missing(status.PartsState)
	sender.uploadID, sender.urls = status.UploadID, newPartURLs(missing)
	var left atomic.Bool
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.PartConcurrency)
	for _, n := range missing {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if left.Load() {
				return nil
			}
			err := sender.send(ctx, n)
			switch {
			case err == nil:
				return nil
			case effect.Leaves(err):
				left.Store(true)
				return nil
			}
			return fmt.Errorf("part %d: %w", n, err)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if left.Load() {
		return effect.ErrLeft
	}
	return nil
}
