package checkpoint

import (
	"fmt"
	"slices"

	"synapse-migrate/planner"
)

// transitions are the states that may follow each state. An item moves
// forward only, and may pass over states whose effects it doesn't need (an
// object that is registered where it lies is never transferred) or whose
// effects were found to have happened already. A state may be recorded again
// to count an attempt. From failed a retry goes back to what the item's data
// allow. Done is the end, and what the plan leaves out never moves.
var transitions = map[State][]State{
	StatePlanned: {
		StatePlanned, StateTransferred, StateHandled, StateDone, StateFailed,
	},
	StateTransferred: {
		StateTransferred, StateHandled, StateDone, StateFailed,
	},
	StateHandled: {StateHandled, StateDone, StateFailed},
	StateFailed:  {StatePlanned, StateTransferred, StateHandled},
}

// pending are the states of items that are still to be done: those that may
// fail.
var pending = slices.DeleteFunc(slices.Clone(transitions[StatePlanned]),
	func(s State) bool { return !Allowed(s, StateFailed) })

// leftOut are the actions that do nothing.
var leftOut = planner.Actions(func(t planner.Traits) bool { return !t.Action.Active() })

// Allowed reports whether an item may go from one state to the other.
func Allowed(from, to State) bool {
	return slices.Contains(transitions[from], to)
}

// initial is the state in which an item of the action begins.
func initial(a planner.Action) State {
	switch a {
	case planner.ActionSkip:
		return StateSkipped
	case planner.ActionBlock:
		return StateBlocked
	}
	return StatePlanned
}

// validate checks a change of state, and that an entry in its new state has
// what that state says it has. Have is the stored entry with the new values
// laid over it.
func validate(from State, have Entry) error {
	to := have.State
	if !Allowed(from, to) {
		return fmt.Errorf("%w: from %s to %s", ErrTransition, from, to)
	}
	if missing := missing(have); missing != "" {
		return fmt.Errorf("%w: %s without %s", ErrTransition, to, missing)
	}
	return nil
}

// afterFailure is a failed entry that is taken up again: in the furthest state
// whose data it has.
func afterFailure(e Entry) Entry {
	for _, e.State = range []State{StateHandled, StateTransferred} {
		if missing(e) == "" {
			return e
		}
	}
	e.State = StatePlanned
	return e
}

// missing names what an entry's state asks for and the entry lacks.
func missing(e Entry) string {
	switch e.State {
	case StateTransferred:
		if e.Object.Bucket == "" || e.Object.Key == "" {
			return "the object's bucket and key"
		}
		if e.Object.MD5 == "" {
			return "an MD5"
		}
	case StateHandled:
		if e.FileHandleID == "" {
			return "a file handle ID"
		}
	case StateDone:
		if e.EntityID == "" {
			return "an entity ID"
		}
	case StateFailed:
		if e.Failure == nil {
			return "a failure"
		}
		if e.Failure.Class == "" {
			return "the class of its failure"
		}
	}
	return ""
}
