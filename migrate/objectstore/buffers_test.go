package objectstore

import (
	"testing"
	"testing/synctest"
)

func TestPoolsShareTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(100)
		first, second := b.pool(40, 4), b.pool(40, 4)
		one, err := first.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := first.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 2)
		go func() { _, err := second.take(t.Context()); got <- err }()
		go func() { _, err := first.take(t.Context()); got <- err }()
		synctest.Wait()
		if len(got) != 0 {
			t.Error("more was handed out than the budget has")
		}
		first.give(one)
		if err := <-got; err != nil || first.made != 2 || second.made != 0 {
			t.Errorf("got %v; %d and %d buffers made, want a buffer used again", err, first.made, second.made)
		}
		first.close()
		if err := <-got; err != nil || second.made != 1 {
			t.Errorf("got %v with %d made after the budget was free", err, second.made)
		}
	})
}

func TestPoolOfOneLargeBuffer(t *testing.T) {
	b := newBudget(100)
	p := b.pool(1000, 4)
	buf, err := p.take(t.Context())
	if err != nil || len(buf) != 1000 {
		t.Fatalf("got %d bytes, %v", len(buf), err)
	}
	if b.left.TryAcquire(1) {
		t.Error("a second transfer fits beside one larger than the budget")
	}
	p.give(buf)
	p.close()
	if !b.left.TryAcquire(100) {
		t.Error("the budget was not given back")
	}
}
