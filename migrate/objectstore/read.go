package objectstore

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

const (
	// maxBodies is how many replies one range may take, the first one and
	// those that go on where a body broke off.
	maxBodies = 8
	// firstPause is the wait before the third reply, doubled for each
	// further one; the second is asked for at once.
	firstPause = 100 * time.Millisecond
)

// reader reads a range of an object that must not have changed. It goes on
// where a body broke off. It is not safe for concurrent use.
type reader struct {
	store  *Store
	object planner.Object
	next   int64
	end    int64
	body   io.ReadCloser
	bodies int
	// ask requests what is left, wait pauses; both end with the context that
	// the reader was opened under.
	ask  func() error
	wait func(time.Duration) error
	// first is the first reply, for its headers.
	first *s3.GetObjectOutput
	// meter counts what was read; nil counts nothing.
	meter *atomic.Int64
}

// open asks for the range and returns once the reply has begun. The reader
// reads under ctx.
func (s *Store) open(
	ctx context.Context, o planner.Object, first, length int64, meter *atomic.Int64,
) (*reader, error) {
	r := &reader{store: s, object: o, next: first, end: first + length, meter: meter}
	r.ask = func() error { return r.request(ctx) }
	r.wait = func(d time.Duration) error { return pause(ctx, d) }
	if first < 0 || length < 0 || r.end > o.SizeBytes {
		return nil, fmt.Errorf("reading %q: no bytes %d to %d in %d",
			location(o.Bucket, o.Key), first, r.end, o.SizeBytes)
	}
	if length == 0 && o.SizeBytes > 0 {
		return r, nil
	}
	if err := r.ask(); err != nil {
		return nil, err
	}
	return r, nil
}

// request asks for what is left of the range. A whole object is asked for
// without a range, so that its checksum comes along and is verified.
func (r *reader) request(ctx context.Context) error {
	in := &s3.GetObjectInput{
		Bucket:       aws.String(r.object.Bucket),
		Key:          aws.String(r.object.Key),
		IfMatch:      quote(r.object.ETag),
		RequestPayer: r.store.payer,
	}
	if r.next > 0 || r.end < r.object.SizeBytes {
		in.Range = aws.String(part{first: r.next, length: r.end - r.next}.byteRange())
	} else {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	r.bodies++
	out, err := r.store.client.GetObject(ctx, in)
	if err != nil {
		return failure("GetObject", r.object.Bucket, r.object.Key, err)
	}
	if n := out.ContentLength; n != nil && *n != r.end-r.next {
		_ = out.Body.Close()
		return fmt.Errorf("GetObject %q: %w: %d bytes, want %d",
			location(r.object.Bucket, r.object.Key), transfer.ErrChanged, *n, r.end-r.next)
	}
	r.body = out.Body
	if r.first == nil {
		r.first = out
	}
	return nil
}

// Read reads on, from another reply where one broke off.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			return 0, io.EOF
		}
		n, err := r.body.Read(p[:min(int64(len(p)), r.end-r.next)])
		r.next += int64(n)
		if r.meter != nil {
			r.meter.Add(int64(n))
		}
		if r.next == r.end && err == nil {
			return n, r.finish()
		}
		if n > 0 || (err == nil && len(p) == 0) {
			return n, nil
		}
		if r.next == r.end {
			return 0, err
		}
		if err == nil {
			continue
		}
		if err := r.again(err); err != nil {
			return 0, err
		}
	}
}

// finish reads the end of the last body, which is where a checksum that
// doesn't match shows.
func (r *reader) finish() error {
	var rest [1]byte
	_, err := r.body.Read(rest[:])
	if err == nil || err == io.EOF {
		return nil
	}
	return r.broken(err)
}

// again asks for the rest after a body broke off, some times.
func (r *reader) again(cause error) error {
	_ = r.body.Close()
	r.body = nil
	if r.bodies >= maxBodies {
		return r.broken(cause)
	}
	var delay time.Duration
	if r.bodies > 1 {
		delay = firstPause << (r.bodies - 2)
	}
	if err := r.wait(delay); err != nil {
		return r.broken(err)
	}
	return r.ask()
}

// broken says where reading ended.
func (r *reader) broken(cause error) error {
	return fmt.Errorf("reading %q at byte %d: %w",
		location(r.object.Bucket, r.object.Key), r.next, cause)
}

// Close ends reading.
func (r *reader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}

// fill reads a range of exactly buf's length and returns the first reply.
func (s *Store) fill(
	ctx context.Context, o planner.Object, first int64, buf []byte, meter *atomic.Int64,
) (*s3.GetObjectOutput, error) {
	r, err := s.open(ctx, o, first, int64(len(buf)), meter)
	if err != nil {
		return nil, err
	}
	_, err = io.ReadFull(r, buf)
	if closeErr := r.Close(); err == nil && closeErr != nil {
		err = r.broken(closeErr)
	}
	return r.first, err
}

// pause waits, or ends with ctx.
func pause(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
