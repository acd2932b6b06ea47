package planner

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// ErrCursor is wrapped where a store's cursor is none that planning left
// there: its run file is damaged, or made up.
var ErrCursor = errors.New("the cursor is none of the planner's")

// readState reads the state in a cursor; an empty one is the zero state.
func readState(c Cursor, state any) error {
	if len(c.State) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.State, state); err != nil {
		return fmt.Errorf("reading the cursor's state: %w: %w", ErrCursor, err)
	}
	return nil
}

// check refuses what planning leaves in no state: nothing in place of a
// tally, and more sub-folders than a folder can have.
func (s state) check(limits Limits) error {
	spread := slices.ContainsFunc(s.Shards, func(each shards) bool {
		return each.Folders < 0 || each.Folders > limits.Children
	})
	if spread || missing(maps.Values(s.Tallies)) {
		return fmt.Errorf("checking the cursor's state: %w", ErrCursor)
	}
	return nil
}

// check refuses what planning leaves in no state: nothing in place of a
// tally or a bucket.
func (s *projectState) check() error {
	if missing(maps.Values(s.Tallies)) || missing(slices.Values(s.Buckets)) {
		return fmt.Errorf("checking the cursor's state: %w", ErrCursor)
	}
	return nil
}

// missing reports whether any of the values is nil.
func missing[T any](all iter.Seq[*T]) bool {
	for each := range all {
		if each == nil {
			return true
		}
	}
	return false
}
