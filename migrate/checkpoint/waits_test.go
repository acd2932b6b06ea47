package checkpoint

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

// link is what an item of these tests is: its action, and whom it follows
// and shares.
type link struct {
	action          planner.Action
	follows, shares int64
}

// linked are items from ID 1.
func linked(links []link) []planner.Item {
	var items []planner.Item
	for i, l := range links {
		item := testItem(int64(i+1), l.action)
		item.Follows, item.Shares = l.follows, l.shares
		items = append(items, item)
	}
	return items
}

// waitsOf reads the stored counts.
func waitsOf(t testing.TB, f *File) map[int64]int64 {
	t.Helper()
	got := map[int64]int64{}
	rows := stream(t.Context(), f.reads, "waits",
		seek{query: `SELECT id, waits FROM state`},
		func(rows *sql.Rows) (pair [2]int64, err error) {
			err = rows.Scan(&pair[0], &pair[1])
			return pair, err
		})
	for _, pair := range all(t, rows) {
		got[pair[0]] = pair[1]
	}
	return got
}

// expectedWaits counts for each entry how many of those that it follows or
// shares are still to be done.
func expectedWaits(entries []Entry) map[int64]int64 {
	open := map[int64]int64{0: 0}
	want := map[int64]int64{}
	for _, e := range entries {
		switch e.State {
		case StatePlanned, StateTransferred, StateHandled:
			open[e.ID] = 1
		}
		if initial(e.Action) == StatePlanned {
			want[e.ID] = open[e.Follows] + open[e.Shares]
		}
	}
	return want
}

// checkWaits compares what is stored, and what Ready and Pending return,
// with what follows from the states.
func checkWaits(t testing.TB, f *File) {
	t.Helper()
	entries := all(t, f.Entries(t.Context(), EntryFilter{}))
	want := expectedWaits(entries)
	if diff := cmp.Diff(want, waitsOf(t, f)); diff != "" {
		t.Error("waits", diff)
	}
	var pending, ready []int64
	for _, e := range entries {
		if !Allowed(e.State, StateDone) {
			continue
		}
		pending = append(pending, e.ID)
		if want[e.ID] == 0 {
			ready = append(ready, e.ID)
		}
	}
	if diff := cmp.Diff(pending, pendingIDs(t, f)); diff != "" {
		t.Error("pending", diff)
	}
	if diff := cmp.Diff(ready, readyIDs(t, f, 0, 0)); diff != "" {
		t.Error("ready", diff)
	}
}

func readyIDs(t testing.TB, f *File, afterID int64, limit int) []int64 {
	t.Helper()
	entries, err := f.Ready(t.Context(), afterID, limit)
	return ids(t, entries, err)
}

func pendingIDs(t testing.TB, f *File) []int64 {
	t.Helper()
	entries, err := f.Pending(t.Context(), 0, 0)
	return ids(t, entries, err)
}

func ids(t testing.TB, entries []Entry, err error) []int64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

func TestReady(t *testing.T) {
	f := newFile(t)
	const reuse, skip, block = planner.ActionReuse, planner.ActionSkip, planner.ActionBlock
	appendBatch(t, f, nil, linked([]link{
		{action: reuse},              // 1
		{reuse, 1, 0},                // 2
		{reuse, 2, 1},                // 3
		{action: skip},               // 4
		{action: block},              // 5
		{reuse, 4, 5},                // 6: what is left out isn't waited for
		{reuse, 5, 1},                // 7
		{block, 1, 1},                // 8
		{reuse, 1, 1},                // 9: both of one
		{action: planner.ActionCopy}, // 10
	}))
	if got := readyIDs(t, f, 0, 0); got != nil {
		t.Errorf("before sealing: %v", got)
	}
	seal(t, f)
	checkWaits(t, f)
	want := map[int64]int64{1: 0, 2: 1, 3: 2, 6: 0, 7: 1, 9: 2, 10: 0}
	if diff := cmp.Diff(want, waitsOf(t, f)); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct {
		name    string
		afterID int64
		limit   int
		want    []int64
	}{
		{"all", 0, 0, []int64{1, 6, 10}},
		{"page", 0, 2, []int64{1, 6}},
		{"next page", 6, 2, []int64{10}},
		{"end", 10, 2, nil},
	} {
		if diff := cmp.Diff(tt.want, readyIDs(t, f, tt.afterID, tt.limit)); diff != "" {
			t.Error(tt.name, diff)
		}
	}
	entries, err := f.Ready(t.Context(), 5, 1)
	wantItem := testItem(6, reuse)
	wantItem.Follows, wantItem.Shares = 4, 5
	if diff := cmp.Diff([]Entry{{Item: wantItem, State: StatePlanned}}, entries); diff != "" {
		t.Error(diff, err)
	}
}

