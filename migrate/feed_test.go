package migrate

import "testing"

// TestLastBatchWaitsForWhatWasFreed: an older version that has just come to
// its end may bring one more file handle for the batch.
func TestLastBatchWaitsForWhatWasFreed(t *testing.T) {
	i := &items{inFlight: newInFlight()}
	f := newFeeder(nil, i, nil, nil, nil)
	f.ready.done, f.reuse.done = true, true
	if !f.lastBatch() {
		t.Fatal("nothing is in flight, and the batch waits")
	}
	i.inFlight.begin(1, laneReady)
	if f.lastBatch() {
		t.Error("the batch doesn't wait for an item in flight")
	}
	i.inFlight.end(1, 1)
	if f.lastBatch() {
		t.Error("the batch doesn't wait for what the item's end has freed")
	}
	i.inFlight.takeFreed()
	if !f.lastBatch() {
		t.Error("the batch waits for what was read")
	}
}
