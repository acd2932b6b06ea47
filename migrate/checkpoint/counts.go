package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"synapse-migrate/planner"
)

// Tally counts the items of one action that are in one state.
type Tally struct {
	Action    planner.Action
	State     State
	Items     int64
	SizeBytes int64
	// Attempts is how often these items were begun, all together.
	Attempts int64
}

// Counts are how a run file stands.
type Counts struct {
	// Tallies has what is not zero, by action and state.
	Tallies []Tally
	// FirstChange and LastChange are when the state of any item changed;
	// zero when none ever did.
	FirstChange, LastChange time.Time
	// Runs is the number of runs; SynapseCalls and S3Calls are the sums of
	// what RecordRun was told.
	Runs, SynapseCalls, S3Calls int64
}

// State sums up the items in the given states; all items for none.
func (c Counts) State(states ...State) Tally {
	return c.sum(func(t Tally) bool { return among(t.State, states) })
}

// Unfinished sums up the items that are not yet at an end.
func (c Counts) Unfinished() Tally { return c.State(StatePlanned, StateTransferred, StateHandled) }

// Action sums up the items of the given actions; all items for none.
func (c Counts) Action(actions ...planner.Action) Tally {
	return c.sum(func(t Tally) bool { return among(t.Action, actions) })
}

// among reports whether v is one of values, or values is empty.
func among[T comparable](v T, values []T) bool {
	for _, x := range values {
		if x == v {
			return true
		}
	}
	return len(values) == 0
}

// sum adds up the tallies that the filter takes. Action and State are those
// of the tallies where all agree.
func (c Counts) sum(takes func(Tally) bool) Tally {
	var total Tally
	first := true
	for _, t := range c.Tallies {
		if !takes(t) {
			continue
		}
		if first {
			total.Action, total.State = t.Action, t.State
		}
		first = false
		if total.Action != t.Action {
			total.Action = ""
		}
		if total.State != t.State {
			total.State = ""
		}
		total.Items += t.Items
		total.SizeBytes += t.SizeBytes
		total.Attempts += t.Attempts
	}
	return total
}

// Counts tells how the file stands. For a sealed plan its cost does not
// depend on the number of items; while planning, it reads them all.
func (f *File) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	var sealed bool
	var err error
	if sealed, err = f.isSealed(ctx); err == nil {
		c.Tallies, err = f.tallies(ctx, sealed)
	}
	if err == nil {
		c.FirstChange, c.LastChange, err = f.changes(ctx)
	}
	if err == nil {
		err = classify(f.reads.QueryRowContext(ctx, `SELECT count(*),
			coalesce(sum(synapse_calls), 0), coalesce(sum(s3_calls), 0)
			FROM run`).Scan(&c.Runs, &c.SynapseCalls, &c.S3Calls))
	}
	if err != nil {
		return Counts{}, fmt.Errorf("counting items: %w", err)
	}
	return c, nil
}

func (f *File) tallies(ctx context.Context, sealed bool) ([]Tally, error) {
	q := seek{query: allTallies}
	if !sealed {
		q = seek{query: `SELECT action, '', count(*), sum(size), 0 FROM item
			GROUP BY action ORDER BY action`}
	}
	var tallies []Tally
	for t, err := range stream(ctx, f.reads, "tallies", q, scanTally) {
		if err != nil {
			return nil, err
		}
		tallies = append(tallies, t)
	}
	return tallies, nil
}

// allTallies are those of a sealed plan that are not empty.
const allTallies = `SELECT action, state, items, size, attempts FROM tally
	WHERE items > 0 ORDER BY action, state`

func scanTally(rows *sql.Rows) (Tally, error) {
	var t Tally
	err := rows.Scan(&t.Action, &t.State, &t.Items, &t.SizeBytes, &t.Attempts)
	if t.State == "" {
		t.State = initial(t.Action)
	}
	return t, err
}

// FailureCount is how many items failed at one side for one kind of trouble.
type FailureCount struct {
	Side  Side  `json:"side"`
	Class Class `json:"class"`
	Items int64 `json:"items"`
}

// Failures counts the items that are failed now, the most frequent first. It
// reads these items and no others.
func (f *File) Failures(ctx context.Context) ([]FailureCount, error) {
	q := seek{query: `SELECT failed_side, failed_class, count(*)
		FROM state INDEXED BY state_failed WHERE state = 'failed'
		GROUP BY failed_side, failed_class
		ORDER BY count(*) DESC, failed_side, failed_class`}
	var counts []FailureCount
	for c, err := range stream(ctx, f.reads, "failures", q,
		func(rows *sql.Rows) (FailureCount, error) {
			var c FailureCount
			err := rows.Scan(&c.Side, &c.Class, &c.Items)
			return c, err
		}) {
		if err != nil {
			return nil, err
		}
		counts = append(counts, c)
	}
	return counts, nil
}
