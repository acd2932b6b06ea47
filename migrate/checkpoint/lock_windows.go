package checkpoint

import (
	"errors"
	"os"
	"syscall"
)

// errSharingViolation is ERROR_SHARING_VIOLATION
// (https://learn.microsoft.com/windows/win32/debug/system-error-codes).
const errSharingViolation = syscall.Errno(32)

// openLocked opens the side file such that nobody else may open it for
// writing, or delete it, until it is closed. Others may read it.
func openLocked(side string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(side)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(name,
		syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ,
		nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, errHeld
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: side, Err: err}
	}
	return os.NewFile(uintptr(handle), side), nil
}

// release frees the side file, then removes it, which fails when another
// process has been quicker to take it.
func (l *lock) release() {
	_ = l.file.Close()
	_ = os.Remove(l.path)
}

// syncFolder does nothing: NTFS journals names by itself.
func syncFolder(string) error { return nil }
