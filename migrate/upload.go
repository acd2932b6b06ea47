package migrate

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// upload brings an object through Synapse's multipart upload to its file
// handle. An object of one part takes four calls: start, URL, add, complete.
// The server finds an upload again by a request equal in every field, so the
// request is made of the plan and of what was saved, and of nothing else.
func (r *run) upload(ctx context.Context, e *checkpoint.Entry) error {
	s, err := r.openSaved(ctx, e.ID)
	if err != nil {
		return err
	}
	md5 := plannedMD5(e.Item)
	if md5 == "" {
		if md5, err = r.hashOnce(ctx, e.Source, s); err != nil {
			return err
		}
	}
	if e.CompareEntityID != "" {
		e.Object.MD5 = md5
		if found, err := r.held(ctx, *e); err != nil || found.ID != "" {
			return r.handled(ctx, e, found.DataFileHandleID, err)
		}
	}
	plan := planParts(e.Source.SizeBytes, r.options.UploadPartSizeBytes)
	if s.upload.PartSizeBytes > 0 {
		plan.PartSizeBytes = s.upload.PartSizeBytes
	}
	request := r.multipartRequest(*e, md5, plan)
	sender := &partSender{run: r, source: e.Source, request: request, plan: plan, md5: md5}
	sender.bring = sender.putBytes
	status, err := r.startMultipart(ctx, request, false)
	if err != nil {
		return err
	}
	if err := saveUploadID(ctx, s, status, plan); err != nil {
		return err
	}
	if plan.count() > 1 && unproven(*e, md5) {
		sender.passing = resumed(s, status.UploadID)
	}
	handleID, err := r.sendObject(ctx, sender, status)
	if err != nil {
		return err
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object.MD5, next.Object.ContentType = md5, request.ContentType
	next.FileHandleID = handleID
	return r.advance(ctx, e, next)
}

// handled gives an entry that needs no upload the file handle that the file at
// its path has.
func (r *run) handled(ctx context.Context, e *checkpoint.Entry, handleID string, err error) error {
	if err != nil {
		return err
	}
	next := *e
	next.State, next.FileHandleID = checkpoint.StateHandled, handleID
	return r.advance(ctx, e, next)
}

// multipartRequest is what starts an entry's upload, or finds it again.
func (r *run) multipartRequest(
	e checkpoint.Entry, md5 string, plan partPlan,
) synapse.MultipartRequest {
	location := r.to.StorageLocationID
	request := synapse.MultipartRequest{
		ConcreteType:      synapse.TypeMultipartUpload,
		FileName:          uploadName(e),
		FileSizeBytes:     plan.SizeBytes,
		PartSizeBytes:     plan.PartSizeBytes,
		ContentMD5Hex:     md5,
		ContentType:       e.ContentType,
		StorageLocationID: &location,
	}
	if request.ContentType == "" {
		request.ContentType = neutralType
	}
	if r.options.NoPreviews {
		request.GeneratePreview = new(bool)
	}
	return request
}

// startMultipart starts an upload or a copy, or finds it again.
func (r *run) startMultipart(
	ctx context.Context, request synapse.MultipartRequest, anew bool,
) (synapse.MultipartStatus, error) {
	return effect.Call(ctx, r.effects, opStart, func(ctx context.Context) (synapse.MultipartStatus, error) {
		return r.deps.Synapse.StartMultipart(ctx, request, anew)
	})
}

// sendObject sends what an upload or copy lacks, completes it and returns the
// file handle's ID. Where another run has completed it meanwhile, that one's
// file handle is as good.
func (r *run) sendObject(
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
func (r *run) sendAll(
	ctx context.Context, sender *partSender, status synapse.MultipartStatus,
) (synapse.MultipartStatus, error) {
	send := r.sendParts
	if sender.passing != nil {
		send = r.sendInOrder
	}
	if err := send(ctx, sender, status); err != nil {
		return status, err
	}
	return r.complete(ctx, status.UploadID)
}

// complete makes a file handle of an upload.
func (r *run) complete(ctx context.Context, uploadID string) (synapse.MultipartStatus, error) {
	return effect.Call(ctx, r.effects, opComplete, func(ctx context.Context) (synapse.MultipartStatus, error) {
		return r.deps.Synapse.CompleteMultipart(ctx, uploadID)
	})
}

// saveUploadID remembers the part size of an upload of several parts, since
// with another one the server would begin anew.
func saveUploadID(
	ctx context.Context, s *saved, status synapse.MultipartStatus, plan partPlan,
) error {
	if plan.count() < 2 || status.State == synapse.UploadStateCompleted ||
		s.upload.UploadID == status.UploadID {
		return nil
	}
	u := transfer.Upload{UploadID: status.UploadID, PartSizeBytes: plan.PartSizeBytes}
	return s.save(ctx, u)
}

// sendParts sends the parts that the server doesn't have, several at once.
// Parts are not held in memory: they pass from the source to the destination.
// When one is left, no others are begun, and those under way are not
// disturbed.
func (r *run) sendParts(
	ctx context.Context, sender *partSender, status synapse.MultipartStatus,
) error {
	missing := sender.plan.missing(status.PartsState)
	sender.uploadID, sender.urls = status.UploadID, newPartURLs(missing)
	var left atomic.Bool
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.options.PartConcurrency)
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
