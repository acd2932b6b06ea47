//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package credcache

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// openLocked opens and locks a file, without waiting.
func openLocked(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return file, nil
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		err = errHeld
	default:
		err = fmt.Errorf("flock: %w", err)
	}
	_ = file.Close()
	return nil, err
}

// openOwn opens a regular file that belongs to this user and to which nobody
// else has any right.
func openOwn(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !own(info) {
		err = fmt.Errorf("%w: others may reach it", errEntry)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func own(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().IsRegular() && info.Mode().Perm()&0o077 == 0 &&
		int(stat.Uid) == os.Geteuid()
}
