package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/planner"
)

// Check reads the whole run file once and compares it with itself: the plan
// with the digest that it was given when it was sealed, the state of each
// item with what that state has, and all states with their counts. ErrFormat
// where anything differs, as after damage, or after somebody has changed the
// file; ErrNotSealed while there is no plan. It may be called beside a run.
func (f *File) Check(ctx context.Context) error {
	if err := f.check(ctx); err != nil {
		return fmt.Errorf("checking the run file: %w", err)
	}
	return nil
}

func (f *File) check(ctx context.Context) error {
	plan, err := f.Plan(ctx)
	if err != nil {
		return err
	}
	conn, err := f.reads.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	s := &session{conn: conn, place: f.place, stmts: map[string]*sql.Stmt{}}
	defer s.close()
	// One transaction, so that all of it is of one instant beside a run.
	if _, err := s.exec("BEGIN"); err != nil {
		return err
	}
	defer s.rollback()
	return s.check(ctx, plan)
}

func (s *session) check(ctx context.Context, plan planner.Plan) error {
	found := audit{}
	digest, err := planTables{s}.digest(ctx, plan, found.entries())
	if err != nil {
		return err
	}
	if digest != plan.Digest {
		return differs("the plan's digest is %s, sealed with %s", digest, plan.Digest)
	}
	stored := audit{}
	rows, err := s.query(allTallies)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		t, err := scanTally(rows)
		if err != nil {
			return classify(err)
		}
		stored.add(t)
	}
	if err := rows.Err(); err != nil {
		return classify(err)
	}
	if !maps.Equal(found, stored) {
		return differs("its items don't add up to its counts")
	}
	return s.checkPending(found)
}

// checkPending compares the index that hands out items with their states.
func (s *session) checkPending(found audit) error {
	var want, have int64
	for at, t := range found {
		if slices.Contains(pending, at.state) {
			want += t.Items
		}
	}
	err := s.row(`SELECT count(*) FROM state INDEXED BY state_pending
		WHERE `+isPending, nil, &have)
	if err == nil && have != want {
		err = differs("%d items are to be done, but %d are listed as such", want, have)
	}
	return err
}

// differs is the error of a run file that doesn't agree with itself.
func differs(format string, args ...any) error {
	return fmt.Errorf("%w: damaged, or changed by another program (%s): %s",
		ErrFormat, damagedHint, fmt.Sprintf(format, args...))
}

// standing is an action and a state.
type standing struct {
	action planner.Action
	state  State
}

// audit counts items by their standing; what is zero has no entry.
type audit map[standing]Tally

func (a audit) add(t Tally) {
	if t.Items == 0 && t.Attempts == 0 && t.SizeBytes == 0 {
		return
	}
	at := standing{t.Action, t.State}
	sum := a[at]
	sum.Action, sum.State = t.Action, t.State
	sum.Items += t.Items
	sum.SizeBytes += t.SizeBytes
	sum.Attempts += t.Attempts
	a[at] = sum
}

// entries reads each item with its state, checks that one, and counts it.
func (a audit) entries() itemReader {
	row := newItemRow()
	return itemReader{
		query: `SELECT ` + itemColumns + `, ` + stateColumns + `, s.id IS NOT NULL
			FROM item i LEFT JOIN state s ON s.id = i.id ORDER BY i.id`,
		read: func(rows *sql.Rows) (planner.Item, error) {
			var hasState bool
			e, err := scanEntry(rows, row, &hasState)
			if err == nil {
				err = sound(e, hasState)
			}
			a.add(Tally{Action: e.Action, State: e.State, Items: 1,
				SizeBytes: e.Source.SizeBytes, Attempts: int64(e.Attempts)})
			return e.Item, err
		},
	}
}

// sound checks that an item has a state if, and only if, it is to be
// migrated, and that it has what this state says it has.
func sound(e Entry, hasState bool) error {
	acted := initial(e.Action) == StatePlanned
	switch {
	case acted != hasState:
		return differs("item %d: %s, stored state: %t", e.ID, e.Action, hasState)
	case acted && !Allowed(StatePlanned, e.State):
		return differs("item %d: unknown state", e.ID)
	}
	if lacks := missing(e); lacks != "" {
		return differs("item %d: %s without %s", e.ID, e.State, lacks)
	}
	return nil
}
