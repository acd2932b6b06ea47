//go:build !windows

package vfs

import (
	"syscall"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// full is SQLITE_FULL in place of an I/O error whose cause is that no more
// fits: SQLite says so of a write to a full disk, and not of one beyond a
// quota or a file's largest size, of flushing, and of the memory that is
// shared, which is a file.
func full(t *libc.TLS, code int32) int32 {
	if p := code & 0xff; p != sqlite3.SQLITE_IOERR && p != sqlite3.SQLITE_CANTOPEN {
		return code
	}
	switch syscall.Errno(*at[int32](libc.X__errno_location(t))) {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return sqlite3.SQLITE_FULL
	}
	return code
}
