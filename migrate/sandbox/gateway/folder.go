package gateway

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// temporaryPrefix begins the names of temporary folders.
const temporaryPrefix = "sandbox-s3-"

// ownerFile is in every temporary folder, locked as long as its gateway
// lives: one that isn't locked was left by a process that was killed.
const ownerFile = "owner.lock"

// temporary is a temporary folder of a gateway.
type temporary struct {
	path string
	// owner is the locked file; nil where there are no such locks.
	owner *os.File
}

// newTemporary makes a temporary folder, and removes those that nobody
// owns any more.
func newTemporary() (*temporary, error) {
	removeStale(os.TempDir())
	path, err := os.MkdirTemp("", temporaryPrefix)
	if err != nil {
		return nil, err
	}
	owner, err := own(path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return &temporary{path, owner}, nil
}

// remove ends the folder, the lock last.
func (t *temporary) remove() error {
	err := os.RemoveAll(t.path)
	if t.owner == nil {
		return err
	}
	return errors.Join(err, t.owner.Close())
}

// removeStale removes the temporary folders without an owner. What can't be
// removed, such as those of other users, stays.
func removeStale(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), temporaryPrefix) {
			removeIfStale(filepath.Join(parent, entry.Name()))
		}
	}
}
