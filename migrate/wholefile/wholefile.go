// Package wholefile writes files that other programs see either whole or not at
// all: reports, evidence, state. It is not for the run file, which changes all
// the time.
package wholefile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrFull means that there is no room for the file. Nothing is left of it, and
// what was at its path is as it was.
var ErrFull = errors.New("no space left: the disk is full, or a quota is used up")

// Options shape a file; the zero value is ready for use.
type Options struct {
	// Mode is the file's, whatever the umask; 0 is 0600.
	Mode fs.FileMode
	// Last, if not nil, is called when the content is on the disk, just before
	// it takes the place of what was there. Its error keeps that from happening,
	// and is wrapped in Write's.
	Last func() error
}

// Write gives a file the content that write makes. It is written under another
// name in the same folder, flushed to the disk, and renamed; a link at the path
// is replaced, and not followed. After an error, which is ErrFull where a disk
// is full, everything is as it was. Errors name the path.
func Write(path string, o Options, write func(io.Writer) error) error {
	folder := filepath.Dir(path)
	draft, err := os.CreateTemp(folder, ".migrate-*") // mode 0600
	if err != nil {
		return Named(path, err)
	}
	if err := finish(draft, path, o, write); err != nil {
		_ = draft.Close() // it may be closed already
		_ = os.Remove(draft.Name())
		return Named(path, err)
	}
	syncFolder(folder)
	return nil
}

// finish fills the draft and gives it its name.
func finish(draft *os.File, path string, o Options, write func(io.Writer) error) error {
	if err := write(draft); err != nil {
		return err
	}
	err := draft.Chmod(cmp.Or(o.Mode, 0o600))
	if err == nil {
		err = draft.Sync()
	}
	if err == nil {
		err = draft.Close()
	}
	if err == nil && o.Last != nil {
		err = o.Last()
	}
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	return err
}

// syncFolder makes the new name outlast a power failure, where the system can.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
}

// IsFull reports whether an error is the system's for a disk, a quota or a file
// that can take no more.
func IsFull(err error) bool {
	return slices.ContainsFunc(fullErrors, func(full error) bool { return errors.Is(err, full) })
}

// Named is a failed writing's error with the name of what was written to, and
// with ErrFull where there was no room.
func Named(path string, err error) error {
	if IsFull(err) {
		err = fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("writing %s: %w", path, err)
}
