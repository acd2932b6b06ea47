package planner

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// ErrCursor is wrapped where a store's cursor is none that planning left
// there: its run file is damaged, or made up.
var ErrCursor = errors.New("the cursor was not written by the planner")

// ReadState reads the state in a cursor; an empty one is the zero state.
func ReadState(c Cursor, state any) error {
	if len(c.State) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.State, state); err != nil {
		return fmt.Errorf("reading the cursor's state: %w: %w", ErrCursor, err)
	}
	return nil
}

// Missing reports whether any of the values is nil.
func Missing[T any](all iter.Seq[*T]) bool {
	for each := range all {
		if each == nil {
			return true
		}
	}
	return false
}
