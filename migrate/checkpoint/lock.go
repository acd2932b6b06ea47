package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"synapse-migrate/migrate/filelock"
)

// lockSuffix makes the name of the side file that is locked. The run file
// itself is left to SQLite's own locks.
const lockSuffix = ".lock"

// maxHolderBytes bounds what is read of a lock file.
const maxHolderBytes = 512

// lock is held until release, or until the process ends.
type lock struct {
	file *os.File
	path string
}

// acquire locks the run file at path for this process. ErrLocked names the
// process that holds it; ErrFileSystem says that no lock is safe there.
func acquire(path string) (*lock, error) {
	if err := checkFileSystem(path, fileSystem); err != nil {
		return nil, err
	}
	side := path + lockSuffix
	file, err := openLocked(side)
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("%w%s", ErrLocked, readHolder(side))
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil, fmt.Errorf("locking: %w: %w", ErrReadOnly, err)
	}
	if err != nil {
		return nil, fmt.Errorf("locking: %w", noSpace(lacking(err)))
	}
	l := &lock{file: file, path: side}
	if err := writeHolder(file); err != nil {
		l.release()
		return nil, fmt.Errorf("locking: %w", noSpace(err))
	}
	return l, nil
}

// writeHolder notes who holds the lock: for people, not for programs.
func writeHolder(file *os.File) error {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(fmt.Appendf(nil, "%d\n%s\n", os.Getpid(), host), 0)
	return err
}

// readHolder tells who holds the lock, for the end of a message; empty when
// that is not known.
func readHolder(side string) string {
	file, err := os.Open(side)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxHolderBytes))
	if err != nil {
		return ""
	}
	return holder(string(text))
}

// holder reads the two lines of a lock file.
func holder(text string) string {
	pid, host, _ := strings.Cut(text, "\n")
	host, _, _ = strings.Cut(host, "\n")
	id, err := strconv.Atoi(pid)
	if err != nil || id <= 0 {
		return ""
	}
	if host = printable(host, maxHolderBytes); host == "" {
		return fmt.Sprintf(" by process %d", id)
	}
	return fmt.Sprintf(" by process %d on %s", id, host)
}
