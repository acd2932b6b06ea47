package reports

import (
	"context"
	"errors"
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
	Plan(ctx context.Context) (planner.Plan, error)
	Cursor(ctx context.Context) (planner.Cursor, error)
	Counts(ctx context.Context) (checkpoint.Counts, error)
	Runs(ctx context.Context) iter.Seq2[checkpoint.RunRecord, error]
	Entries(ctx context.Context, filter checkpoint.EntryFilter) iter.Seq2[checkpoint.Entry, error]
	Folders(ctx context.Context) iter.Seq2[planner.Folder, error]
}

// PlanningText says how far a plan is that isn't finished.
func PlanningText(w io.Writer, path string, cursor planner.Cursor) error {
	p := &printer{w: w}
	p.line("%s: planning is not finished; %s so far", plain(path),
		plural(cursor.LastItemID, "object", "objects"))
	if cursor.After != "" {
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
		address(plan.Header.Source.Bucket, plan.Header.Source.Prefix), plain(plan.Header.Destination.FolderID))
	p.states(counts)
	if summary != nil {
		p.summary(*summary)
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
	{checkpoint.StateFailed, "given up; each with its reason in the report"},
	{checkpoint.StateSkipped, "left out by the plan"},
	{checkpoint.StateBlocked, "left out: a rule forbids it"},
}

func (p *printer) states(counts checkpoint.Counts) {
	rows := []string{"  state\tobjects\tbytes\t"}
	for _, s := range stateWords {
		if t := counts.State(s.state); t.Items > 0 {
			rows = append(rows, fmt.Sprintf("  %s\t%s\t%s\t%s", s.state, count(t.Items), bytes(t.SizeBytes), s.words))
		}
	}
	all := counts.State()
	rows = append(rows, fmt.Sprintf("  total\t%s\t%s\t", count(all.Items), bytes(all.SizeBytes)))
	p.table(rows)
	if !counts.LastChange.IsZero() {
		p.line("  last change %s", counts.LastChange.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	p.line("")
}

// summary shows what one run did.
func (p *printer) summary(s migrate.Summary) {
	p.line("This run: %s migrated in %s (%s)", plural(s.Counts.Done, "object", "objects"), duration(s.Duration), s.End)
	p.table([]string{
		fmt.Sprintf("  folders made\t%s", count(s.Counts.Folders)),
		fmt.Sprintf("  found there already\t%s", count(s.Counts.Adopted)),
		fmt.Sprintf("  failed\t%s", count(s.Counts.Failed)),
		fmt.Sprintf("  bytes read, written, copied in S3\t%s, %s, %s",
			bytes(s.Bytes.Read), bytes(s.Bytes.Written), bytes(s.Bytes.Copied)),
		fmt.Sprintf("  Synapse calls\t%s", count(s.SynapseCalls)),
		fmt.Sprintf("  time limited by Synapse, S3, run file\t%.0f %%, %.0f %%, %.0f %%",
			100*s.LimitedShare(migrate.LimitSynapse), 100*s.LimitedShare(migrate.LimitS3),
			100*s.LimitedShare(migrate.LimitRunFile)),
	})
	p.line("")
}

// Text writes a whole report for a person: the plan, where the run stands,
// and each item that failed or was left out.
func Text(ctx context.Context, w io.Writer, file RunFile) error {
	plan, err := file.Plan(ctx)
	if errors.Is(err, checkpoint.ErrNotSealed) {
		return unfinished(ctx, w, file)
	}
	if err != nil {
		return err
	}
	if err := PlanText(w, plan); err != nil {
		return err
	}
	counts, err := file.Counts(ctx)
	if err != nil {
		return err
	}
	if err := RunText(w, plan, counts, nil); err != nil {
		return err
	}
	p := &printer{w: w}
	if err := p.runs(ctx, file); err != nil {
		return err
	}
	if err := p.failures(ctx, file); err != nil {
		return err
	}
	return p.err
}

func unfinished(ctx context.Context, w io.Writer, file RunFile) error {
	cursor, err := file.Cursor(ctx)
	if err != nil {
		return err
	}
	return PlanningText(w, "the plan", cursor)
}

// runs shows each run of the plan.
func (p *printer) runs(ctx context.Context, file RunFile) error {
	rows := []string{"  run\tstarted\tended\thow\tSynapse calls\tread\twritten\tcopied"}
	for r, err := range file.Runs(ctx) {
		if err != nil {
			return err
		}
		rows = append(rows, fmt.Sprintf("  %d\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.ID, instant(r.StartedOn),
			instant(r.EndedOn), ended(r), count(r.SynapseCalls), bytes(r.BytesRead),
			bytes(r.BytesWritten), bytes(r.BytesCopied)))
	}
	if len(rows) > 1 {
		p.line("Runs")
		p.table(rows)
		p.line("")
	}
	return nil
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

// failures lists each item that failed or was left out, with its reason.
func (p *printer) failures(ctx context.Context, file RunFile) error {
	p.line("Failed or left out")
	none := true
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{States: []checkpoint.State{
		checkpoint.StateFailed, checkpoint.StateBlocked, checkpoint.StateSkipped,
	}}) {
		if err != nil {
			return err
		}
		none = false
		p.line("  %-7s  %s: %s", e.State, quote(e.Source.Key), reason(e))
	}
	if none {
		p.line("  nothing so far")
	}
	return nil
}

// FailedText names the first items that failed, most at the largest, with
// their reasons, and how many more there are; nothing where none failed.
func FailedText(ctx context.Context, w io.Writer, file RunFile, counts checkpoint.Counts, most int) error {
	failed := counts.State(checkpoint.StateFailed).Items
	if failed == 0 {
		return nil
	}
	p := &printer{w: w}
	p.line("Failed")
	var shown int64
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{
		States: []checkpoint.State{checkpoint.StateFailed}, Limit: most,
	}) {
		if err != nil {
			return err
		}
		shown++
		p.line("  %s: %s", quote(e.Source.Key), reason(e))
	}
	if failed > shown {
		p.line("  and %s more", count(failed-shown))
	}
	p.line("")
	return p.err
}

// reason is why an item is not migrated.
func reason(e checkpoint.Entry) string {
	if f := e.Failure; f != nil && e.State == checkpoint.StateFailed {
		return fmt.Sprintf("%s (%s, attempts: %d): %s", f.Operation, f.Side, e.Attempts, plain(f.Cause))
	}
	return string(e.Rule)
}
