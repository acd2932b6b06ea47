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
	return func(ctx context.Context, serial string) (string, error) { return e.askMFA(ctx, in, serial) }
}

// askMFA asks for the code that an MFA device shows. The terminal doesn't
// show what is typed.
func (e environment) askMFA(ctx context.Context, in *os.File, serial string) (string, error) {
	_, _ = fmt.Fprintf(e.stderr, "Code of the MFA device %s: ", reports.Harmless(serial))
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", fmt.Errorf("asking for the code of %s: %w", serial, err)
	}
	// Reading from a terminal can't be called off; the reader stays until the
	// program ends.
	go func() {
		text, err := term.ReadPassword(int(in.Fd()))
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		say(e.stderr, "")
		if a.err != nil {
			return "", fmt.Errorf("asking for the code of %s: %w", serial, a.err)
		}
		return strings.TrimSpace(string(a.text)), nil
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), before)
		return "", ctx.Err()
	}
}
