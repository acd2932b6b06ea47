//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package gateway

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"synapse-migrate/migrate/filelock"
)

// own puts the owner file into a folder. It gets its name once it is
// locked, so that nobody sees it unlocked while the process lives.
func own(folder string) (*os.File, error) {
	file, err := os.CreateTemp(folder, "new-")
	if err != nil {
		return nil, err
	}
	err = filelock.Lock(file)
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(folder, ownerFile))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// removeIfStale removes a folder whose owner file nobody has locked.
func removeIfStale(folder string) {
	// Opening must not wait, whatever the file is.
	file, err := os.OpenFile(filepath.Join(folder, ownerFile), os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	if filelock.Lock(file) == nil {
		_ = os.RemoveAll(folder)
	}
}
