package objectstore

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// streamParts streams in parts, going on from an earlier attempt's.
func (m *Mover) streamParts(
	ctx context.Context, req transfer.Request, partBytes int64, b *meters,
) (transfer.Result, error) {
	pinned := req
	pinned.Source.ETag = cmp.Or(req.Source.ETag, req.Resume.SourceETag)
	u, err := m.resume(ctx, pinned)
	if errors.Is(err, errNoUpload) {
		if res, found, err := m.completedBefore(ctx, req); found || err != nil {
			return res, err
		}
	} else if err != nil {
		return transfer.Result{}, err
	}
	if u == nil {
		known := unproven(req.Source)
		res, found, err := m.existing(ctx, req, known, b.read)
		if found {
			progress(req, req.Source.SizeBytes)
		}
		if found || err != nil {
			return res, err
		}
		if u, err = m.createStream(ctx, req, partBytes); err != nil {
			return transfer.Result{}, err
		}
	}
	res, err := m.finishStream(ctx, u, b)
	m.ended(ctx, u, res.Found, err)
	return res, err
}

// completedBefore looks for what an earlier attempt sent whole and completed
// without living to tell: all parts are known, and so is the MD5.
func (m *Mover) completedBefore(
	ctx context.Context, req transfer.Request,
) (transfer.Result, bool, error) {
	size := req.Source.SizeBytes
	if req.Resume.HashedBytes != size {
		return transfer.Result{}, false, nil
	}
	there, found, err := m.there(ctx, req)
	if err != nil || !found || there.SizeBytes != size || !assembled(there, req.Resume.Parts) {
		return transfer.Result{}, false, err
	}
	sum, err := transfer.RestoreMD5(req.Resume.MD5State)
	if err != nil {
		return transfer.Result{}, false, nil
	}
	progress(req, size)
	return transfer.Result{
		Object: there.Object, MD5: hex.EncodeToString(sum.Sum(nil)),
		ContentType: there.ContentType, Found: true,
	}, true, nil
}

// createStream begins an upload with the source's headers and a checksum
// over the whole object.
func (m *Mover) createStream(
	ctx context.Context, req transfer.Request, partBytes int64,
) (*upload, error) {
	seen, err := m.source.Describe(ctx, req.Source)
	if err != nil {
		return nil, err
	}
	sourceETag := ""
	if req.Source.ETag == "" {
		sourceETag = seen.ETag
		req.Source.ETag = seen.ETag
	}
	h := seen.Headers.from(req, seen.Object)
	h.tags = tagsOf(ctx, m.source, req.Source, seen.tagCount)
	in := &s3.CreateMultipartUploadInput{
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme,
		ChecksumType:      types.ChecksumTypeFullObject,
	}
	h.onCreate(in)
	state := transfer.Upload{PartSizeBytes: partBytes, SourceETag: sourceETag}
	return m.create(ctx, req, state, in)
}

// finishStream sends what is missing and puts it together.
func (m *Mover) finishStream(ctx context.Context, u *upload, b *meters) (transfer.Result, error) {
	req := u.request
	sum, err := transfer.RestoreMD5(u.state.MD5State)
	if err != nil {
		u.state.MD5State, u.state.HashedBytes = nil, 0
		sum = md5.New()
	}
	steps := u.steps(sum, u.state.HashedBytes, int64(m.source.Ranges())*u.state.PartSizeBytes, b)
	err = m.pass(ctx, m.source, req.Source, u.state.PartSizeBytes, b.read, steps)
	if err != nil {
		return transfer.Result{}, err
	}
	md5Hex := hex.EncodeToString(sum.Sum(nil))
	if err := req.CheckMD5(md5Hex); err != nil {
		return transfer.Result{}, err
	}
	wrote, found, err := m.finish(ctx, u)
	if err != nil {
		return transfer.Result{}, err
	}
	there, err := m.destination.Head(ctx, req.Bucket, req.Key)
	if err != nil {
		return transfer.Result{}, err
	}
	sent := planner.Detail{
		Object:      planner.Object{SizeBytes: req.Source.SizeBytes},
		ChecksumMD5: md5Hex,
	}
	if crc := fullCRC(u.state.Parts); crc != "" {
		sent.Checksums = map[string]string{"CRC64NVME": crc}
	}
	there.PartsCount = max(there.PartsCount, len(u.state.Parts))
	if !assembled(there, u.state.Parts) && differs(sent, there) {
		return transfer.Result{}, m.takeBack(ctx, req, there, wrote)
	}
	return transfer.Result{
		Object: there.Object, MD5: sent.ChecksumMD5, ContentType: there.ContentType, Found: found,
	}, nil
}

// steps are the parts that must be read: those that are not at the
// destination yet, and those that the MD5 has not seen. No more than a window
// of them is read before the first has arrived.
func (u *upload) steps(sum hash.Hash, hashedBytes, windowBytes int64, b *meters) iter.Seq[step] {
	return func(yield func(step) bool) {
		for p := range allParts(u.request.Source.SizeBytes, u.state.PartSizeBytes) {
			done, finished := u.part(p.number)
			if finished && p.first < hashedBytes {
				continue
			}
			st := step{part: p, before: func(ctx context.Context) error {
				return u.near(ctx, p, windowBytes)
			}, after: func(ctx context.Context, data []byte) error {
				if finished {
					return u.recheck(ctx, done, data)
				}
				return u.send(ctx, p, data, b)
			}}
			if p.first >= hashedBytes {
				st.inOrder = func(data []byte) error {
					sum.Write(data)
					state, err := transfer.SaveMD5(sum)
					u.hashed(p.number, state)
					return err
				}
			}
			if !yield(st) {
				return
			}
		}
	}
}

// recheck compares a part that an earlier attempt sent, and that had to be
// read again for the MD5, with what was read now.
func (u *upload) recheck(ctx context.Context, done transfer.Part, data []byte) error {
	if done.Checksum != "" && done.Checksum != crcText(crc64NVME(data)) {
		return fmt.Errorf("part %d of %q: %w: what was read back is not what was sent",
			done.Number, location(u.request.Bucket, u.request.Key), transfer.ErrMismatch)
	}
	return u.finish(ctx, done)
}

// send writes one part.
func (u *upload) send(ctx context.Context, p part, data []byte, b *meters) error {
	req := u.request
	sum := crcText(crc64NVME(data))
	out, err := u.store.uploadPart(ctx, &s3.UploadPartInput{
		Bucket: aws.String(req.Bucket), Key: aws.String(req.Key),
		UploadId: aws.String(u.state.UploadID), PartNumber: aws.Int32(p.number),
	}, payload{data: data, crc: sum})
	if err != nil {
		return err
	}
	b.written.Add(p.length)
	return u.finish(ctx, transfer.Part{
		Number: p.number, ETag: unquote(aws.ToString(out.ETag)),
		SizeBytes: p.length, Checksum: sum,
	})
}
