package reports_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/reports"
	"synapse-migrate/synapse"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// hostile is a key that a terminal, a shell, HTML and a spreadsheet would
// all obey.
const hostile = "../=cmd|'x'\x1b[31m\n<script>\u202e\"$(id)"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func samplePlan() planner.Plan {
	return planner.Plan{
		Format: planner.PlanFormat, Digest: strings.Repeat("ab12", 16), SealedOn: noon,
		Header: planner.Header{
			Source: planner.Source{Bucket: "lab-data", Prefix: "run7/", Region: "eu-central-1",
				Credentials: "profile \"lab\""},
			Destination: planner.Destination{FolderID: "syn123", FolderName: "Run \x1b7", StorageLocationID: 54,
				OwnedByCaller: true, Bucket: "sts-bucket", BaseKey: "data/run7", Region: "us-east-1",
				Credentials: "Synapse's temporary credentials for syn123"},
			Caller: planner.Caller{UserID: "3350396", UserName: "ab"},
		},
		Totals: planner.Totals{
			Items: 1_005_010, SizeBytes: 5 << 40, Folders: 1200,
			Actions: []planner.ActionTotal{
				{Action: planner.ActionRegister, Items: 1_000_000, SizeBytes: 4 << 40},
				{Action: planner.ActionStream, Items: 5_000, SizeBytes: 1 << 40},
				{Action: planner.ActionSkip, Items: 3, SizeBytes: 0},
				{Action: planner.ActionBlock, Items: 7, SizeBytes: 7 << 20},
			},
			MD5:       map[planner.MD5Source]int64{planner.MD5ETag: 999_990, planner.MD5Read: 10, planner.MD5Passing: 5_000},
			HashBytes: 3 << 30, MachineBytes: 2<<40 + 3<<30,
		},
		Cost: planner.Cost{SynapseCalls: 2_011_210, S3Calls: 1_020_000, BudgetTime: 201_121 * time.Second},
		Findings: []planner.Finding{
			{Rule: "previews/count", Severity: planner.SeverityInfo, Message: "5 objects will get previews", Count: 5, SizeBytes: 99},
			{Rule: "names/invalid", Severity: planner.SeverityBlock, Message: "7 keys are not valid names",
				Hint: "--names replace renames them", Count: 7, SizeBytes: 7 << 20, Examples: []string{hostile}},
			{Rule: "destination/no-base-key", Severity: planner.SeverityStop, Message: "stop it"},
		},
	}
}

func TestPlanText(t *testing.T) {
	var out bytes.Buffer
	if err := reports.PlanText(&out, samplePlan()); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.txt", out.String())
	harmless(t, out.String())
}

// harmless fails the test where text holds a byte that a terminal obeys, or
// a character that turns its direction.
func harmless(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' {
			t.Errorf("the text holds %U", r)
		}
	}
}

// fakeFile is a run file in memory.
type fakeFile struct {
	plan    planner.Plan
	planErr error
	counts  checkpoint.Counts
	runs    []checkpoint.RunRecord
	folders []planner.Folder
	entries []checkpoint.Entry
}

func (f fakeFile) Header(context.Context) (planner.Header, error) {
	return f.plan.Header, nil
}

func (f fakeFile) Folder(_ context.Context, id int64) (planner.Folder, error) {
	for _, folder := range f.folders {
		if folder.ID == id {
			return folder, nil
		}
	}
	return planner.Folder{}, checkpoint.ErrNotInPlan
}

func (f fakeFile) Plan(context.Context) (planner.Plan, error)        { return f.plan, f.planErr }
func (f fakeFile) Counts(context.Context) (checkpoint.Counts, error) { return f.counts, nil }

func (f fakeFile) Failures(context.Context) ([]checkpoint.FailureCount, error) {
	var counts []checkpoint.FailureCount
	for _, e := range f.entries {
		if e.State == checkpoint.StateFailed && e.Failure != nil {
			counts = append(counts, checkpoint.FailureCount{Side: e.Failure.Side, Class: e.Failure.Class, Items: 1})
		}
	}
	return counts, nil
}

