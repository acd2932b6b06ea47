package wholefile

import "syscall"

// fullErrors are ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL
// (https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-,
// read November 2026).
var fullErrors = []error{syscall.Errno(112), syscall.Errno(39)}
