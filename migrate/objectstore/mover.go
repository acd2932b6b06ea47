package objectstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// defaultMemoryBytes holds eight parts of the default size.
const defaultMemoryBytes = 1 << 30

// abortTimeout bounds the clean-up after a transfer that can't be resumed.
const abortTimeout = 30 * time.Second

// MoverOptions shape a Mover; the zero value is ready for use.
type MoverOptions struct {
	// MemoryBytes bounds what all objects together hold in buffers; 0 is
	// 1 GiB. A single part may be larger: it then goes alone.
	MemoryBytes int64
	// Logger is told of what was found instead of done; the zero value
	// discards.
	Logger zerolog.Logger
}

// withDefaults fills in what was left zero.
func (o MoverOptions) withDefaults() MoverOptions {
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = defaultMemoryBytes
	}
	return o
}

// Mover brings objects from where a Source reads to where a Store writes.
// It is safe for concurrent use.
type Mover struct {
	source Source
	// store is the source where it is S3, which alone copies; nil otherwise.
	store       *Store
	destination *Store
	memory      *budget
	logger      zerolog.Logger
}

// NewMover joins a source and a destination, which may be one Store. Part
// sizes and limits are the destination's.
func NewMover(source Source, destination *Store, o MoverOptions) *Mover {
	o = o.withDefaults()
	return newMover(source, destination, newBudget(o.MemoryBytes), o.Logger)
}

// newMover joins them with a budget that others may share.
func newMover(source Source, destination *Store, b *budget, l zerolog.Logger) *Mover {
	store, _ := source.(*Store)
	return &Mover{source: source, store: store, destination: destination, memory: b, logger: l}
}

// Open reads a range of a source object, from byte first. The object must
// still have the ETag it was planned with, else the error wraps
// transfer.ErrChanged. A body that breaks off is gone on with. The caller
// closes the reader, and reads under ctx.
func (m *Mover) Open(
	ctx context.Context, source planner.Object, first, length int64,
) (io.ReadCloser, error) {
	return open(ctx, m.source, source, first, length, nil)
}

// Abort gives up a multipart upload at the destination and frees its parts.
// One that is gone already is no error.
func (m *Mover) Abort(ctx context.Context, bucket, key string, u transfer.Upload) error {
	if u.UploadID == "" {
		return nil
	}
	_, err := m.destination.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket:       aws.String(bucket),
		Key:          aws.String(key),
		UploadId:     aws.String(u.UploadID),
		RequestPayer: m.destination.payer,
	})
	err = failure("AbortMultipartUpload", bucket, key, err)
	if errors.Is(err, errNoUpload) {
		return nil
	}
	return err
}

// ended aborts the upload of a transfer that came to its end, where nothing goes
// on with it: the transfer was refused for good, its parts are, or nobody saved
// its state; or the object had been brought by somebody else, so that S3 refused
// to complete the upload. One that S3 has completed is gone: aborting it does
// nothing. What can't be aborted is saved, to be found by those who clean up.
func (m *Mover) ended(ctx context.Context, u *upload, found bool, cause error) {
	if !found && (cause == nil || u.request.Save != nil && !useless(cause)) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	err := m.Abort(ctx, u.request.Bucket, u.request.Key, u.state)
	if err == nil {
		return
	}
	m.logger.Warn().Err(err).Msg("multipart upload left behind")
	u.mu.Lock()
	defer u.mu.Unlock()
	u.state.Left = true
	if err := u.save(ctx); err != nil {
		m.logger.Warn().Err(err).Msg("multipart upload not remembered")
	}
}

// useless reports whether a transfer failed so that its upload is of no use to
// another attempt.
func useless(cause error) bool {
	for _, is := range []error{
		transfer.ErrChanged, transfer.ErrExists, transfer.ErrNotFound, transfer.ErrMismatch,
		transfer.ErrMD5,
	} {
		if errors.Is(cause, is) {
			return true
		}
	}
	var refused *Error
	return errors.As(cause, &refused) && refused.Operation == "CompleteMultipartUpload" && refusedParts[refused.Code]
}

// refusedParts are S3's codes for an upload that can't be completed with the
// parts that it has (S3 API reference, CompleteMultipartUpload, November 2026).
var refusedParts = map[string]bool{
	"InvalidPart": true, "InvalidPartOrder": true, "EntityTooSmall": true, "BadDigest": true,
}

// discard aborts the upload of an earlier attempt which this one has no use for.
func (m *Mover) discard(ctx context.Context, req transfer.Request) {
	if err := m.Abort(ctx, req.Bucket, req.Key, req.Resume); err != nil {
		m.logger.Warn().Err(err).Msg("multipart upload of an earlier attempt left behind")
	}
}

