package objectstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/paging"
)

// upload is a multipart upload under way, with the state that is saved.
type upload struct {
	request transfer.Request
	store   *Store

	mu    sync.Mutex
	state transfer.Upload
	// sums are MD5 states after parts that were hashed but can't be saved
	// yet, since a part before them has not arrived.
	sums map[int32][]byte
	// hashing is closed when the MD5 state moves on; nil while nobody waits.
	hashing chan struct{}
}

// create begins a new upload, state being what is known of it before.
func (m *Mover) create(
	ctx context.Context, req transfer.Request, state transfer.Upload, in *s3.CreateMultipartUploadInput,
) (*upload, error) {
	s := m.destination
	in.Bucket, in.Key = aws.String(req.Bucket), aws.String(req.Key)
	asked, lost := time.Now(), false
	out, err := s.createUpload(ctx, in, noticeLost(&lost))
	if err == nil && aws.ToString(out.UploadId) == "" {
		err, lost = failure("CreateMultipartUpload", req.Bucket, req.Key, errNoUploadID), true
	}
	if state.Asked = req.Resume.Asked; lost && state.Asked.IsZero() {
		state.Asked = asked
	}
	if lost && req.Save == nil {
		m.logger.Warn().Str("bucket", req.Bucket).Str("key", req.Key).
			Msg("multipart upload that may be left: the answer to its creation was lost")
	}
	if err != nil {
		if lost {
			m.remember(ctx, req, state)
		}
		return nil, err
	}
	state.UploadID = *out.UploadId
	u := &upload{request: req, store: s, state: state, sums: make(map[int32][]byte)}
	if err := u.saved(ctx); err != nil {
		// Nobody knows of it but this attempt, which ends.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
		defer cancel()
		return nil, errors.Join(err, m.Abort(ctx, req.Bucket, req.Key, state))
	}
	return u, nil
}

// remember saves that an upload may be left whose ID is not known.
func (m *Mover) remember(ctx context.Context, req transfer.Request, state transfer.Upload) {
	if req.Save == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	if err := req.Save(ctx, state); err != nil {
		m.logger.Warn().Err(err).Msg("multipart upload that may be left not remembered")
	}
}

// resume takes up the upload of an earlier attempt, with those of its parts
// that the server has. It returns nil where there is none to take up; the
// error wraps errNoUpload when the server no longer knows it.
func (m *Mover) resume(ctx context.Context, req transfer.Request) (*upload, error) {
	if !resumable(req.Resume, req.Source.SizeBytes) {
		m.discard(ctx, req)
		return nil, nil
	}
	held, err := m.destination.listParts(ctx, req)
	if err != nil {
		return nil, err
	}
	u := &upload{request: req, store: m.destination, sums: make(map[int32][]byte)}
	u.state = reconcile(req.Resume, held, req.Source.SizeBytes)
	for _, p := range u.state.Parts {
		progress(req, p.SizeBytes)
	}
	return u, nil
}

// resumable reports whether an upload's parts fit an object of that size.
func resumable(u transfer.Upload, size int64) bool {
	return u.UploadID != "" && u.PartSizeBytes > 0 && u.PartSizeBytes <= maxPartBytes &&
		(size+u.PartSizeBytes-1)/u.PartSizeBytes <= maxParts
}

// reconcile keeps the parts that both the checkpoint and the server have,
// alike and of the right size, and the MD5 state where it stands at a part
// boundary.
func reconcile(saved transfer.Upload, held map[int32]transfer.Part, size int64) transfer.Upload {
	out := saved
	out.Parts = nil
	last := partCount(size, saved.PartSizeBytes)
	for _, p := range saved.Parts {
		h, ok := held[p.Number]
		if ok && p.Number >= 1 && p.Number <= last && h.ETag == p.ETag &&
			h.SizeBytes == p.SizeBytes &&
			p.SizeBytes == partAt(size, saved.PartSizeBytes, p.Number).length {
			out.Parts = append(out.Parts, p)
		}
	}
	slices.SortFunc(out.Parts, byNumber)
	out.Parts = slices.CompactFunc(out.Parts, func(a, b transfer.Part) bool {
		return a.Number == b.Number
	})
	h := saved.HashedBytes
	if h < 0 || h > size || (h != size && h%saved.PartSizeBytes != 0) || len(saved.MD5State) == 0 {
		out.MD5State, out.HashedBytes = nil, 0
	}
	return out
}

// errNoUploadID is an answer that names no upload.
var errNoUploadID = errors.New("the answer names no upload")

// byNumber orders parts.
func byNumber(a, b transfer.Part) int { return int(a.Number) - int(b.Number) }

// errNoPart is a part of a listing that no upload can have.
var errNoPart = errors.New("beyond S3's numbers")

