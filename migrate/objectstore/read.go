package objectstore

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

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
	object planner.Object
	next   int64
	end    int64
	body   io.ReadCloser
	bodies int
	// ask requests what is left, wait pauses; both end with the context that
	// the reader was opened under.
	ask  func() error
	wait func(time.Duration) error
	// first is the first answer, for its headers; more is the last one's.
	first *Answer
	more  bool
	// ended is true once all bytes were read and nothing was wrong after them.
	ended bool
	// meter counts what was read; nil counts nothing.
	meter *atomic.Int64
}

// open asks for the range and returns once the reply has begun. The reader
// reads under ctx.
func open(
	ctx context.Context, s Source, o planner.Object, first, length int64, meter *atomic.Int64,
) (*reader, error) {
	r := &reader{object: o, next: first, end: first + length, meter: meter}
	r.ask = func() error { return r.request(ctx, s) }
	r.wait = func(d time.Duration) error { return pause(ctx, d) }
	if first < 0 || length < 0 || r.end > o.SizeBytes {
		return nil, fmt.Errorf("reading %q: no bytes %d to %d in %d",
			place(o), first, r.end, o.SizeBytes)
	}
	if length == 0 && o.SizeBytes > 0 {
		return r, nil
	}
	if err := r.ask(); err != nil {
		return nil, err
	}
	if length == 0 { // nobody will read on to where more would show
		if err := r.finish(); err != nil {
			_ = r.Close()
			return nil, err
		}
	}
	return r, nil
}

// request asks for what is left of the range.
func (r *reader) request(ctx context.Context, s Source) error {
	r.bodies++
	got, err := s.Begin(ctx, r.object, r.next, r.end-r.next)
	if err != nil {
		return err
	}
	r.body, r.more = got.Body, got.More
	if r.first == nil {
		r.first = got
	}
	return nil
}

// Read reads on, from another reply where one broke off.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.body == nil || r.ended {
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
// doesn't match shows, and an object that is longer than planned.
func (r *reader) finish() error {
	if r.more {
		r.ended = true
		return nil
	}
	var rest [1]byte
	n, err := r.body.Read(rest[:])
	if n > 0 {
		return r.broken(fmt.Errorf("%w: it is longer", transfer.ErrChanged))
	}
	if err == nil || err == io.EOF {
		r.ended = true
		return nil
	}
	return r.broken(err)
}

// again asks for the rest after a body broke off, some times.
func (r *reader) again(cause error) error {
	_ = r.body.Close()
	r.body = nil
	if r.bodies >= maxBodies || lasting(cause) {
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
		place(r.object), r.next, cause)
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

// fill reads a range of exactly buf's length and returns the first answer.
func fill(
	ctx context.Context, s Source, o planner.Object, first int64, buf []byte, meter *atomic.Int64,
) (*Answer, error) {
	r, err := open(ctx, s, o, first, int64(len(buf)), meter)
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
