package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes, as the help says them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitIncomplete  = 3
	exitInterrupted = 130
)

const exitCodesHelp = `Exit codes:
  0    all done (or, for a dry run: the run can start)
  1    could not run, or was stopped; what was done is recorded
  2    wrong usage
  3    finished, with items that failed or were blocked
  130  interrupted; run the same command again to go on`

// checkCodesHelp are the exit codes of commands that look whether something
// is as it should be.
const checkCodesHelp = `Exit codes:
  0    everything is as it should be
  1    could not look
  2    wrong usage
  3    something is wrong, and the output says what
  130  interrupted`

// plainCodesHelp are the exit codes of commands that carry out no plan.
const plainCodesHelp = `Exit codes:
  0    done
  1    could not be done
  2    wrong usage
  130  interrupted; the same command may be given again`

// exitError is an error with the exit code it leads to and, if there is
// one, the next step for the user. A nil err exits in silence.
type exitError struct {
	code int
	err  error
	hint string
}

// Error is the message, without the hint.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

// usagef is a mistake in the command line.
func usagef(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// hinted adds the next step to an error.
func hinted(err error, hint string) error {
	return &exitError{code: exitFailed, err: err, hint: hint}
}

// exitCode prints what there is to say about err, in one line and a hint that
// fits the command, and returns the code to exit with. Messages are lower case, without a
// final stop, and begin with the program's name. What keys, names and
// servers' answers bring into them is shown, and obeyed by no terminal.
func exitCode(stderr io.Writer, cmd *cobra.Command, err error) int {
	if err == nil {
		return exitDone
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{code: exitFailed, err: err}
	}
	if e.err == nil {
		return e.code
	}
	say(stderr, "migrate: %v", e.err)
	hint := fitting(cmd, e.hint)
	if hint == "" {
		hint = fitting(cmd, hintFor(e.err))
	}
	if hint != "" {
		say(stderr, "hint: %s", hint)
	}
	if e.code == exitUsage {
		_, _ = fmt.Fprintln(stderr, "See migrate help.")
	}
	return e.code
}
