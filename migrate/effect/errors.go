package effect

import (
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
)

// Errors that decide what happens to an item, beside those of the packages
// transfer and synapse: classify.go says how.
var (
	// ErrRunFile: the run file could not be read or written.
	ErrRunFile = errors.New("run file unusable")
	// ErrDestinationGone: the destination folder does not exist any more.
	ErrDestinationGone = errors.New("destination folder is gone")
	// ErrAllRefused: none of the run's first items was permitted at one side.
	ErrAllRefused = errors.New("none of the first items is permitted")
	// ErrConflict: the destination holds something else under the item's or
	// folder's name.
	ErrConflict = errors.New("name is taken by something else")
	// ErrWaited: the item that this one waited for was not migrated.
	ErrWaited = errors.New("the item it depends on was not migrated")
	// ErrLeft: no more is begun, so this is left for another run.
	ErrLeft = errors.New("left for another run")
	// ErrGivenUp: retried where it happened, as often as allowed.
	ErrGivenUp = errors.New("given up")
	// ErrNoSuchAction: the plan asks for what this program can't do.
	ErrNoSuchAction = errors.New("no such action")
	// ErrVanished: nothing holds a name that was taken, or may have been.
	ErrVanished = errors.New("nothing holds the name")
	// ErrOvertaken: another run is sending the same upload.
	ErrOvertaken = errors.New("another run works on the same upload")
	// ErrURLRefused: the presigned URL has expired, or isn't allowed.
	ErrURLRefused = errors.New("presigned URL refused")
	// ErrPlainURL: a presigned URL leads over the network unencrypted, where
	// anybody could read and change what is sent, and use it until it expires.
	ErrPlainURL = errors.New("presigned URL is not https")
	// ErrNotAdded: the server didn't find the part as it was announced.
	ErrNotAdded = errors.New("part not added")
	// ErrNoUpload: S3 has forgotten the multipart upload.
	ErrNoUpload = errors.New("multipart upload is gone")
	// ErrHandleRefused: Synapse doesn't copy the file handle.
	ErrHandleRefused = errors.New("file handle can't be copied")
	// ErrHandleGone: there is no such file handle to copy.
	ErrHandleGone = fmt.Errorf("%w: not found", ErrHandleRefused)
)

// waitedError is ErrWaited with what became of the item that was waited for.
type waitedError struct {
	state checkpoint.State
	// class is that of its failure, which is the failure of those who waited.
	class checkpoint.Class
}

// WaitedInVain is the error of those who waited for an item: ErrWaited.
func WaitedInVain(before checkpoint.Entry) error {
	e := &waitedError{state: before.State}
	if before.Failure != nil {
		e.class = before.Failure.Class
	}
	return e
}

// Error says what that item is.
func (e *waitedError) Error() string { return fmt.Sprintf("%v: it is %s", ErrWaited, e.state) }

// Unwrap is ErrWaited.
func (e *waitedError) Unwrap() error { return ErrWaited }
