package migrate

import "testing"

// TestLastBatchWaitsForWhatWasFreed: an older version that has just come to
// its end may bring one more file handle for the batch.
func TestLastBatchWaitsForWhatWasFreed(t *testing.T) {
	r := &run{flight: newFlight()}
	f := newFeeder(r, nil, nil, nil)
	f.ready.done, f.reuse.done = true, true
	if !f.lastBatch() {
		t.Fatal("nothing is in flight, and the batch waits")
	}
	r.flight.enter(1, laneReady)
	if f.lastBatch() {
		t.Error("the batch doesn't wait for an item in flight")
	}
	r.flight.leave(1, 1)
	if f.lastBatch() {
		t.Error("the batch doesn't wait for what the item's end has freed")
	}
	r.flight.takeFreed()
	if !f.lastBatch() {
		t.Error("the batch waits for what was read")
	}
}
