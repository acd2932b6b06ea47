package migrate

import (
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
)

// Errors that a caller may test for with errors.Is.
var (
	// ErrStopped: Run gave up before the end. The cause is wrapped with it:
	// a context's error, checkpoint's, transfer.ErrCredentials or
	// synapse.ErrUnauthorized.
	ErrStopped = errors.New("run stopped")
	// ErrDestinationGone: the destination folder does not exist any more.
	ErrDestinationGone = effect.ErrDestinationGone
	// ErrAllRefused: none of the run's first items was permitted at one side.
	ErrAllRefused = effect.ErrAllRefused
	// ErrRunFile: the run file could not be read or written.
	ErrRunFile = effect.ErrRunFile
)

// ItemError is why one item failed.
type ItemError struct {
	ItemID int64
	// Key is the source key: hostile input, escaped by Error.
	Key string
	// Operation is what was tried, in the service's words.
	Operation string
	Side      checkpoint.Side
	// Class is the kind of trouble.
	Class checkpoint.Class
	Err   error
}

// Error names the item, the operation and the cause.
func (e *ItemError) Error() string {
	return fmt.Sprintf("item %d (%q): %s: %v", e.ItemID, e.Key, e.Operation, e.Err)
}

// Unwrap returns the cause.
func (e *ItemError) Unwrap() error { return e.Err }
