package checkpoint

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"synapse-migrate/planner"
)

// share is the items of one action whose MD5 comes from one source.
type share struct {
	action planner.Action
	md5    planner.MD5Source
	// shared items take the file handle of another one, without their bytes.
	shared bool
	// compared items are read at the destination, too.
	compared  bool
	items     int64
	sizeBytes int64
}

// Totals sums up the items as they stand.
func (p Planning) Totals(ctx context.Context) (planner.Totals, error) {
	q := seek{query: `SELECT action, md5_source, shares > 0 AS shared,
		compare_object, count(*), sum(size) FROM item
		GROUP BY action, md5_source, shared, compare_object`}
	var shares []share
	for s, err := range stream(ctx, p.reads, "totals", q,
		func(rows *sql.Rows) (share, error) {
			var s share
			err := rows.Scan(&s.action, &s.md5, &s.shared, &s.compared, &s.items, &s.sizeBytes)
			return s, err
		}) {
		if err != nil {
			return planner.Totals{}, err
		}
		shares = append(shares, s)
	}
	t := sum(shares)
	err := p.reads.QueryRowContext(ctx, "SELECT count(*) FROM folder").
		Scan(&t.Folders)
	if err != nil {
		return planner.Totals{}, fmt.Errorf("reading totals: %w", classify(err))
	}
	return t, nil
}

// sum adds up shares. Items that are left out are never read, whatever was
// planned for them before a later rule blocked them, nor are those whose
// file handle another item brings.
func sum(shares []share) planner.Totals {
	t := planner.Totals{MD5: map[planner.MD5Source]int64{}}
	byAction := map[planner.Action]*planner.ActionTotal{}
	for _, s := range shares {
		t.Items += s.items
		t.SizeBytes += s.sizeBytes
		total := byAction[s.action]
		if total == nil {
			total = &planner.ActionTotal{Action: s.action}
			byAction[s.action] = total
		}
		total.Items += s.items
		total.SizeBytes += s.sizeBytes
		if initial(s.action) != StatePlanned {
			continue
		}
		if s.md5 != planner.MD5None {
			t.MD5[s.md5] += s.items
		}
		if s.shared {
			continue
		}
		if s.md5 == planner.MD5Read {
			t.HashBytes += s.sizeBytes
		}
		if s.compared {
			t.CompareBytes += s.sizeBytes
			t.MachineBytes += s.sizeBytes
		}
		t.MachineBytes += passes(s.action, s.md5) * s.sizeBytes
	}
	for _, total := range byAction {
		t.Actions = append(t.Actions, *total)
	}
	slices.SortFunc(t.Actions, func(a, b planner.ActionTotal) int {
		return cmp.Or(a.Action.Rank()-b.Action.Rank(), cmp.Compare(a.Action, b.Action))
	})
	return t
}

// passes is how often each byte crosses this machine: once for reading it,
// once for writing it, once more for reading it only to hash it.
func passes(a planner.Action, md5 planner.MD5Source) int64 {
	var n int64
	if a.Traits().Crosses {
		n = 2
	}
	if md5 == planner.MD5Read {
		n++
	}
	return n
}
