package checkpoint

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"synapse-migrate/planner"
)

func TestRuns(t *testing.T) {
	f := newFile(t)
	if err := f.Begin(t.Context(), "x", nil); !errors.Is(err, ErrNotSealed) {
		t.Errorf("got %v, want ErrNotSealed", err)
	}
	appendBatch(t, f, []planner.Folder{{ID: 1, Name: "a", Path: "a"}}, nil)
	digest := seal(t, f).Digest
	if err := f.Begin(t.Context(), "x", nil); !errors.Is(err, ErrPlanMismatch) {
		t.Errorf("got %v, want ErrPlanMismatch", err)
	}
	if err := f.RecordRun(t.Context(), RunRecord{}); !errors.Is(err, ErrNotBegun) {
		t.Errorf("got %v, want ErrNotBegun", err)
	}
	f = killedRun(t, f, digest)
	if err := f.Begin(t.Context(), digest, nil); err != nil {
		t.Fatal(err)
	}
	want := RunRecord{ID: 2, EndedOn: created, End: "done", RunCounts: testCounts}
	for _, r := range []RunRecord{{RunCounts: RunCounts{SynapseCalls: 99}}, want} {
		if err := f.RecordRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	got := all(t, f.Runs(t.Context()))
	ignore := cmpopts.IgnoreFields(RunRecord{}, "StartedOn", "EndedOn")
	killed := RunRecord{ID: 1, End: killed, RunCounts: testCounts}
	if diff := cmp.Diff([]RunRecord{killed, want}, got, ignore); diff != "" {
		t.Error(diff)
	}
	for _, r := range got {
		if r.StartedOn.IsZero() {
			t.Errorf("run %d has no start", r.ID)
		}
	}
	if !got[1].EndedOn.Equal(created) || !got[0].EndedOn.Equal(got[0].StartedOn) {
		t.Errorf("ended on %s and %s, want the last change and what was recorded", got[0].EndedOn, got[1].EndedOn)
	}
}
