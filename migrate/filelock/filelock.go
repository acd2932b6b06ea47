// Package filelock locks files between processes: a lock is held until its
// file is closed, or until its process ends, however that ends.
package filelock

import "errors"

// ErrHeld is a lock that another process, or another part of this one, has.
var ErrHeld = errors.New("held by another process")
