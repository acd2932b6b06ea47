package migrate

import (
	"errors"
	"fmt"
	"sync"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
)

// mostRefused is after how many items that were all refused a run stops: more
// than a few objects with rights of their own, and no more than a page.
const mostRefused = 20

// refusals watches the first items of a run. Where none of them is permitted
// at one side, the cause is mostly not theirs (a plan that is resumed with
// other credentials than it was made with), and the run stops rather than fail
// all the others. It is safe for concurrent use.
type refusals struct {
	// off is true where somebody has said how many items may fail.
	off bool

	mu sync.Mutex
	// n items were refused, all at one side. Over is true once any item came
	// to another end, or further than that side.
	n    int
	side checkpoint.Side
	over bool
	// read is true once the source has given anything.
	read bool
}

// reached notes that an item has come to a state.
func (r *refusals) reached(s checkpoint.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch s {
	case checkpoint.StateTransferred, checkpoint.StateHandled:
		r.read = true
	case checkpoint.StateDone:
		r.over = true
	}
}

// failed notes why an item failed: ErrAllRefused once that is enough. Whoever
// says how many may fail has decided otherwise.
func (r *refusals) failed(why *ItemError) error {
	if errors.Is(why, effect.ErrWaited) { // which is another item's story
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == 0 {
		r.side = why.Side
	}
	if r.off || why.Class != checkpoint.ClassPermission || why.Side != r.side ||
		r.read && r.side == checkpoint.SideSource {
		r.over = true
	}
	r.n++
	if r.over || r.n < mostRefused {
		return nil
	}
	return fmt.Errorf("%w at the %s: %d were refused, at last %w", ErrAllRefused, r.side, r.n, why)
}
