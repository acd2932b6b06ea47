package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/reports"
)

// confirm asks before anything is written. Without a terminal it needs
// --yes. A signal, which drains, ends the question.
func confirm(ctx context.Context, env environment, yes bool, plan planner.Plan, drain <-chan struct{}) error {
	if yes {
		return nil
	}
	if !isTerminal(env.stdin) || !isTerminal(env.stderr) {
		return &exitError{code: exitUsage,
			err:  fmt.Errorf("there is no terminal to ask on"),
			hint: "--yes runs the plan without asking"}
	}
	_, _ = fmt.Fprint(env.stderr, reports.Question(plan)+" Type yes to continue: ")
	const kept = "the plan is kept; the same command asks again"
	select {
	case answer := <-firstLine(env.stdin):
		if strings.TrimSpace(strings.ToLower(answer)) == "yes" {
			return nil
		}
		if !strings.HasSuffix(answer, "\n") {
			say(env.stderr, "")
		}
		return hinted(errors.New("not confirmed, nothing was changed"), kept)
	case <-drain:
	case <-ctx.Done():
	}
	return &exitError{code: exitInterrupted,
		err: errors.New("interrupted before the run, nothing was changed"), hint: kept}
}

// firstLine sends the first line of r, or what there is before its end. A
// read from a terminal can't be called off: where nobody waits for the line
// any more, the reader stays until the program ends, which is at once.
func firstLine(r io.Reader) <-chan string {
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(r).ReadString('\n')
		line <- text
	}()
	return line
}
