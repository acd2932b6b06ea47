package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/emulator"
)

// TestMaintenance is Synapse's, in the middle of a run: no item fails or loses
// an attempt, hardly anything is asked, it is said once each, and the run goes
// on by itself.
func TestMaintenance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for i := range 300 {
			plan{w}.item(planner.ActionRegister, fmt.Sprintf("x%04d", i), "bytes", known)
		}
		e := newEmulated(t, w, 50*time.Millisecond)
		var log bytes.Buffer
		const from, until = 3 * time.Second, 5 * time.Hour
		time.AfterFunc(from, func() { e.SetStatus(emulator.StatusReadOnly, "back at noon") })
		time.AfterFunc(until, func() { e.SetStatus(emulator.StatusReadWrite, "") })
		d := e.deps(w)
		watch := &pauseWatcher{}
		d.Observer = watch
		began := time.Now()
		s, err := Run(t.Context(), Options{Logger: zerolog.New(zerolog.SyncWriter(&log)).Level(zerolog.WarnLevel)}, d)
		if err != nil || s.End != EndDone || s.Counts.Done != 300 || s.Counts.Failed != 0 {
			t.Fatalf("Run: %+v, %v, want all done", s, err)
		}
		for _, one := range w.entries {
			if one.Attempts != 1 {
				t.Errorf("item %d: %d attempts, want 1", one.ID, one.Attempts)
			}
		}
		asked := 0
		for _, at := range e.starts {
			if since := at.Sub(began); since > 10*time.Minute && since < until {
				asked++
			}
		}
		if least, most := 100, 1200; asked < least || asked > most {
			t.Errorf("asked %d times in maintenance, want %d to %d", asked, least, most)
		}
		if s.Duration > until+5*time.Minute {
			t.Errorf("went on after %v, want soon after %v", s.Duration, until)
		}
		lines := logged(&log)
		if len(lines) != 2 || !strings.Contains(fmt.Sprint(lines[0]["error"]), "back at noon") ||
			lines[0]["side"] != "Synapse" || lines[1]["lasted"].(float64) < 4*3600_000 {
			t.Errorf("log:\n%s\nwant the beginning and the end of the pause", log.String())
		}
		if watch.longest < 4*time.Hour || !slices.Equal(watch.places, []effect.Service{{Party: effect.PartySynapse}}) {
			t.Errorf("progress told of %v for %v", watch.places, watch.longest)
		}
	})
}

// pauseWatcher remembers what is down.
type pauseWatcher struct {
	places  []effect.Service
	longest time.Duration
}

func (w *pauseWatcher) Finished(Outcome) {}

func (w *pauseWatcher) Progress(p Progress) {
	for _, one := range p.Pauses {
		w.longest = max(w.longest, one.Lasts)
		if !slices.Contains(w.places, one.Service) {
			w.places = append(w.places, one.Service)
		}
	}
}

// TestInterruptedMaintenance: who ends a run that is paused finds all items as
// they were, and nothing failed.
func TestInterruptedMaintenance(t *testing.T) {
	for _, drained := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := many(10)
			for i := range 10 {
				plan{w}.item(planner.ActionRegister, fmt.Sprintf("y%04d", i), "bytes", known)
			}
			e := newEmulated(t, w, time.Millisecond)
			e.SetStatus(emulator.StatusDown, "")
			drain := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(2*time.Hour, func() {
				if drained {
					close(drain)
					return
				}
				cancel()
			})
			began := time.Now()
			s, err := Run(ctx, Options{Drain: drain}, e.deps(w))
			if drained && (err != nil || s.End != EndDrained) || !drained && !errors.Is(err, context.Canceled) {
				t.Errorf("drained %t: %+v, %v", drained, s, err)
			}
			if took := time.Since(began) - 2*time.Hour; took > time.Second {
				t.Errorf("drained %t: ended after %v more, want at once", drained, took)
			}
			if n := w.states(); n[checkpoint.StateFailed] != 0 || n[checkpoint.StateDone] != 0 {
				t.Errorf("drained %t: states %v", drained, n)
			}
			e.SetStatus(emulator.StatusReadWrite, "")
			s, err = Run(t.Context(), Options{}, e.deps(w))
			if err != nil || s.End != EndDone || s.Counts.Failed != 0 || s.Counts.Done != int64(len(w.entries)) {
				t.Errorf("resumed: %+v, %v, want all done", s, err)
			}
		})
	}
}

// TestPartsWaitForTheirSide: a part that can't be brought anywhere for a
// while is no part that fails.
func TestPartsWaitForTheirSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for effect, wantSent := range map[string]int{"put part 2 of x": 103, "add part 2 of x": 3} {
			w := parts(3)
			w.at = first(effect, 100, fault{before: refusedConnection})
			w.run(t, oneByOne)
			uploaded(t, w)
			if e := w.entries[1]; e.Attempts != 1 {
				t.Errorf("%s: %d attempts, want 1", effect, e.Attempts)
			}
			if sent := w.count("put "); sent != wantSent {
				t.Errorf("%s: parts were sent %d times, want %d", effect, sent, wantSent)
			}
		}
	})
}

// logged are the lines of a log.
func logged(log *bytes.Buffer) (lines []map[string]any) {
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil {
			lines = append(lines, fields)
		}
	}
	return lines
}

// refusedConnection is what a dial to a closed port ends with.
var refusedConnection = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