// listParts asks which parts the server holds.
func (s *Store) listParts(
	ctx context.Context, req transfer.Request,
) (map[int32]transfer.Part, error) {
	held := make(map[int32]transfer.Part)
	in := &s3.ListPartsInput{
		Bucket: aws.String(req.Bucket), Key: aws.String(req.Key),
		UploadId: aws.String(req.Resume.UploadID), RequestPayer: s.payer,
	}
	for before := int32(0); ; {
		out, err := s.client.ListParts(ctx, in)
		if err != nil {
			return nil, failure("ListParts", req.Bucket, req.Key, err)
		}
		var last int32
		for _, p := range out.Parts {
			last = aws.ToInt32(p.PartNumber)
			size := aws.ToInt64(p.Size)
			if last < 1 || last > maxParts || size < 0 || size > maxPartBytes {
				return nil, failure("ListParts", req.Bucket, req.Key,
					fmt.Errorf("part %d of %d bytes: %w", last, size, errNoPart))
			}
			held[last] = transfer.Part{
				Number: last, ETag: unquote(aws.ToString(p.ETag)), SizeBytes: size,
			}
		}
		switch {
		case !aws.ToBool(out.IsTruncated):
			return held, nil
		case last == 0:
			return nil, failure("ListParts", req.Bucket, req.Key, errNoWay)
		case last <= before:
			return nil, failure("ListParts", req.Bucket, req.Key, paging.ErrCircle)
		}
		before = last
		// Some servers' NextPartNumberMarker is off by one; the last number
		// seen is what S3 means by it.
		in.PartNumberMarker = aws.String(fmt.Sprint(last))
	}
}

// part is a finished part, if it is one.
func (u *upload) part(number int32) (transfer.Part, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i, ok := slices.BinarySearchFunc(u.state.Parts, transfer.Part{Number: number}, byNumber)
	if !ok {
		return transfer.Part{}, false
	}
	return u.state.Parts[i], true
}

// hashed notes the MD5 state after a part.
func (u *upload) hashed(number int32, state []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sums[number] = state
}

// finish notes a part that has arrived, moves the MD5 state up to the last
// part before which none is missing, and saves.
func (u *upload) finish(ctx context.Context, p transfer.Part) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	i, known := slices.BinarySearchFunc(u.state.Parts, p, byNumber)
	if !known {
		u.state.Parts = slices.Insert(u.state.Parts, i, p)
		progress(u.request, p.SizeBytes)
	}
	size, partBytes := u.request.Source.SizeBytes, u.state.PartSizeBytes
	next := int32(u.state.HashedBytes/partBytes) + 1
	for ; u.sums[next] != nil && u.reached(next); next++ {
		end := partAt(size, partBytes, next)
		u.state.MD5State, u.state.HashedBytes = u.sums[next], end.first+end.length
		delete(u.sums, next)
		if u.hashing != nil {
			close(u.hashing)
			u.hashing = nil
		}
	}
	return u.save(ctx)
}

// near waits until a part lies within so many bytes of what can be gone on
// from: all behind that is read again after a crash, and parts behind a slow
// one could get ever further away.
func (u *upload) near(ctx context.Context, p part, windowBytes int64) error {
	for {
		u.mu.Lock()
		if p.first < u.state.HashedBytes+windowBytes {
			u.mu.Unlock()
			return nil
		}
		if u.hashing == nil {
			u.hashing = make(chan struct{})
		}
		hashing := u.hashing
		u.mu.Unlock()
		select {
		case <-hashing:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reached reports whether a part has arrived. The caller holds u.mu.
func (u *upload) reached(number int32) bool {
	_, ok := slices.BinarySearchFunc(u.state.Parts, transfer.Part{Number: number}, byNumber)
	return ok
}

// saved is save for those who don't hold u.mu.
func (u *upload) saved(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.save(ctx)
}

// save hands the state to the request. The caller holds u.mu.
func (u *upload) save(ctx context.Context) error {
	if u.request.Save == nil {
		return nil
	}
	state := u.state
	state.Parts = slices.Clone(u.state.Parts)
	if err := u.request.Save(ctx, state); err != nil {
		return fmt.Errorf("saving the upload of %q: %w",
			location(u.request.Bucket, u.request.Key), err)
	}
	return nil
}

// complete puts the parts together. The error wraps errNoUpload or
// errCondition where the object may be there all the same.
func (u *upload) complete(ctx context.Context) (etag string, err error) {
	req := u.request
	in := &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(req.Bucket), Key: aws.String(req.Key),
		UploadId:      aws.String(u.state.UploadID),
		IfNoneMatch:   ifNoneMatch(req),
		MpuObjectSize: aws.Int64(req.Source.SizeBytes),
	}
	out, err := u.store.completeUpload(ctx, in, u.state.Parts)
	if err != nil {
		return "", err
	}
	return unquote(aws.ToString(out.ETag)), nil
}

// assembled reports whether an object is what these parts make.
func assembled(there planner.Detail, parts []transfer.Part) bool {
	var size int64
	for _, p := range parts {
		size += p.SizeBytes
	}
	if there.SizeBytes != size || len(parts) == 0 {
		return false
	}
	if sum := fullCRC(parts); sum != "" && there.Checksums["CRC64NVME"] == sum {
		return true
	}
	etag := multipartETag(parts)
	return etag != "" && etag == there.ETag
}
