package checkpoint

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"synapse-migrate/migrate/checkpoint/vfs"
	"synapse-migrate/migrate/wholefile"
)

// Errors that a caller may test for with errors.Is.
var (
	// ErrExists: Create found something at the path.
	ErrExists = errors.New("run file exists")
	// ErrNotFound: there is no file at the path.
	ErrNotFound = errors.New("no run file")
	// ErrLocked: another process works with the run file. The message names
	// its ID and host when they are known.
	ErrLocked = errors.New("run file is in use")
	// ErrFormat: the file is not a run file, was written by a newer version,
	// or is damaged. The message says which, and what to do.
	ErrFormat = errors.New("unusable run file")
	// ErrReadOnly: the run file may not be written, by its permissions or
	// because OpenReadOnly opened it.
	ErrReadOnly = errors.New("run file is read-only")
	// ErrMoved: the file that was opened is no longer at its path, and what
	// is recorded would be lost. A run must stop.
	ErrMoved = errors.New("run file was moved or deleted while in use")
	// ErrDiskFull: no space is left for the run file. Nothing of the change
	// was stored; it may be tried again.
	ErrDiskFull = errors.New("no space left for the run file: its disk is full, or a quota is used up")
	// ErrClosed: the File has been closed.
	ErrClosed = errors.New("run file is closed")
	// ErrSealed: the plan is finished and can't change any more.
	ErrSealed = errors.New("plan is sealed")
	// ErrNotSealed: the plan is not finished.
	ErrNotSealed = errors.New("plan is not finished")
	// ErrPlanMismatch: the run file holds another plan.
	ErrPlanMismatch = errors.New("run file holds another plan")
	// ErrNotBegun: Begin was not called.
	ErrNotBegun = errors.New("run has not begun")
	// ErrNotInPlan: the plan has no item or folder of that ID.
	ErrNotInPlan = errors.New("not in the plan")
)

// damagedHint tells what can be done about a file that SQLite finds damaged.
// What was migrated is found again, since a run asks the destination before
// it repeats anything.
const damagedHint = "move it away and start again: " +
	"what is already at the destination is found and kept"

// noSpace wraps the system's error of a full disk with ErrDiskFull.
func noSpace(err error) error {
	if wholefile.IsFull(err) {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}

// classify wraps what SQLite says with the sentinel that it amounts to.
func classify(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code() == int(vfs.CodeChecksum) {
		return fmt.Errorf("%w: damaged (%s): a page is not what was written: %w", ErrFormat, damagedHint, err)
	}
	if lack := lacking(err); errors.Is(lack, ErrFileSystem) {
		return lack
	}
	switch primary(e) {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: damaged (%s): %w", ErrFormat, damagedHint, err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: not a run file: %w", ErrFormat, err)
	}
	return err
}

// refusesFiles reports whether SQLite could not make the files that it needs
// beside a database.
func refusesFiles(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (primary(e) == sqlite3.SQLITE_CANTOPEN ||
		primary(e) == sqlite3.SQLITE_READONLY)
}

// primary is the error's code without its extension.
func primary(e *sqlite.Error) int { return e.Code() & 0xff }

// spoils reports whether SQLite may have rolled back the whole transaction
// along with the statement that failed, and whether the next statement is
// bound to fail in the same way
// (https://www.sqlite.org/lang_transaction.html, section 3, November 2026).
func spoils(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch primary(e) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}