// existing looks at what lies at the destination's key. It answers with a
// Result when that is proven to be the source's content, known being what is
// known of it; false when there is nothing, or something that may be replaced;
// and an error that wraps transfer.ErrExists when it is something else.
func (m *Mover) existing(
	ctx context.Context, req transfer.Request, known planner.Detail, meter *atomic.Int64,
) (transfer.Result, bool, error) {
	there, found, err := m.there(ctx, req)
	if err != nil || !found {
		return transfer.Result{}, false, err
	}
	same, sum, err := m.liken(ctx, req, known, there, meter)
	switch {
	case err != nil:
		return transfer.Result{}, false, err
	case same:
		m.logger.Debug().Str("bucket", req.Bucket).Str("key", req.Key).Msg("already there")
		return transfer.Result{
			Object: there.Object, MD5: sum, ContentType: there.ContentType, Found: true,
		}, true, nil
	case req.Replace:
		return transfer.Result{}, false, nil
	}
	return transfer.Result{}, false, fmt.Errorf("%q: %w",
		location(req.Bucket, req.Key), transfer.ErrExists)
}

// there looks at what lies at the destination's key; false is nothing. Without
// the right to list, S3 answers 403 for what isn't there, which counts as
// nothing: the condition on the write has the last word. Where a write has
// none, a listing has it, and the error wraps transfer.ErrExists.
func (m *Mover) there(ctx context.Context, req transfer.Request) (planner.Detail, bool, error) {
	d, err := m.destination.Head(ctx, req.Bucket, req.Key)
	switch {
	case errors.Is(err, transfer.ErrNotFound):
		return d, false, nil
	case !errors.Is(err, transfer.ErrDenied):
		return d, err == nil, err
	case !m.destination.unguarded(req):
		return d, false, nil
	}
	if listed, listing := m.destination.listed(ctx, req.Bucket, req.Key); listing != nil || !listed {
		return d, false, nil
	}
	return d, false, fmt.Errorf("%q: %w, and may not be looked at: %w", location(req.Bucket, req.Key), transfer.ErrExists, err)
}

// liken finds out whether what is there has the source's content: by what is
// known, by what S3 says of the source, at last by reading what must be read of
// both. It returns the MD5 where it came to know it.
func (m *Mover) liken(
	ctx context.Context, req transfer.Request, known, there planner.Detail, meter *atomic.Int64,
) (same bool, sum string, err error) {
	source, dest := planner.Content{Detail: known, MD5: req.MD5}, planner.Content{Detail: there}
	like := planner.Compare(source, dest, false)
	if like.Likeness == planner.LikenessUnknown && source.KnownMD5() == "" {
		seen, err := m.source.Describe(ctx, req.Source)
		if err != nil {
			return false, "", err
		}
		source.Detail = seen.Detail
		like = planner.Compare(source, dest, false)
	}
	switch like.Likeness {
	case planner.LikenessDifferent:
		return false, "", nil
	case planner.LikenessSame:
		return true, cmp.Or(source.KnownMD5(), dest.KnownMD5()), nil
	}
	sum = source.KnownMD5()
	if sum == "" {
		if sum, err = m.hash(ctx, m.source, req.Source, nil, meter); err != nil {
			return false, "", err
		}
	}
	other, err := m.hash(ctx, m.destination, there.Object, nil, meter)
	return err == nil && sum == other, sum, err
}

// Unchanged compares a source with its plan: an error wraps transfer.ErrChanged.
func Unchanged(planned, now planner.Object) error {
	if planned.ETag == now.ETag && planned.SizeBytes == now.SizeBytes {
		return nil
	}
	return fmt.Errorf("%q: %w: ETag %q and %d bytes, planned %q and %d",
		place(planned), transfer.ErrChanged,
		now.ETag, now.SizeBytes, planned.ETag, planned.SizeBytes)
}

// progress tells of bytes that arrived.
func progress(req transfer.Request, bytes int64) {
	if req.Progress != nil && bytes > 0 {
		req.Progress(bytes)
	}
}

// ifNoneMatch is the condition under which a request may write.
func ifNoneMatch(req transfer.Request) *string {
	if req.Replace {
		return nil
	}
	return aws.String("*")
}

// unproven is an object as the plan has it: its ETag serves to recognise
// the object, and proves no MD5.
func unproven(o planner.Object) planner.Detail {
	return planner.Detail{Object: o, PartsCount: -1}
}

// differs reports whether what arrived is proven to be another content than
// what was sent.
func differs(sent, there planner.Detail) bool {
	c := planner.Compare(planner.Content{Detail: sent}, planner.Content{Detail: there}, false)
	return c.Likeness == planner.LikenessDifferent
}
