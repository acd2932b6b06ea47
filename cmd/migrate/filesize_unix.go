//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// outliveFileLimits has writing beyond the largest size of a file (ulimit -f)
// be an error, and not the end of the process.
func outliveFileLimits() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGXFSZ)
}
