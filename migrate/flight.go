package migrate

import "sync"

// flight is what has been read from the run file and has not come to its end
// in this run. It is safe for concurrent use.
type flight struct {
	mu     sync.Mutex
	lanes  map[int64]laneKind
	counts map[laneKind]int
	// freed are the items that ended while others waited for them, since
	// takeFreed was last called.
	freed []int64
	// ends counts all that have ended.
	ends int64
	// wake has a value when something has ended since it was last received.
	wake chan struct{}
}

func newFlight() *flight {
	return &flight{
		lanes: map[int64]laneKind{}, counts: map[laneKind]int{}, wake: make(chan struct{}, 1),
	}
}

// enter notes that an item is in flight; false when it is already.
func (f *flight) enter(id int64, kind laneKind) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.lanes[id]; ok {
		return false
	}
	f.lanes[id] = kind
	f.counts[kind]++
	return true
}

// leave notes that an item is in flight no more. With frees, others may have
// waited for it.
func (f *flight) leave(id int64, frees bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind, ok := f.lanes[id]
	if !ok {
		return
	}
	delete(f.lanes, id)
	f.counts[kind]--
	f.ends++
	if frees {
		f.freed = append(f.freed, id)
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// takeFreed returns what was freed since the last time.
func (f *flight) takeFreed() []int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	freed := f.freed
	f.freed = nil
	return freed
}

// status is how many items are in flight, those of one lane, and how many
// have ended so far.
func (f *flight) status(kind laneKind) (all, ofLane int, ends int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.lanes), f.counts[kind], f.ends
}
