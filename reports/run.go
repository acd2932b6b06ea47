package reports

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// RunFile is what a report reads: checkpoint.File.
type RunFile interface {
	Header(ctx context.Context) (planner.Header, error)
	Plan(ctx context.Context) (planner.Plan, error)
	Cursor(ctx context.Context) (planner.Cursor, error)
	Counts(ctx context.Context) (checkpoint.Counts, error)
	Failures(ctx context.Context) ([]checkpoint.FailureCount, error)
	Runs(ctx context.Context) iter.Seq2[checkpoint.RunRecord, error]
	Entries(ctx context.Context, filter checkpoint.EntryFilter) iter.Seq2[checkpoint.Entry, error]
	Folders(ctx context.Context) iter.Seq2[planner.Folder, error]
	// Folder is one folder, its EntityID set once it exists.
	Folder(ctx context.Context, id int64) (planner.Folder, error)
}

// PlanningText says how far a plan is that isn't finished.
func PlanningText(w io.Writer, path string, header planner.Header, cursor planner.Cursor) error {
	p := &printer{w: w}
	p.line("%s: planning is not finished; %s so far", plain(path),
		thingOf(header.Source).count(cursor.LastItemID))
	if cursor.After != "" && header.Source.Project == nil {
		p.line("the last key was %s", quote(cursor.After))
	}
	return p.err
}

// RunText says where a run stands: how many items are in which state, how
// many bytes went where. The summary is that of the run that has just
// ended; nil for none.
func RunText(w io.Writer, plan planner.Plan, counts checkpoint.Counts, summary *migrate.Summary) error {
	p := &printer{w: w}
	p.line("Plan %.12s: %s to %s", plan.Digest,
		sourceOf(plan.Header.Source), plain(plan.Header.Destination.FolderID))
	p.section(statesOf(plan.Header.Source, counts))
	if summary != nil {
		p.section(summaryOf(plan.Header.Source, *summary))
	}
	return p.err
}

// stateWords say in words what a state means, in the order of the way.
var stateWords = []struct {
	state checkpoint.State
	words string
}{
	{checkpoint.StateDone, "migrated"},
	{checkpoint.StateHandled, "file handle made, entity not yet"},
	{checkpoint.StateTransferred, "bytes in place, not yet registered"},
	{checkpoint.StatePlanned, "not begun"},
	{checkpoint.StateFailed, "failed; the report gives each reason"},
	{checkpoint.StateSkipped, "left out by the plan"},
	{checkpoint.StateBlocked, "left out: a rule forbids it"},
}

// statesOf counts items by state.
func statesOf(source planner.Source, counts checkpoint.Counts) section {
	s := section{head: []string{"state", thingOf(source).many, "bytes", ""}}
	for _, w := range stateWords {
		if t := counts.State(w.state); t.Items > 0 {
			s.row(string(w.state), count(t.Items), bytes(t.SizeBytes), stateWord(source, w.state, w.words))
		}
	}
	all := counts.State()
	s.row("total", count(all.Items), bytes(all.SizeBytes), "")
	if !counts.LastChange.IsZero() {
		s.note("last change " + counts.LastChange.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return s
}

// summaryOf shows what one run did.
func summaryOf(source planner.Source, m migrate.Summary) section {
	s := section{title: fmt.Sprintf("This run: %s %s in %s (%s)", thingOf(source).count(m.Counts.Done),
		doneWord(source), duration(m.Duration), m.End)}
	s.row("folders made", count(m.Counts.Folders))
	s.row("found there already", count(m.Counts.Adopted))
	s.row("failed", count(m.Counts.Failed))
	s.row("bytes read, written, copied in S3", fmt.Sprintf("%s, %s, %s",
		bytes(m.Bytes.Read), bytes(m.Bytes.Written), bytes(m.Bytes.Copied)))
	s.row("Synapse calls", count(m.SynapseCalls))
	s.row("time limited by Synapse, S3, run file", fmt.Sprintf("%.0f %%, %.0f %%, %.0f %%",
		100*m.LimitedShare(migrate.LimitSynapse), 100*m.LimitedShare(migrate.LimitS3),
		100*m.LimitedShare(migrate.LimitRunFile)))
	return s
}

// runsOf shows each run of the plan.
func runsOf(runs []checkpoint.RunRecord) section {
	s := section{title: "Runs", head: []string{
		"run", "started", "ended", "how", "Synapse calls", "read", "written", "copied",
	}}
	for _, r := range runs {
		s.row(fmt.Sprint(r.ID), instant(r.StartedOn), instant(r.EndedOn), ended(r), count(r.SynapseCalls),
			bytes(r.BytesRead), bytes(r.BytesWritten), bytes(r.BytesCopied))
	}
	return s
}

func ended(r checkpoint.RunRecord) string {
	if r.EndedOn.IsZero() {
		return "under way, or killed"
	}
	return plain(r.End)
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// sourceName names an item in its source: a key, or an entity with its
// version and its path or name.
func sourceName(e checkpoint.Entry, path string) string {
	o := e.Origin
	switch {
	case o == nil:
		return quote(e.Source.Key)
	case o.Version == 0:
		return plain(o.EntityID) + " " + quote(path)
	}
	return fmt.Sprintf("%s.%d %s", plain(o.EntityID), o.Version, quote(path))
}
