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
