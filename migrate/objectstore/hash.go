package objectstore

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
)

// step is what to do with one part of an object that is read.
type step struct {
	part part
	// before is waited for before the part is read; nil is left out.
	before func(ctx context.Context) error
	// inOrder is called in the order of the steps, one at a time; nil is
	// left out.
	inOrder func(data []byte) error
	// after is called next, together with those of other steps; nil is left
	// out.
	after func(ctx context.Context, data []byte) error
}

// pass reads parts of an object from the source, several at once, and does
// their steps. No more buffers than the source's ranges are held.
func (m *Mover) pass(ctx context.Context, s Source, o planner.Object, partBytes int64,
	meter *atomic.Int64, steps iter.Seq[step],
) error {
	group, inner := errgroup.WithContext(ctx)
	buffers := m.memory.pool(min(partBytes, o.SizeBytes), s.Ranges())
	turn := make(chan struct{})
	close(turn)
	for st := range steps {
		if st.before != nil && st.before(inner) != nil {
			break
		}
		buf, err := buffers.take(inner)
		if err != nil {
			break
		}
		mine, next := turn, turn
		if st.inOrder != nil {
			next = make(chan struct{})
			turn = next
		}
		group.Go(func() error {
			defer buffers.give(buf)
			data := buf[:st.part.length]
			if _, err := fill(inner, s, o, st.part.first, data, meter); err != nil {
				return err
			}
			return st.do(inner, data, mine, next)
		})
	}
	err := group.Wait()
	buffers.close()
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// do waits for its turn, passes it on, and does the rest.
func (st step) do(
	ctx context.Context, data []byte, mine <-chan struct{}, next chan<- struct{},
) error {
	if st.inOrder != nil {
		select {
		case <-mine:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := st.inOrder(data); err != nil {
			return err
		}
		close(next)
	}
	if st.after == nil {
		return nil
	}
	return st.after(ctx, data)
}

// Hash reads an object for its MD5, in lower-case hex. The object must still
// have the ETag it was planned with, else the error wraps
// transfer.ErrChanged. Large objects are read in several ranges at once.
// Progress is told of bytes read, concurrently; nil tells nobody.
func (m *Mover) Hash(
	ctx context.Context, source planner.Object, progress func(int64),
) (string, error) {
	return m.hash(ctx, m.source, source, progress, nil)
}

// hash is Hash with any source.
func (m *Mover) hash(
	ctx context.Context, s Source, o planner.Object, progress func(int64), meter *atomic.Int64,
) (string, error) {
	if progress == nil {
		progress = func(int64) {}
	}
	sum := md5.New()
	if o.SizeBytes <= wholeBytes {
		r, err := open(ctx, s, o, 0, o.SizeBytes, meter)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(sum, r)
		if closeErr := r.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return "", fmt.Errorf("hashing: %w", err)
		}
		progress(o.SizeBytes)
		return hex.EncodeToString(sum.Sum(nil)), nil
	}
	err := m.pass(ctx, s, o, smallPartBytes, meter, func(yield func(step) bool) {
		for first := int64(0); first < o.SizeBytes; first += smallPartBytes {
			p := part{first: first, length: min(smallPartBytes, o.SizeBytes-first)}
			more := yield(step{part: p, inOrder: func(data []byte) error {
				sum.Write(data)
				progress(int64(len(data)))
				return nil
			}})
			if !more {
				return
			}
		}
	})
	if err != nil {
		return "", fmt.Errorf("hashing: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
