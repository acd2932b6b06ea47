package checkpoint

import (
	"errors"
	"testing"

	"synapse-migrate/planner"
)

// states are all of them.
var states = []State{
	StatePlanned, StateTransferred, StateHandled, StateDone, StateFailed,
	StateSkipped, StateBlocked,
}

func TestAllowed(t *testing.T) {
	// A row is a state, a column the one that would follow, both in the
	// order of states.
	table := map[State]string{
		StatePlanned:     "yyyyy..",
		StateTransferred: ".yyyy..",
		StateHandled:     "..yyy..",
		StateDone:        ".......",
		StateFailed:      "yyy....",
		StateSkipped:     ".......",
		StateBlocked:     ".......",
	}
	for _, from := range states {
		for i, to := range states {
			want := table[from][i] == 'y'
			if got := Allowed(from, to); got != want {
				t.Errorf("%s to %s: got %v, want %v", from, to, got, want)
			}
		}
	}
	if Allowed("", StatePlanned) || Allowed(StatePlanned, "") {
		t.Error("allowed a state that is none")
	}
}

func TestInitial(t *testing.T) {
	for action, want := range map[planner.Action]State{
		planner.ActionRegister: StatePlanned, planner.ActionCopy: StatePlanned,
		planner.ActionStream: StatePlanned, planner.ActionUpload: StatePlanned,
		planner.ActionSkip: StateSkipped, planner.ActionBlock: StateBlocked,
	} {
		if got := initial(action); got != want {
			t.Errorf("%s: got %s, want %s", action, got, want)
		}
	}
}

func TestRecordChecksStoredState(t *testing.T) {
	reach := map[State][]State{
		StatePlanned: nil, StateTransferred: {StateTransferred},
		StateHandled: {StateHandled}, StateDone: {StateDone},
		StateFailed: {StateFailed},
	}
	for from, way := range reach {
		for _, to := range states[:5] {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				f := planned(t, 1)
				for _, s := range way {
					record(t, f, entry(1, s))
				}
				next := entry(1, to)
				if from == StateFailed && to == StatePlanned {
					next = Entry{State: to}
					next.ID = 1
				}
				err := f.Record(t.Context(), next)
				if Allowed(from, to) && err != nil {
					t.Errorf("refused: %v", err)
				}
				want := to
				if !Allowed(from, to) {
					want = from
					if !errors.Is(err, ErrTransition) {
						t.Errorf("got %v, want ErrTransition", err)
					}
				}
				if got := all(t, f.Entries(t.Context(), EntryFilter{})); got[0].State != want {
					t.Errorf("stored %s, want %s", got[0].State, want)
				}
			})
		}
	}
}

func TestRecordAsksForWhatTheStateSays(t *testing.T) {
	tests := []struct {
		name  string
		state State
		take  func(*Entry)
	}{
		{"no bucket", StateTransferred, func(e *Entry) { e.Object.Bucket = "" }},
		{"no key", StateTransferred, func(e *Entry) { e.Object.Key = "" }},
		{"no MD5", StateTransferred, func(e *Entry) { e.Object.MD5 = "" }},
		{"no file handle", StateHandled, func(e *Entry) { e.FileHandleID = "" }},
		{"no entity", StateDone, func(e *Entry) { e.EntityID = "" }},
		{"no failure", StateFailed, func(e *Entry) { e.Failure = nil }},
		{"no class", StateFailed, func(e *Entry) { e.Failure.Class = "" }},
	}
	f := planned(t, 1)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := entry(1, tt.state)
			tt.take(&e)
			if err := f.Record(t.Context(), e); !errors.Is(err, ErrTransition) {
				t.Errorf("got %v, want ErrTransition", err)
			}
		})
	}
}

func TestRecordOfWhatIsNotToBeMigrated(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, []planner.Item{
		testItem(1, planner.ActionSkip), testItem(2, planner.ActionBlock),
	})
	seal(t, f)
	for id := int64(1); id <= 3; id++ {
		err := f.Record(t.Context(), entry(id, StateDone))
		if !errors.Is(err, ErrNotInPlan) {
			t.Errorf("item %d: got %v, want ErrNotInPlan", id, err)
		}
	}
}
