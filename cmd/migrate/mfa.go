package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"synapse-migrate/reports"
)

// mfa asks people for the codes of MFA devices; nil without a terminal.
func (e environment) mfa() func(ctx context.Context, serial string) (string, error) {
	in, ok := e.stdin.(*os.File)
	if !ok || !isTerminal(in) || !isTerminal(e.stderr) {
		return nil
	}
	return func(ctx context.Context, serial string) (string, error) {
		return e.askMFA(ctx, int(in.Fd()), serial, make(chan typed, 1))
	}
}

// typed is what was typed at a terminal that didn't show it.
type typed struct {
	text []byte
	err  error
}

// askMFA asks for the code that an MFA device shows. The terminal fd doesn't
// show what is typed; answered, with room for one, takes it in.
func (e environment) askMFA(ctx context.Context, fd int, serial string, answered chan typed) (string, error) {
	_, _ = fmt.Fprintf(e.stderr, "Code of the MFA device %s: ", reports.Harmless(serial))
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("asking for the code of %s: %w", serial, err)
	}
	// Reading from a terminal can't be called off; the reader stays until the
	// program ends.
	go func() {
		text, err := term.ReadPassword(fd)
		answered <- typed{text, err}
	}()
	select {
	case a := <-answered:
		say(e.stderr, "")
		if a.err != nil {
			return "", fmt.Errorf("asking for the code of %s: %w", serial, a.err)
		}
		return strings.TrimSpace(string(a.text)), nil
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		return "", ctx.Err()
	}
}