func TestReadyAsOthersEnd(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, linked([]link{
		{action: planner.ActionCopy},
		{planner.ActionCopy, 1, 0},
		{planner.ActionReuse, 2, 1},
		{planner.ActionReuse, 0, 1},
	}))
	seal(t, f)
	steps := []struct {
		id    int64
		state State // empty retries what failed
		want  []int64
	}{
		{1, StateTransferred, []int64{1}},
		{1, StateHandled, []int64{1}},
		{1, StateHandled, []int64{1}},
		{1, StateFailed, []int64{2, 4}},
		{2, StateFailed, []int64{3, 4}},
		{0, "", []int64{1}},
		{1, StateDone, []int64{2, 4}},
		{2, StateDone, []int64{3, 4}},
		{4, StateFailed, []int64{3}},
		{3, StateDone, nil},
		{0, "", []int64{4}},
		{4, StateDone, nil},
	}
	for i, step := range steps {
		if step.state == "" {
			if _, err := f.RetryFailed(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else {
			record(t, f, entry(step.id, step.state))
		}
		if diff := cmp.Diff(step.want, readyIDs(t, f, 0, 0)); diff != "" {
			t.Errorf("after step %d: %s", i, diff)
		}
		checkWaits(t, f)
	}
}

// A change of state that is refused changes nobody's waits, whatever else is
// in its group.
func TestRefusedChangeLeavesWaits(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, linked([]link{
		{action: planner.ActionCopy}, {planner.ActionCopy, 1, 0},
	}))
	seal(t, f)
	incomplete := Entry{State: StateDone}
	incomplete.ID = 1
	if err := f.Record(t.Context(), incomplete); !errors.Is(err, ErrTransition) {
		t.Errorf("got %v, want ErrTransition", err)
	}
	err := f.submit(t.Context(), func(s *session) error {
		e := entry(1, StateDone)
		e.EntityID = "syn1"
		return errors.Join(s.record(e, created), errors.New("undo"))
	})
	if err == nil {
		t.Error("not undone")
	}
	checkWaits(t, f)
	if diff := cmp.Diff([]int64{1}, readyIDs(t, f, 0, 0)); diff != "" {
		t.Error(diff)
	}
}

// What a later rule of the planner blocks isn't waited for.
func TestReadyAfterAmend(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, linked([]link{
		{action: planner.ActionCopy}, {planner.ActionCopy, 1, 0},
		{planner.ActionReuse, 1, 2},
	}))
	err := f.Amend(t.Context(), nil, []planner.Amendment{
		{ItemID: 1, Name: "n", Action: planner.ActionBlock, Rule: "r"},
	})
	if err != nil {
		t.Fatal(err)
	}
	seal(t, f)
	checkWaits(t, f)
	if diff := cmp.Diff([]int64{2}, readyIDs(t, f, 0, 0)); diff != "" {
		t.Error(diff)
	}
}

func TestEntry(t *testing.T) {
	f := newFile(t)
	items := []planner.Item{
		testItem(1, planner.ActionSkip), testVersion(2), testVersion(3),
	}
	appendBatch(t, f, nil, items)
	read := func(id int64, want Entry) {
		t.Helper()
		got, err := f.Entry(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	read(1, Entry{Item: items[0], State: StateSkipped})
	read(2, Entry{Item: items[1], State: StatePlanned})
	seal(t, f)
	done := entry(3, StateDone)
	record(t, f, done)
	done.Item = items[2]
	read(3, done)
	for _, id := range []int64{0, 4} {
		if _, err := f.Entry(t.Context(), id); !errors.Is(err, ErrNotInPlan) {
			t.Errorf("item %d: %v", id, err)
		}
	}
}

// Whatever happens in which order, who waits follows from the states.
func TestWaitsInRandomRuns(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			f := newFile(t)
			appendBatch(t, f, nil, linked(randomLinks(random, 12)))
			seal(t, f)
			checkWaits(t, f)
			for range 40 {
				play(t, f, random, 12)
				checkWaits(t, f)
			}
		})
	}
}

// randomLinks are n items, some of them blocked, most of which follow or
// share others.
func randomLinks(random *rand.Rand, n int64) []link {
	var links []link
	for id := range n {
		l := link{
			planner.ActionCopy, random.Int64N(id + 1), random.Int64N(id + 1),
		}
		if random.IntN(8) == 0 {
			l.action = planner.ActionBlock
		}
		links = append(links, l)
	}
	return links
}

// play takes one step of a run: a retry, or a change of state, allowed or not.
func play(t *testing.T, f *File, random *rand.Rand, items int64) {
	t.Helper()
	if random.IntN(10) == 0 {
		if _, err := f.RetryFailed(t.Context()); err != nil {
			t.Fatal(err)
		}
		return
	}
	to := states[1+random.IntN(4)]
	err := f.Record(t.Context(), entry(random.Int64N(items)+1, to))
	if err != nil && !errors.Is(err, ErrTransition) && !errors.Is(err, ErrNotInPlan) {
		t.Fatal(err)
	}
}
