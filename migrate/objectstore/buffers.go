package objectstore

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// budget bounds the memory that all transfers of a Mover hold in buffers.
type budget struct {
	total int64
	left  *semaphore.Weighted
}

// newBudget allows total bytes.
func newBudget(total int64) *budget {
	return &budget{total: total, left: semaphore.NewWeighted(total)}
}

// weight is what a buffer counts: one larger than the whole budget is let
// through when nothing else is held.
func (b *budget) weight(size int64) int64 { return min(size, b.total) }

// pool hands out equal buffers to the parts of one object. It takes from
// the budget as it needs, waits only for the first, and goes on with what it
// has, so that several objects never wait for each other's buffers in a
// ring. Take is for one goroutine, give for any.
type pool struct {
	budget *budget
	size   int64
	free   chan []byte
	made   int
}

// pool allows at most count buffers of size bytes.
func (b *budget) pool(size int64, count int) *pool {
	return &pool{budget: b, size: size, free: make(chan []byte, count)}
}

// take returns a buffer, or the end of ctx.
func (p *pool) take(ctx context.Context) ([]byte, error) {
	select {
	case buf := <-p.free:
		return buf, nil
	default:
	}
	weight := p.budget.weight(p.size)
	if p.made == 0 {
		if err := p.budget.left.Acquire(ctx, weight); err != nil {
			return nil, err
		}
		return p.grow(), nil
	}
	if p.made < cap(p.free) && p.budget.left.TryAcquire(weight) {
		return p.grow(), nil
	}
	select {
	case buf := <-p.free:
		return buf, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// grow adds a buffer that the budget has granted.
func (p *pool) grow() []byte {
	p.made++
	return make([]byte, p.size)
}

// give puts a buffer back.
func (p *pool) give(buf []byte) { p.free <- buf }

// close returns everything to the budget, once every buffer was given back.
func (p *pool) close() {
	p.budget.left.Release(int64(p.made) * p.budget.weight(p.size))
}
