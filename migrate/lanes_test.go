package migrate

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// queued are planned entries with these file handles.
func queued(handles ...string) (q []checkpoint.Entry) {
	for n, h := range handles {
		q = append(q, checkpoint.Entry{State: checkpoint.StatePlanned, Item: planner.Item{
			ID: int64(n + 1), Origin: &planner.Origin{FileHandleID: h},
		}})
	}
	return q
}

func TestBatch(t *testing.T) {
	many := make([]string, 120)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	handled := queued("1", "2", "3")
	handled[1].State = checkpoint.StateHandled
	tests := []struct {
		name  string
		queue []checkpoint.Entry
		all   bool
		want  int
	}{
		{"none", nil, true, 0},
		{"few", queued("1", "2"), false, 0},
		{"the last", queued("1", "2"), true, 2},
		{"a whole one", queued(many...), false, 100},
		{"a handle twice", queued("1", "2", "1"), false, 2},
		{"handled in between", handled, false, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := &lane{kind: laneReuse, queue: test.queue}
			if got := l.batch(test.all); len(got) != test.want {
				t.Errorf("batch of %d, want %d", len(got), test.want)
			}
		})
	}
}

func TestInFlight(t *testing.T) {
	f := newInFlight()
	if !f.begin(1, laneReady) || f.begin(1, laneReady) || !f.begin(2, laneReuse) {
		t.Error("an item was let in twice, or not at all")
	}
	f.reading()
	f.end(1, 3)
	f.end(1, 3)
	f.end(2, 0)
	if f.begin(1, laneReady) {
		t.Error("an item that ended while it was read was let in")
	}
	all, ready, ends := f.status(laneReady)
	if all != 0 || ready != 0 || ends != 2 {
		t.Errorf("%d in flight, %d of them ready, %d ended, want 0, 0 and 2", all, ready, ends)
	}
	if freed := f.takeFreed(); len(freed) != 1 || freed[0] != (freeing{1, 3}) || len(f.takeFreed()) != 0 {
		t.Errorf("freed %v, want 3 behind item 1, once", freed)
	}
	select {
	case <-f.wake:
	default:
		t.Error("nobody was woken")
	}
	f.reading()
	if !f.begin(1, laneReady) {
		t.Error("an item that was read anew was not let in")
	}
}

func TestFrees(t *testing.T) {
	source := func(m planner.Mode, v planner.Versions) *planner.ProjectSource {
		return &planner.ProjectSource{Mode: m, Versions: v}
	}
	const all, latest = planner.VersionsAll, planner.VersionsLatest
	current := &planner.Origin{Version: 5, Current: true}
	older := &planner.Origin{Version: 1}
	tests := []struct {
		name    string
		origin  *planner.Origin
		project *planner.ProjectSource
		want    int
	}{
		{"bucket", nil, nil, 0},
		{"copy, older", older, source(planner.ModeCopy, all), 1},
		{"copy, current", current, source(planner.ModeCopy, all), 0},
		{"copy, latest alone", older, source(planner.ModeCopy, latest), 0},
		{"move, current", current, source(planner.ModeMove, all), 4},
		{"move, the only one", &planner.Origin{Version: 1, Current: true},
			source(planner.ModeMove, all), 0},
		{"move, older", older, source(planner.ModeMove, all), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := frees(planner.Item{Origin: test.origin}, test.project); got != test.want {
				t.Errorf("frees = %d, want %d", got, test.want)
			}
		})
	}
}

// TestBucketsAreReadTwice at most: once for each lane, and once to find the
// end.
func TestBucketsAreReadTwice(t *testing.T) {
	w := newWorld()
	for i := range 2 * feedBatch {
		plan{w}.item(planner.ActionRegister, fmt.Sprintf("x%d", i), "bytes", known)
	}
	d := w.deps()
	reads := &countedFile{runFile: runFile{w}}
	d.Checkpoint = reads
	if _, err := Run(t.Context(), Options{}, d); err != nil {
		t.Fatal(err)
	}
	if reads.pending > 6 {
		t.Errorf("read %d batches, want two and the end for each of two lanes", reads.pending)
	}
}

// endingFile has an item end while it is read.
type endingFile struct {
	runFile
	ends func()
}

func (f endingFile) Ready(
	ctx context.Context, after int64, limit int,
) ([]checkpoint.Entry, error) {
	defer f.ends()
	return f.runFile.Ready(ctx, after, limit)
}

// TestFeederReadsWhatEnds: an item that ends while it is read is not handed
// out again; and who waited for it comes before all others.
func TestFeederReadsWhatEnds(t *testing.T) {
	w := newWorld()
	for i := range 4 {
		plan{w}.item(planner.ActionRegister, fmt.Sprint(i), "bytes", known)
	}
	e := w.entries[2]
	e.Follows = 1
	w.entries[2] = e
	i := &items{project: &planner.ProjectSource{}, inFlight: newInFlight()}
	i.inFlight.begin(1, laneReady)
	ending := endingFile{runFile{w}, func() {
		done := w.entries[1]
		done.State = checkpoint.StateDone
		w.entries[1] = done
		i.inFlight.end(1, 1)
	}}
	f := newFeeder(&recorder{file: ending, ready: true}, i, nil, nil, nil)
	for range 2 {
		if err := f.fill(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var got []int64
	for _, e := range f.ready.queue {
		got = append(got, e.ID)
	}
	if !slices.Equal(got, []int64{2, 3, 4}) {
		t.Errorf("queue %v, want 2 before 3 and 4, and 1 no more", got)
	}
}

func TestLaneOf(t *testing.T) {
	item := func(a planner.Action, md5 string, from planner.MD5Source) planner.Item {
		return planner.Item{Action: a, MD5: md5, MD5Source: from}
	}
	shared := item(planner.ActionStream, "x", "")
	shared.Shares = 1
	const read, empty = planner.MD5Read, planner.MD5Empty
	tests := []struct {
		name string
		item planner.Item
		mode planner.Mode
		want laneKind
	}{
		{"register, MD5 known", item(planner.ActionRegister, "x", ""), "", laneReady},
		{"register, empty", item(planner.ActionRegister, "", empty), "", laneReady},
		{"register, to be read", item(planner.ActionRegister, "", read), "", laneTransfer},
		{"copy", item(planner.ActionCopy, "x", ""), "", laneTransfer},
		{"upload", item(planner.ActionUpload, "x", ""), "", laneTransfer},
		{"synapse-copy", item(planner.ActionSynapseCopy, "x", ""), "", laneTransfer},
		{"reuse", item(planner.ActionReuse, "x", ""), planner.ModeCopy, laneReuse},
		{"reuse, moved", item(planner.ActionReuse, "x", ""), planner.ModeMove, laneReady},
		{"copy, moved", item(planner.ActionCopy, "x", ""), planner.ModeMove, laneTransfer},
		{"shared", shared, planner.ModeCopy, laneReady},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := laneOf(test.item, test.mode); got != test.want {
				t.Errorf("laneOf = %s, want %s", got, test.want)
			}
		})
	}
}
