//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

import (
	"errors"
	"io/fs"
	"os"

	"synapse-migrate/migrate/filelock"
)

// openLocked opens and locks the side file. A holder removes it when it is
// done, so the file that was locked may no longer be the one at the path:
// then it is tried again.
func openLocked(side string) (*os.File, error) {
	for {
		file, err := filelock.Open(side)
		if err != nil {
			return nil, err
		}
		current, err := isAt(file, side)
		if err != nil || !current {
			_ = file.Close()
		}
		if err != nil {
			return nil, err
		}
		if current {
			return file, nil
		}
	}
}

// isAt reports whether the open file is the one at the path.
func isAt(file *os.File, path string) (bool, error) {
	opened, err := file.Stat()
	if err != nil {
		return false, err
	}
	found, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return os.SameFile(opened, found), nil
}

// release removes the side file while it is still locked, then frees it.
// Where somebody removed it before, another process may have made its own.
func (l *lock) release() {
	if current, err := isAt(l.file, l.path); err == nil && current {
		_ = os.Remove(l.path)
	}
	_ = l.file.Close()
}

// syncFolder makes a new name in a folder outlast a power failure.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return folder.Sync()
}
