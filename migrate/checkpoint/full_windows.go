package checkpoint

import (
	"errors"
	"fmt"
	"syscall"
)

// errorDiskFull is ERROR_DISK_FULL
// (https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-).
const errorDiskFull = syscall.Errno(112)

// noSpace wraps the system's error of a full disk with ErrDiskFull.
func noSpace(err error) error {
	if errors.Is(err, errorDiskFull) {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}
