// Command migrate moves research data in bulk into Synapse folders that
// have an STS storage location. Run migrate help for what it can do.
package main

import (
	"context"
	"os"
)

// Set by the linker (see the Makefile): the same commit gives the same
// binary.
var (
	version = "unknown"
	commit  = "unknown"
	date    = "unknown"
)

func main() {
	os.Exit(realMain())
}

// realMain is main with an exit code, for tests that run it in-process.
func realMain() int {
	quietLibraries()
	outliveFileLimits()
	env := environment{
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		getenv: os.Getenv,
	}
	return execute(context.Background(), env, os.Args[1:])
}
