package bench

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"
)

// Step is one process of a program's round.
type Step struct {
	// Args are the program and its arguments. Secrets belong into Env.
	Args []string
	// Env are NAME=value, and all that the process gets.
	Env []string
	// Output takes the standard output; nil discards it.
	Output *bytes.Buffer
}

// tailBytes is how much of a failed process's errors is shown.
const tailBytes = 500

// RunSteps runs processes one after the other. An error has the end of what
// the process wrote to its standard error.
func RunSteps(ctx context.Context, steps ...Step) (Usage, error) {
	var u Usage
	begun := time.Now()
	for _, s := range steps {
		cmd := exec.CommandContext(ctx, s.Args[0], s.Args[1:]...)
		cmd.Env = s.Env
		var errors bytes.Buffer
		cmd.Stderr = &errors
		if s.Output != nil {
			cmd.Stdout = s.Output
		}
		err := cmd.Run()
		if err != nil {
			text := errors.Bytes()
			text = text[max(0, len(text)-tailBytes):]
			return Usage{}, fmt.Errorf("running %q: %w: %s", s.Args, err, text)
		}
		u.CPU += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		u.PeakBytes = max(u.PeakBytes, peakBytes(cmd.ProcessState))
	}
	u.Wall = time.Since(begun)
	return u, nil
}
