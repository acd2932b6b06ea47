package reports

import (
	"io"

	"synapse-migrate/planner"
)

// textReport writes a whole report for a person: the plan, where the run
// stands, and each item that failed or was left out.
type textReport struct {
	printer
	items int
}

func newText(w io.Writer) Handler { return &textReport{printer: printer{w: w}} }

func (t *textReport) Begin(h Head) error {
	if t.err = PlanText(t.w, h.Plan); t.err != nil {
		return t.err
	}
	if t.err = RunText(t.w, h.Plan, h.Counts, nil); t.err != nil {
		return t.err
	}
	t.section(runsOf(h.Runs))
	t.section(failuresOf(h.Failures))
	return t.err
}

// unfinished says how far a plan is that isn't finished.
func (t *textReport) unfinished(header planner.Header, cursor planner.Cursor) error {
	return PlanningText(t.w, "the plan", header, cursor)
}

func (t *textReport) Part(part Part, _ int64) error {
	t.line("%s", part.Title)
	return t.err
}

func (t *textReport) Item(i Item) error {
	t.items++
	t.line("  %-7s  %s: %s", i.State, sourceName(i.Entry, i.Path), i.Reason)
	return t.err
}

func (t *textReport) End() error {
	if t.items == 0 {
		t.line("  nothing so far")
	}
	return t.err
}
