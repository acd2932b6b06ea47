package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"

	"synapse-migrate/planner"
)

// EntryFilter selects entries. Zero values select everything.
type EntryFilter struct {
	// AfterID leaves out items up to and including that ID.
	AfterID int64
	// States are those wanted; none means all.
	States []State
	// Limit is the largest number of entries; 0 is no limit.
	Limit int
}

// stateColumns are read by entryRow after itemColumns, from state AS s,
// which has no row for an item that has only its first state.
const stateColumns = `coalesce(s.state, ''), coalesce(s.attempts, 0),
	coalesce(s.bucket, ''), coalesce(s.key, ''), coalesce(s.etag, ''),
	coalesce(s.md5, ''), coalesce(s.content_type, ''),
	coalesce(s.file_handle_id, ''), coalesce(s.entity_id, ''), s.failed_on,
	coalesce(s.failed_side, ''), coalesce(s.failed_class, ''),
	coalesce(s.failed_operation, ''), coalesce(s.failed_cause, '')`

// Pending returns the items that are neither done, failed nor left out, in
// the order of their IDs, limit at most. An empty result is the end. Its cost
// does not depend on how many items are done.
func (p Progress) Pending(
	ctx context.Context, afterID int64, limit int,
) ([]Entry, error) {
	return p.collect(ctx, pendingQuery(afterID, limit))
}

// Ready is Pending without the items that wait for another one (Follows,
// Shares) that is neither done, failed nor left out. Items become ready while
// the caller goes through them, at any ID. Its cost does not depend on how
// many items are done or wait.
func (p Progress) Ready(
	ctx context.Context, afterID int64, limit int,
) ([]Entry, error) {
	return p.collect(ctx, readyQuery(afterID, limit))
}

// Entry is one item with its state. ErrNotInPlan when the plan has none of
// that ID.
func (p Progress) Entry(ctx context.Context, id int64) (Entry, error) {
	found, err := p.collect(ctx, seek{args: []any{id}, query: `SELECT ` +
		itemColumns + `, ` + stateColumns + ` FROM item i
		LEFT JOIN state s ON s.id = i.id WHERE i.id = ?`})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("reading item %d: %w", id, ErrNotInPlan)
	}
	if err != nil {
		return Entry{}, err
	}
	return found[0], nil
}

// collect runs a query that yields few entries.
func (s *store) collect(ctx context.Context, q seek) ([]Entry, error) {
	var entries []Entry
	for e, err := range s.entries(ctx, q) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// waitingQuery selects the pending items that wait for so many others. The
// ID is the index's, so that SQLite sees that it is in order.
var waitingQuery = `SELECT s.id, ` + itemFields + `, ` + stateColumns + `
	FROM state s INDEXED BY state_pending CROSS JOIN item i ON i.id = s.id
	WHERE s.waits = ? AND s.id > ? AND s.` + isPending

// readyQuery selects what Ready returns.
func readyQuery(afterID int64, limit int) seek {
	return seek{
		query: waitingQuery + ` ORDER BY 1`, args: []any{0, afterID},
	}.limited(limit)
}

// pendingQuery selects what Pending returns: SQLite merges the three parts
// of the index, each of which is in order.
func pendingQuery(afterID int64, limit int) seek {
	return seek{
		query: waitingQuery + ` UNION ALL ` + waitingQuery + ` UNION ALL ` +
			waitingQuery + ` ORDER BY 1`,
		args: []any{0, afterID, 1, afterID, 2, afterID},
	}.limited(limit)
}

// Entries streams items with their states, in ID order.
func (f *File) Entries(
	ctx context.Context, filter EntryFilter,
) iter.Seq2[Entry, error] {
	return f.entries(ctx, entryQuery(filter))
}

// entryQuery selects what the filter lets through. Failures alone have an
// index, since they are what is asked for, and few.
func entryQuery(filter EntryFilter) seek {
	from, order := "item i LEFT JOIN state s ON s.id = i.id", "i.id"
	where, args := "i.id > ?", []any{filter.AfterID}
	switch {
	case len(filter.States) == 0:
	case slices.Equal(filter.States, []State{StateFailed}):
		from = "state s INDEXED BY state_failed " +
			"CROSS JOIN item i ON i.id = s.id"
		where, order = "s.id > ? AND s.state = 'failed'", "s.id"
	default:
		condition, values := inStates(filter.States)
		where += " AND " + condition
		args = append(args, values...)
	}
	return seek{
		query: fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s ORDER BY %s",
			itemColumns, stateColumns, from, where, order),
		args: args,
	}.limited(filter.Limit)
}

// inStates is a condition on the state of an item, with its arguments.
func inStates(states []State) (string, []any) {
	conditions := []string{"s.state IN " + marks(len(states))}
	var args []any
	for _, state := range states {
		args = append(args, string(state))
	}
	for state, action := range map[State]planner.Action{
		StateSkipped: planner.ActionSkip, StateBlocked: planner.ActionBlock,
	} {
		if slices.Contains(states, state) {
			conditions = append(conditions, "i.action = ?")
			args = append(args, string(action))
		}
	}
	if slices.Contains(states, StatePlanned) {
		conditions = append(conditions, "s.state IS NULL AND i."+isActed)
	}
	return "(" + strings.Join(conditions, " OR ") + ")", args
}

// entries runs a query of itemColumns and stateColumns.
func (s *store) entries(ctx context.Context, q seek) iter.Seq2[Entry, error] {
	row := newItemRow()
	return stream(ctx, s.reads, "items", q,
		func(rows *sql.Rows) (Entry, error) { return scanEntry(rows, row) })
}

// scanEntry reads a row, what comes after its columns into more; the item's
// part of it goes through row.
func scanEntry(rows *sql.Rows, row *itemRow, more ...any) (Entry, error) {
	var (
		e        Entry
		failure  Failure
		failedOn sql.NullInt64
	)
	o := &e.Object
	dest := append(slices.Clip(row.dest), &e.State, &e.Attempts, &o.Bucket,
		&o.Key, &o.ETag, &o.MD5, &o.ContentType, &e.FileHandleID, &e.EntityID,
		&failedOn, &failure.Side, &failure.Class, &failure.Operation, &failure.Cause)
	dest = append(dest, more...)
	if err := rows.Scan(dest...); err != nil {
		return Entry{}, err
	}
	item, err := row.value()
	if err != nil {
		return Entry{}, err
	}
	e.Item = item
	if e.State == "" {
		e.State = initial(item.Action)
	}
	if failedOn.Valid {
		failure.On = fromMicros(failedOn)
		e.Failure = &failure
	}
	return e, nil
}
