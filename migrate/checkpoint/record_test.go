package checkpoint

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

func TestRecordLosesNothing(t *testing.T) {
	f := planned(t, 1)
	transferred := entry(1, StateTransferred)
	transferred.Attempts = 5
	record(t, f, transferred)
	handled := Entry{State: StateHandled, FileHandleID: "77"}
	handled.ID = 1
	record(t, f, handled)
	failed := entry(1, StateFailed)
	failed.Attempts = 3
	record(t, f, failed)

	want := transferred
	want.Item = testItem(1, planner.ActionRegister)
	want.State, want.FileHandleID, want.Attempts = StateFailed, "77", 5
	want.Failure = failed.Failure
	got := all(t, reopened(t, f).Entries(t.Context(), EntryFilter{}))
	if diff := cmp.Diff([]Entry{want}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordCleansFailures(t *testing.T) {
	f := planned(t, 1)
	e := entry(1, StateFailed)
	e.Failure.Cause = "GET \"https://b.s3.amazonaws.com/k?X-Amz-Signature=feed\"" +
		": \x1b[31mbad\x00\r\n" + strings.Repeat("é", 2*maxCauseBytes)
	e.Failure.Operation = strings.Repeat("o", 2*maxOperationBytes)
	e.Failure.On = time.Time{}
	record(t, f, e)
	got := all(t, f.Entries(t.Context(), EntryFilter{}))[0].Failure
	if len(got.Cause) > maxCauseBytes || len(got.Operation) > maxOperationBytes {
		t.Errorf("%d and %d bytes", len(got.Cause), len(got.Operation))
	}
	want := `GET "https://b.s3.amazonaws.com/k?REDACTED":  [31mbad   éé`
	if !strings.HasPrefix(got.Cause, want) {
		t.Errorf("got %.80q, want %q", got.Cause, want)
	}
	if got.On.IsZero() {
		t.Error("no time")
	}
}

func TestRetryFailed(t *testing.T) {
	f := planned(t, 5)
	record(t, f, entry(2, StateTransferred))
	record(t, f, entry(3, StateHandled))
	record(t, f, entry(4, StateDone))
	for id := int64(1); id <= 3; id++ {
		record(t, f, entry(id, StateFailed))
	}
	if n, err := f.RetryFailed(t.Context()); n != 3 || err != nil {
		t.Errorf("got %d, %v, want 3", n, err)
	}
	want := []State{
		StatePlanned, StateTransferred, StateHandled, StateDone, StatePlanned,
	}
	for i, e := range all(t, f.Entries(t.Context(), EntryFilter{})) {
		if e.State != want[i] {
			t.Errorf("item %d: got %s, want %s", e.ID, e.State, want[i])
		}
		if (i < 3) != (e.Failure != nil) {
			t.Errorf("item %d: last failure %v", e.ID, e.Failure)
		}
	}
	if n, err := f.RetryFailed(t.Context()); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}

func TestRecordFromManyAtOnce(t *testing.T) {
	const items = 600
	f := planned(t, items)
	var group sync.WaitGroup
	for id := int64(1); id <= items; id++ {
		group.Go(func() {
			for _, s := range []State{StateTransferred, StateHandled, StateDone} {
				if err := f.Record(t.Context(), entry(id, s)); err != nil {
					t.Error(err)
				}
			}
			// One that must not spoil the group that it is in.
			err := f.Record(t.Context(), entry(id, StatePlanned))
			if !errors.Is(err, ErrTransition) {
				t.Errorf("item %d: %v", id, err)
			}
		})
	}
	group.Wait()
	counts, err := f.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := counts.State(StateDone).Items; got != items {
		t.Errorf("%d done, want %d", got, items)
	}
}

func TestRecordAfterCancellation(t *testing.T) {
	f := planned(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := f.Record(ctx, entry(1, StateDone))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if err := f.Record(context.WithoutCancel(ctx), entry(1, StateDone)); err != nil {
		t.Error(err)
	}
}

// testCounts are different numbers of everything that is counted.
var testCounts = RunCounts{SynapseCalls: 1, S3Calls: 2, BytesRead: 3, BytesWritten: 4, BytesCopied: 5}

// killedRun begins a run that records something and never its end.
func killedRun(t *testing.T, f *File, digest string) *File {
	t.Helper()
	if err := f.Begin(t.Context(), digest, func() RunCounts { return testCounts }); err != nil {
		t.Fatal(err)
	}
	if err := f.RecordFolder(t.Context(), 1, "syn7"); err != nil {
		t.Fatal(err)
	}
	return reopened(t, f)
}