func (f fakeFile) Cursor(context.Context) (planner.Cursor, error) {
	return planner.Cursor{After: hostile, LastItemID: 4000}, nil
}

func (f fakeFile) Folders(context.Context) iter.Seq2[planner.Folder, error] {
	return func(yield func(planner.Folder, error) bool) {
		for _, folder := range f.folders {
			if !yield(folder, nil) {
				return
			}
		}
	}
}

func (f fakeFile) Runs(context.Context) iter.Seq2[checkpoint.RunRecord, error] {
	return func(yield func(checkpoint.RunRecord, error) bool) {
		for _, r := range f.runs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (f fakeFile) Entries(_ context.Context, filter checkpoint.EntryFilter) iter.Seq2[checkpoint.Entry, error] {
	return func(yield func(checkpoint.Entry, error) bool) {
		for _, e := range f.entries {
			wanted := len(filter.States) == 0
			for _, s := range filter.States {
				wanted = wanted || s == e.State
			}
			if !wanted {
				continue
			}
			filter.Limit--
			if !yield(e, nil) || filter.Limit == 0 {
				return
			}
		}
	}
}

func sampleFile() fakeFile {
	object := func(key string, size int64) planner.Object {
		return planner.Object{Bucket: "lab-data", Key: key, SizeBytes: size}
	}
	return fakeFile{
		plan: samplePlan(),
		counts: checkpoint.Counts{
			Tallies: []checkpoint.Tally{
				{Action: planner.ActionBlock, State: checkpoint.StateBlocked, Items: 1, SizeBytes: 7},
				{Action: planner.ActionStream, State: checkpoint.StateDone, Items: 1, SizeBytes: 1 << 20},
				{Action: planner.ActionStream, State: checkpoint.StateFailed, Items: 1, SizeBytes: 9},
			},
			LastChange: noon, Runs: 2,
		},
		runs: []checkpoint.RunRecord{
			{ID: 1, StartedOn: noon},
			{ID: 2, StartedOn: noon.Add(time.Hour), EndedOn: noon.Add(2 * time.Hour), End: "done",
				RunCounts: checkpoint.RunCounts{SynapseCalls: 6, BytesRead: 1 << 20, BytesWritten: 1 << 20}},
		},
		folders: []planner.Folder{{ID: 1, Name: "sub", Path: "sub", EntityID: "syn900"}, {ID: 2, ParentID: 1, Name: "b", Path: "sub/b"}},
		entries: []checkpoint.Entry{
			{Item: planner.Item{ID: 1, FolderID: 1, Name: "a.bam", Source: object("run7/a.bam", 1<<20), Action: planner.ActionStream,
				MD5Source: planner.MD5Passing, DestKey: "data/run7/a.bam"},
				State: checkpoint.StateDone, Object: checkpoint.Object{Bucket: "sts-bucket", Key: "data/run7/a.bam",
					MD5: "9e107d9d372bb6826bd81d3542a419d6"}, FileHandleID: "900", EntityID: "syn901", Attempts: 1},
			{Item: planner.Item{ID: 2, Name: "b.bam", Source: object("run7/b.bam", 9), Action: planner.ActionStream,
				MD5Source: planner.MD5Passing, DestKey: "data/run7/b.bam"},
				State: checkpoint.StateFailed, Attempts: 4, Failure: &checkpoint.Failure{
					Side: checkpoint.SideSource, Class: checkpoint.ClassPermission, Operation: "GetObject", Cause: "access denied: \x1b[2J", On: noon}},
			{Item: planner.Item{ID: 3, Source: object(hostile, 7), Action: planner.ActionBlock, Rule: "names/invalid"},
				State: checkpoint.StateBlocked},
		},
	}
}

func TestText(t *testing.T) {
	var out bytes.Buffer
	if err := reports.Write(t.Context(), &out, "text", sampleFile()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.txt", out.String())
	harmless(t, out.String())
}

func TestTextOfAnUnfinishedPlan(t *testing.T) {
	var out bytes.Buffer
	err := reports.Write(t.Context(), &out, "text", fakeFile{planErr: checkpoint.ErrNotSealed})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "4,000 objects so far") {
		t.Errorf("got %q", out.String())
	}
	harmless(t, out.String())
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := reports.Write(t.Context(), &out, "json", sampleFile()); err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", out.String())
	var document struct {
		Format int
		Plan   planner.Plan
		Items  []struct{ Key string }
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if document.Items[2].Key != hostile {
		t.Errorf("key: got %q, want %q", document.Items[2].Key, hostile)
	}
	if diff := cmp.Diff(samplePlan(), document.Plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// brokenWriter takes n bytes and then fails.
type brokenWriter struct{ n int }

var errBroken = errors.New("no space left")

func (b *brokenWriter) Write(p []byte) (int, error) {
	if b.n -= len(p); b.n < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	writers := map[string]func(io.Writer) error{
		"plan":   func(w io.Writer) error { return reports.PlanText(w, samplePlan()) },
		"report": func(w io.Writer) error { return reports.Write(t.Context(), w, "text", sampleFile()) },
		"json":   func(w io.Writer) error { return reports.Write(t.Context(), w, "json", sampleFile()) },
		"html":   func(w io.Writer) error { return reports.Write(t.Context(), w, "html", sampleFile()) },
		"csv":    func(w io.Writer) error { return reports.Write(t.Context(), w, "csv", sampleFile()) },
	}
	for name, write := range writers {
		t.Run(name, func(t *testing.T) {
			for _, room := range []int{0, 100, 400} {
				if err := write(&brokenWriter{room}); !errors.Is(err, errBroken) {
					t.Errorf("with room for %d bytes: got %v, want the writer's error", room, err)
				}
			}
		})
	}
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	p := reports.NewProgress(&out, false, reports.Remaining{
		Items: 1000, SizeBytes: 1 << 30, Budget: &standing{standing: synapse.Standing{RateBound: true,
			Requests: synapse.DefaultRequests, Window: synapse.DefaultWindow,
			Free: make([]time.Duration, synapse.DefaultRequests)}}}, 10*time.Second)
	for _, seconds := range []int{1, 5, 10, 15, 21} {
		p.Progress(migrate.Progress{
			Elapsed: time.Duration(seconds) * time.Second,
			Counts:  migrate.Counts{Done: int64(10 * seconds), Failed: 1, DoneBytes: int64(seconds) << 20},
			Arrived: int64(seconds) << 21,
			Limit:   migrate.LimitSynapse, SynapseCalls: int64(25 * seconds),
		})
	}
	p.Close()
	golden(t, "progress.txt", out.String())
}

func TestProgressBarsRedrawInPlace(t *testing.T) {
	var out bytes.Buffer
	p := reports.NewProgress(&out, true, reports.Remaining{Items: 10, SizeBytes: 1000}, 0)
	p.Progress(migrate.Progress{Counts: migrate.Counts{Done: 4, DoneBytes: 400}, Limit: migrate.LimitS3})
	p.Close()
	got := out.String()
	for _, want := range []string{"objects", "40%", "4 of 10", "bytes", "limited by S3", "\x1b[2A"} {
		if !strings.Contains(got, want) {
			t.Errorf("the bars lack %q: %q", want, got)
		}
	}
	if n := strings.Count(got, "\n"); n != 5 {
		t.Errorf("got %d line breaks, want 2 between the lines and 3 at the end", n)
	}
}

// TestFailedTextNamesThePath: files of one name in two folders are told apart.
func TestFailedTextNamesThePath(t *testing.T) {
	file := projectFile(planner.ModeCopy)
	file.entries[1].FolderID, file.entries[1].Name = 2, "b.bam"
	var out bytes.Buffer
	if err := reports.FailedText(t.Context(), &out, file, file.counts, 5); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `syn21.2 "sub/b/b.bam": `) {
		t.Errorf("got %q, want the path of the file that failed", out.String())
	}
}
