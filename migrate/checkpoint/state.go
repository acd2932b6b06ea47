package checkpoint

import (
	"errors"
	"time"

	"synapse-migrate/planner"
)

// State is where one item stands.
type State string

// The states. Items begin as planned, skipped or blocked, by their action.
const (
	// StatePlanned: nothing has been done yet.
	StatePlanned State = "planned"
	// StateTransferred: the bytes lie where they belong, MD5 known.
	StateTransferred State = "transferred"
	// StateHandled: the file handle exists; its ID is known.
	StateHandled State = "handled"
	// StateDone: the file entity exists; its ID is known.
	StateDone State = "done"
	// StateFailed: given up, for the reason in Failure.
	StateFailed State = "failed"
	// StateSkipped and StateBlocked: left out by the plan.
	StateSkipped State = "skipped"
	StateBlocked State = "blocked"
)

// ErrTransition is returned for a change of state that makes no sense.
var ErrTransition = errors.New("illegal change of state")

// Side is where an operation failed.
type Side string

// The sides.
const (
	SideSource      Side = "source"
	SideDestination Side = "destination"
)

// Failure is why an item failed.
type Failure struct {
	Side  Side  `json:"side"`
	Class Class `json:"class"`
	// Operation is what was tried: HeadObject, CopyObject, create entity.
	Operation string    `json:"operation"`
	Cause     string    `json:"cause"`
	On        time.Time `json:"on"`
}

// Object is an item's object where it now lies.
type Object struct {
	Bucket, Key, ETag string
	// MD5 is 32 lower-case hex digits.
	MD5         string
	ContentType string
}

// Entry is an item with what is known of its way so far.
type Entry struct {
	planner.Item
	State State
	// Object is set from StateTransferred on.
	Object       Object
	FileHandleID string
	EntityID     string
	// Attempts counts how often the item was begun.
	Attempts int
	// Failure is the last one; nil when there was none.
	Failure *Failure
}
