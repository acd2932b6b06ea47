// Package filelock locks files between processes. A lock is held until its file
// is closed or its process ends, however it ends.
package filelock

import "errors"

// ErrHeld is a lock that another process, or another part of this one, has.
var ErrHeld = errors.New("held by another process")
