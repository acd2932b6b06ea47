package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// onSignals turns signals into two steps: the first closes drain, after
// which nothing new is begun; the second cancels the context. Both leave a
// run from which the next one goes on. The returned function ends the
// watch.
func onSignals(ctx context.Context, stderr io.Writer) (_ context.Context, drain <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	drained := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		clearLine(stderr)
		say(stderr, "stopping: letting what is in flight end; again to quit at once")
		close(drained)
		select {
		case <-signals:
			clearLine(stderr)
			say(stderr, "quitting")
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, drained, func() {
		signal.Stop(signals)
		cancel()
		<-done
	}
}

// clearLine clears a terminal's line behind the cursor, where progress may
// stand.
func clearLine(w io.Writer) {
	if isTerminal(w) {
		_, _ = io.WriteString(w, "\x1b[K")
	}
}
