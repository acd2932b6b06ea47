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
