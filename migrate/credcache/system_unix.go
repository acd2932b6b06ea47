//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package credcache

import (
	"fmt"
	"os"
	"syscall"

	"synapse-migrate/migrate/fileowner"
)

// openOwn opens a regular file that belongs to this user and to which nobody
// else has any right.
func openOwn(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || !fileowner.Mine(info)) {
		err = fmt.Errorf("%w: others may reach it", errEntry)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
