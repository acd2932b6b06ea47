package checkpoint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClassesAreStored with failures, and counted as long as they stand.
func TestClassesAreStored(t *testing.T) {
	f := planned(t, 4)
	for id, failure := range map[int64]Failure{
		1: {Side: SideSource, Class: ClassGone},
		2: {Side: SideSource, Class: ClassGone},
		3: {Side: SideDestination, Class: ClassTemporary},
		4: {Side: SideDestination},
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
		{SideSource, ClassGone, 2}, {SideDestination, "", 1}, {SideDestination, ClassTemporary, 1},
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

// TestStoredSide: both in one column, which files of before have without a
// class.
func TestStoredSide(t *testing.T) {
	for stored, want := range map[string]Failure{
		"source":                 {Side: SideSource},
		"destination/permission": {Side: SideDestination, Class: ClassPermission},
		"":                       {},
		"source/a/b":             {Side: SideSource, Class: "a/b"},
	} {
		side, class := sideAndClass(stored)
		if side != want.Side || class != want.Class {
			t.Errorf("%q: %q and %q, want %+v", stored, side, class, want)
		}
		if got := storedSide(want); got != stored {
			t.Errorf("%+v is stored as %q, want %q", want, got, stored)
		}
	}
}
