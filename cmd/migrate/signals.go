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
// run from which the next one goes on. A terminal that is closed is a first
// step, however many signals that brings: nobody asked to quit at once. Whoever
// ignores that (nohup) goes on. The returned function ends the watch.
func onSignals(ctx context.Context, stderr io.Writer) (_ context.Context, drain <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals, closed := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	notifyClosed(closed)
	drained := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-signals:
		case <-closed:
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

// notifyClosed tells when the terminal is closed, unless that was to be ignored
// from the start. From then on to the end of the process, writing to a terminal
// or to a program that is gone is an error, and doesn't kill.
func notifyClosed(closed chan os.Signal) {
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(closed, syscall.SIGHUP)
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// untilStopped is a context that a signal ends.
func untilStopped(ctx context.Context) (context.Context, context.CancelFunc) {
	stopping := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		stopping = append(stopping, syscall.SIGHUP)
	}
	return signal.NotifyContext(ctx, stopping...)
}

// clearLine clears a terminal's line behind the cursor, where progress may
// stand.
func clearLine(w io.Writer) {
	if isTerminal(w) {
		_, _ = io.WriteString(w, "\x1b[K")
	}
}
