//go:build !windows

package wholefile

import "syscall"

// fullErrors are what IsFull knows.
var fullErrors = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}
