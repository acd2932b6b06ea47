// Command sandbox runs a Synapse, an S3 and an STS on this machine, so that
// migrations can be rehearsed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	log.SetOutput(io.Discard) // libraries write what they like to it, parts of answers too
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		ends = append(ends, syscall.SIGHUP) // the terminal is closed
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	err := newRoot().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "sandbox:", err)
	var usage *usageError
	if errors.As(err, &usage) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
}

// usageError is a command line that can't be understood.
type usageError struct{ error }

// Unwrap is the cause.
func (e *usageError) Unwrap() error { return e.error }

// newRoot is the command line: the sandbox itself.
func newRoot() *cobra.Command {
	root := newServe()
	root.AddCommand(newDemo())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	return root
}
