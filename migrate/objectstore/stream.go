package objectstore

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Stream brings an object to its destination through this process, with the
// source's credentials on one side and the destination's on the other, and
// computes its MD5 in passing. Content type, headers and user metadata are
// kept, and tags where the credentials allow it. An object of one part goes
// in one request; a larger one in parts, read and written several at once,
// which a later attempt goes on from without reading them again.
//
// At most PartConcurrency parts of one object are held in memory, and
// MemoryBytes of all. The result is compared with what was sent. Errors wrap
// the transfer.Err values; the result then has nothing but the bytes that
// crossed this machine.
func (m *Mover) Stream(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	var read, written atomic.Int64
	res, err := m.stream(ctx, req, &meters{&read, &written})
	if err == nil && res.MD5 == "" {
		res.MD5, err = m.hash(ctx, m.source, req.Source, nil, &read)
	}
	moved := transfer.Result{BytesRead: read.Load(), BytesWritten: written.Load()}
	if err != nil {
		return moved, during("streaming", req.Source, err)
	}
	res.BytesRead, res.BytesWritten = moved.BytesRead, moved.BytesWritten
	return res, nil
}

// meters count the bytes of one transfer.
type meters struct{ read, written *atomic.Int64 }

// stream chooses the way.
func (m *Mover) stream(
	ctx context.Context, req transfer.Request, b *meters,
) (transfer.Result, error) {
	size := req.Source.SizeBytes
	partBytes := partSize(size, m.destination.options.PartSizeBytes)
	if size <= partBytes && req.Resume.UploadID == "" {
		return m.streamWhole(ctx, req, b)
	}
	return m.streamParts(ctx, req, partBytes, b)
}

// streamWhole brings an object in one request. Where the destination has
// something already, that is compared with what was to be sent.
func (m *Mover) streamWhole(
	ctx context.Context, req transfer.Request, b *meters,
) (transfer.Result, error) {
	if m.destination.unguarded(req) {
		res, found, err := m.existing(ctx, req, unproven(req.Source), b.read)
		if found {
			progress(req, req.Source.SizeBytes)
		}
		if found || err != nil {
			return res, err
		}
	}
	sent, out, err := m.sendWhole(ctx, req, b)
	if errors.Is(err, errCondition) {
		res, found, existingErr := m.existing(ctx, req, sent, b.read)
		if found {
			progress(req, req.Source.SizeBytes)
			return res, nil
		}
		return res, cmp.Or(existingErr, err)
	}
	if err != nil {
		return transfer.Result{}, err
	}
	b.written.Add(sent.SizeBytes)
	progress(req, sent.SizeBytes)
	return m.written(ctx, req, sent, out)
}

// sendWhole reads an object into memory and writes it. It says what it
// sent, also where the destination refused it.
func (m *Mover) sendWhole(
	ctx context.Context, req transfer.Request, b *meters,
) (planner.Detail, *s3.PutObjectOutput, error) {
	size := req.Source.SizeBytes
	weight := m.memory.weight(size)
	if err := m.memory.left.Acquire(ctx, weight); err != nil {
		return planner.Detail{}, nil, err
	}
	defer m.memory.left.Release(weight)
	data := make([]byte, size)
	got, err := fill(ctx, m.source, req.Source, 0, data, b.read)
	if err != nil {
		return planner.Detail{}, nil, err
	}
	sum := md5.Sum(data)
	sent := planner.Detail{
		Object:      planner.Object{SizeBytes: size},
		ContentType: aws.ToString(got.Headers.ContentType),
		ChecksumMD5: hex.EncodeToString(sum[:]),
		Checksums:   map[string]string{"CRC64NVME": crcText(crc64NVME(data))},
	}
	if err := req.CheckMD5(sent.ChecksumMD5); err != nil {
		return planner.Detail{}, nil, err
	}
	h := got.Headers
	if got.ETag != sent.ChecksumMD5 {
		h = h.from(req, pinnedTo(req.Source, got))
	}
	h.tags = tagsOf(ctx, m.source, req.Source, got.tagCount)
	out, err := m.put(ctx, req, h, data, sent)
	return sent, out, err
}

// put writes an object.
func (m *Mover) put(
	ctx context.Context, req transfer.Request, h Headers, data []byte, sent planner.Detail,
) (*s3.PutObjectOutput, error) {
	in := &s3.PutObjectInput{
		Bucket: aws.String(req.Bucket), Key: aws.String(req.Key), IfNoneMatch: ifNoneMatch(req),
	}
	h.onPut(in)
	return m.destination.putObject(ctx, in,
		payload{data: data, md5Hex: sent.ChecksumMD5, crc: sent.Checksums["CRC64NVME"]})
}

// written compares the answer to a PutObject with what was sent, and looks
// at the object where the answer says too little.
func (m *Mover) written(
	ctx context.Context, req transfer.Request, sent planner.Detail, out *s3.PutObjectOutput,
) (transfer.Result, error) {
	there := planner.Detail{Object: planner.Object{
		Bucket: req.Bucket, Key: req.Key,
		ETag: unquote(aws.ToString(out.ETag)), SizeBytes: sent.SizeBytes,
	}}
	if there.ETag != sent.ChecksumMD5 &&
		aws.ToString(out.ChecksumCRC64NVME) != sent.Checksums["CRC64NVME"] {
		var err error
		if there, err = m.destination.Head(ctx, req.Bucket, req.Key); err != nil {
			return transfer.Result{}, err
		}
		if differs(sent, there) {
			return transfer.Result{}, m.takeBack(ctx, req, there, unquote(aws.ToString(out.ETag)))
		}
	}
	return transfer.Result{
		Object: there.Object, MD5: sent.ChecksumMD5, ContentType: sent.ContentType,
	}, nil
}
