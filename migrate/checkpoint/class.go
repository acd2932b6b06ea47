package checkpoint

import (
	"context"
	"database/sql"
)

// Class is what kind of trouble an item failed for, and so what its owner
// has to do about it.
type Class string

// The classes.
const (
	// ClassTemporary: a service or the network was in trouble, for longer
	// than the item's attempts lasted.
	ClassTemporary Class = "temporary"
	// ClassThrottled: a service was asked too often.
	ClassThrottled Class = "throttled"
	// ClassCredentials: nobody is let in with these credentials.
	ClassCredentials Class = "credentials"
	// ClassPermission: the credentials are good, and may not do this.
	ClassPermission Class = "permission"
	// ClassChanged: bytes are not those that were planned or sent.
	ClassChanged Class = "changed"
	// ClassConflict: something else is where the item should go.
	ClassConflict Class = "conflict"
	// ClassInvalid: a service's rules don't allow this, or not in this way.
	ClassInvalid Class = "invalid"
	// ClassGone: what is needed is not there any more.
	ClassGone Class = "gone"
)

// Classes are all of them: first those that pass by themselves.
var Classes = []Class{
	ClassTemporary, ClassThrottled, ClassCredentials, ClassPermission,
	ClassChanged, ClassConflict, ClassInvalid, ClassGone,
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
