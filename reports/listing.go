package reports

import (
	"fmt"
	"io"
	"time"

	"synapse-migrate/planner"
)

// Listing shows how planning goes on: one line that is redrawn on a
// terminal, a line now and then elsewhere. It is a planner.Observer.
type Listing struct {
	w                       io.Writer
	terminal, quiet, begun  bool
	what                    thing
	last                    time.Time
	redrawEvery, printEvery time.Duration
}

// NewListing shows the progress of planning a source on w; quiet shows
// nothing.
func NewListing(w io.Writer, source planner.Source, terminal, quiet bool) *Listing {
	return &Listing{w: w, terminal: terminal, quiet: quiet, last: time.Now(), what: thingOf(source),
		redrawEvery: 200 * time.Millisecond, printEvery: defaultLineEvery}
}

// Planned tells of a batch.
func (l *Listing) Planned(p planner.Progress) {
	every := l.printEvery
	if l.terminal {
		every = l.redrawEvery
	}
	if l.quiet || time.Since(l.last) < every {
		return
	}
	l.last = time.Now()
	l.begun = true
	line := fmt.Sprintf("planned %s, %s", l.what.count(p.Objects), bytes(p.SizeBytes))
	if l.terminal {
		_, _ = fmt.Fprintf(l.w, "\r\x1b[K%s", line)
		return
	}
	_, _ = fmt.Fprintln(l.w, line)
}

// Close ends the display.
func (l *Listing) Close() {
	if l.terminal && l.begun {
		_, _ = fmt.Fprint(l.w, "\r\x1b[K")
	}
}
