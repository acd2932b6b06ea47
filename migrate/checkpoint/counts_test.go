package checkpoint

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"

	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestClassesAreStored with failures, and counted as long as they stand.
func TestClassesAreStored(t *testing.T) {
	f := planned(t, 4)
	for id, failure := range map[int64]Failure{
		1: {Side: SideSource, Class: ClassGone},
		2: {Side: SideSource, Class: ClassGone},
		3: {Side: SideDestination, Class: ClassTemporary},
		4: {Side: SideDestination, Class: ClassConflict},
	} {
		e := entry(id, StateFailed)
		failure.Operation, failure.Cause, failure.On = e.Failure.Operation, e.Failure.Cause, e.Failure.On
		e.Failure = &failure
		if err := f.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		got, err := f.Entry(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&failure, got.Failure); diff != "" {
			t.Errorf("item %d (-want +got):\n%s", id, diff)
		}
	}
	counted(t, f, []FailureCount{
		{SideSource, ClassGone, 2}, {SideDestination, ClassConflict, 1}, {SideDestination, ClassTemporary, 1},
	})
	if n, err := f.RetryFailed(t.Context()); n != 4 || err != nil {
		t.Errorf("RetryFailed = %d, %v", n, err)
	}
	counted(t, f, nil)
}

func counted(t *testing.T, f *File, want []FailureCount) {
	t.Helper()
	got, err := f.Failures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestCounts(t *testing.T) {
	f := newFile(t)
	items := testItems(6, planner.ActionCopy)
	items[0].Action = planner.ActionSkip
	items[1].Action = planner.ActionBlock
	items[5].Action = planner.ActionRegister
	appendBatch(t, f, nil, items)
	unsealed, err := f.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	digest := seal(t, f).Digest
	got, err := f.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{Tallies: []Tally{
		{Action: "block", State: StateBlocked, Items: 1, SizeBytes: 20},
		{Action: "copy", State: StatePlanned, Items: 3, SizeBytes: 120},
		{Action: "register", State: StatePlanned, Items: 1, SizeBytes: 60},
		{Action: "skip", State: StateSkipped, Items: 1, SizeBytes: 10},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("sealed", diff)
	}
	if diff := cmp.Diff(want, unsealed); diff != "" {
		t.Error("unsealed", diff)
	}

	if err := f.Begin(t.Context(), digest, nil); err != nil {
		t.Fatal(err)
	}
	err = f.RecordRun(t.Context(), RunRecord{RunCounts: RunCounts{SynapseCalls: 9, S3Calls: 4}})
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Millisecond)
	failed := entry(4, StateFailed)
	failed.Attempts = 4
	record(t, f, entry(3, StateTransferred))
	record(t, f, entry(3, StateDone))
	record(t, f, failed)
	record(t, f, entry(6, StateDone))
	got, err = f.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want = Counts{
		Runs: 1, SynapseCalls: 9, S3Calls: 4,
		Tallies: []Tally{
			{Action: "block", State: StateBlocked, Items: 1, SizeBytes: 20},
			{Action: "copy", State: StateDone, Items: 1, SizeBytes: 30, Attempts: 1},
			{Action: "copy", State: StateFailed, Items: 1, SizeBytes: 40, Attempts: 4},
			{Action: "copy", State: StatePlanned, Items: 1, SizeBytes: 50},
			{Action: "register", State: StateDone, Items: 1, SizeBytes: 60, Attempts: 1},
			{Action: "skip", State: StateSkipped, Items: 1, SizeBytes: 10},
		}}
	ignore := cmpopts.IgnoreFields(Counts{}, "FirstChange", "LastChange")
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Error("recorded", diff)
	}
	if got.FirstChange.Before(before) || got.LastChange.Before(got.FirstChange) ||
		got.LastChange.After(time.Now()) {
		t.Errorf("changed from %s to %s", got.FirstChange, got.LastChange)
	}
	if s := got.State(StateDone, StateFailed); s.Items != 3 ||
		s.SizeBytes != 130 || s.Attempts != 6 || s.State != "" || s.Action != "" {
		t.Errorf("done and failed: %+v", s)
	}
	if s := got.State(StateDone); s.Items != 2 || s.State != StateDone {
		t.Errorf("done: %+v", s)
	}
	if a := got.Action(planner.ActionCopy); a.Items != 3 ||
		a.Action != planner.ActionCopy || a.State != "" {
		t.Errorf("copies: %+v", a)
	}
	if a := got.Action(); a.Items != 6 {
		t.Errorf("all: %+v", a)
	}
}
