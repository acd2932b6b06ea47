package migrate

import "sync"

// inFlight is what has been read from the run file and has not come to its end
// in this run. It is safe for concurrent use.
type inFlight struct {
	mu     sync.Mutex
	lanes  map[int64]laneKind
	counts map[laneKind]int
	// ended are those that came to their end since reading was last called.
	ended map[int64]bool
	// freed are the items that ended and may have kept others waiting, since
	// takeFreed was last called.
	freed []freeing
	// ends counts all that have ended.
	ends int64
	// wake has a value when something has ended since it was last received.
	wake chan struct{}
}

// freeing is an item that so many of those right behind it may have waited
// for.
type freeing struct {
	id     int64
	behind int
}

func newInFlight() *inFlight {
	return &inFlight{
		lanes: map[int64]laneKind{}, counts: map[laneKind]int{}, ended: map[int64]bool{},
		wake: make(chan struct{}, 1),
	}
}

// reading notes that the run file is about to be read: an item that ends
// meanwhile may be read as it was before.
func (f *inFlight) reading() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.ended)
}

// begin notes that an item, as it was read, is in flight; false when it is
// already, or has been until a moment ago.
func (f *inFlight) begin(id int64, kind laneKind) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.lanes[id]; ok || f.ended[id] {
		return false
	}
	f.lanes[id] = kind
	f.counts[kind]++
	return true
}

// end notes that an item is in flight no more, and how many of those right
// behind it may have waited for it.
func (f *inFlight) end(id int64, behind int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind, ok := f.lanes[id]
	if !ok {
		return
	}
	delete(f.lanes, id)
	f.ended[id] = true
	f.counts[kind]--
	f.ends++
	if behind > 0 {
		f.freed = append(f.freed, freeing{id, behind})
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// takeFreed returns what was freed since the last time.
func (f *inFlight) takeFreed() []freeing {
	f.mu.Lock()
	defer f.mu.Unlock()
	freed := f.freed
	f.freed = nil
	return freed
}

// hasFreed reports whether something was freed since takeFreed was last called.
func (f *inFlight) hasFreed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.freed) > 0
}

// status is how many items are in flight, those of one lane, and how many
// have ended so far.
func (f *inFlight) status(kind laneKind) (all, ofLane int, ends int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.lanes), f.counts[kind], f.ends
}
