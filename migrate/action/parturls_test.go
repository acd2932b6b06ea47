package action

import (
	"slices"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"testing"
	"time"
)

func TestPartURLs(t *testing.T) {
	urls := func(parts ...int64) (all []synapse.PartURL) {
		for _, n := range parts {
			all = append(all, synapse.PartURL{PartNumber: n})
		}
		return all
	}
	now := time.Now()
	p := newPartURLs([]int64{1, 2, 3, 5, 7})
	p.put(urls(1, 2), now)
	p.put(urls(5), now.Add(time.Second))
	_, ok := p.take(1, now)
	if _, again := p.take(1, now); !ok || again {
		t.Errorf("part 1 is there %v, and after being taken %v", ok, again)
	}
	if _, ok := p.take(2, now.Add(partURLAge)); ok {
		t.Error("an old URL was taken")
	}
	if _, ok := p.take(5, now.Add(partURLAge)); !ok {
		t.Error("a young URL was not taken")
	}
	for n, want := range map[int64][]int64{1: {1, 2, 3, 5, 7}, 5: {5, 7}, 4: {4}} {
		if got := p.next(n); !slices.Equal(got, want) {
			t.Errorf("next(%d) = %v, want %v", n, got, want)
		}
	}
	many := make([]int64, 250)
	for i := range many {
		many[i] = int64(i) + 1
	}
	for n, from := range map[int64]int64{1: 1, 4: 1, 101: 2, 200: 101} {
		if got := newPartURLs(many).next(n); len(got) != planner.PartURLBatch || got[0] != from {
			t.Errorf("batch of part %d has %d parts from %d, want %d from %d",
				n, len(got), got[0], planner.PartURLBatch, from)
		}
	}
}
