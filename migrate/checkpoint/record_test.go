package checkpoint

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"synapse-migrate/migrate/transfer"
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

func TestPending(t *testing.T) {
	f := newFile(t)
	items := testItems(8, planner.ActionCopy)
	items[0].Action, items[1].Action = planner.ActionSkip, planner.ActionBlock
	appendBatch(t, f, nil, items)
	seal(t, f)
	for id, s := range map[int64]State{
		3: StateDone, 4: StateTransferred, 5: StateHandled, 6: StateFailed,
	} {
		record(t, f, entry(id, s))
	}
	f = reopened(t, f)
	tests := []struct {
		name    string
		afterID int64
		limit   int
		want    []int64
	}{
		{"all", 0, 100, []int64{4, 5, 7, 8}},
		{"page", 0, 2, []int64{4, 5}},
		{"next page", 5, 2, []int64{7, 8}},
		{"no limit", 4, 0, []int64{5, 7, 8}},
		{"end", 8, 2, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, err := f.Pending(t.Context(), tt.afterID, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, e := range entries {
				got = append(got, e.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	entries, err := f.Pending(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := entry(4, StateTransferred)
	want.Item = items[3]
	if diff := cmp.Diff([]Entry{want}, entries); diff != "" {
		t.Error(diff)
	}
}

func TestEntries(t *testing.T) {
	f := newFile(t)
	items := testItems(6, planner.ActionCopy)
	items[0].Action, items[1].Action = planner.ActionSkip, planner.ActionBlock
	appendBatch(t, f, nil, items)
	filters := map[string]struct {
		filter EntryFilter
		want   []int64
	}{
		"all":      {EntryFilter{}, []int64{1, 2, 3, 4, 5, 6}},
		"skipped":  {EntryFilter{States: []State{StateSkipped}}, []int64{1}},
		"blocked":  {EntryFilter{States: []State{StateBlocked}}, []int64{2}},
		"planned":  {EntryFilter{States: []State{StatePlanned}}, []int64{3}},
		"done":     {EntryFilter{States: []State{StateDone}}, []int64{4, 6}},
		"failed":   {EntryFilter{States: []State{StateFailed}}, []int64{5}},
		"not done": {EntryFilter{States: []State{StateFailed, StateBlocked}}, []int64{2, 5}},
		"a page":   {EntryFilter{AfterID: 2, Limit: 2}, []int64{3, 4}},
		"no more":  {EntryFilter{States: []State{StateFailed}, AfterID: 5}, nil},
	}
	got := all(t, f.Entries(t.Context(), EntryFilter{States: []State{StatePlanned}}))
	if len(got) != 4 {
		t.Errorf("before sealing: %d planned, want 4", len(got))
	}
	seal(t, f)
	record(t, f, entry(4, StateDone))
	record(t, f, entry(5, StateFailed))
	record(t, f, entry(6, StateDone))
	for name, tt := range filters {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, e := range all(t, f.Entries(t.Context(), tt.filter)) {
				got = append(got, e.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
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

func TestFolders(t *testing.T) {
	f := newFile(t)
	folders := []planner.Folder{
		{ID: 1, Name: "a", Path: "a", EntityID: "syn11"},
		{ID: 2, ParentID: 1, Name: "b", Path: "a/b",
			Origin: &planner.FolderOrigin{EntityID: "syn5", Description: "d"}},
	}
	appendBatch(t, f, folders, nil)
	seal(t, f)
	if err := f.RecordFolder(t.Context(), 2, "syn12"); err != nil {
		t.Fatal(err)
	}
	if err := f.RecordFolder(t.Context(), 2, "syn13"); err != nil {
		t.Fatal(err)
	}
	folders[1].EntityID = "syn13"
	f = reopened(t, f)
	if diff := cmp.Diff(folders, all(t, f.Folders(t.Context()))); diff != "" {
		t.Error(diff)
	}
	for _, want := range folders {
		got, err := f.Folder(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	if _, err := f.Folder(t.Context(), 3); !errors.Is(err, ErrNotInPlan) {
		t.Errorf("unknown folder: %v", err)
	}
	if err := f.RecordFolder(t.Context(), 3, "syn1"); !errors.Is(err, ErrNotInPlan) {
		t.Errorf("recording an unknown folder: %v", err)
	}
}

func TestUploads(t *testing.T) {
	f := planned(t, 2)
	upload := transfer.Upload{
		UploadID: "u1", PartSizeBytes: 128 << 20, HashedBytes: 5,
		MD5State: []byte{0, 255}, MD5: "9e107d9d372bb6826bd81d3542a419d6",
		Parts: []transfer.Part{{Number: 1, ETag: "e", SizeBytes: 9, Checksum: "c"}},
	}
	load := func(want transfer.Upload, there bool) {
		t.Helper()
		got, found, err := f.Upload(t.Context(), 1)
		if err != nil || found != there {
			t.Errorf("found %v, %v", found, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	save := func(u transfer.Upload) {
		t.Helper()
		if err := f.SaveUpload(t.Context(), 1, u); err != nil {
			t.Fatal(err)
		}
	}
	load(transfer.Upload{}, false)
	save(transfer.Upload{UploadID: "u0"})
	save(upload)
	record(t, f, entry(1, StateFailed))
	f = reopened(t, f)
	load(upload, true)
	if err := f.DropUpload(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	load(transfer.Upload{}, false)
	if err := f.DropUpload(t.Context(), 1); err != nil {
		t.Error("nothing to drop:", err)
	}
	if _, err := f.RetryFailed(t.Context()); err != nil {
		t.Fatal(err)
	}
	save(upload)
	record(t, f, entry(1, StateTransferred))
	load(transfer.Upload{}, false)
	err := f.SaveUpload(t.Context(), 3, upload)
	if !errors.Is(err, ErrNotInPlan) {
		t.Errorf("unknown item: %v", err)
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
