package migrate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// side is a service that is down for a while.
type side struct {
	down   atomic.Bool
	asked  atomic.Int64
	inside atomic.Int64
	most   atomic.Int64 // at once, while it was down
}

// ask takes a second.
func (s *side) ask(ctx context.Context) error {
	s.asked.Add(1)
	n := s.inside.Add(1)
	defer s.inside.Add(-1)
	if s.down.Load() {
		s.most.Store(max(s.most.Load(), n))
	}
	if err := sleep(ctx, time.Second); err != nil {
		return err
	}
	if s.down.Load() {
		return refusedConnection
	}
	return nil
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

// pausing is a run's pauses with a log, and what ends its handing out.
func pausing(t *testing.T) (p *pauses, log *bytes.Buffer, left context.Context, drain func()) {
	log = &bytes.Buffer{}
	left, drain = context.WithCancel(t.Context())
	return newPauses(zerolog.New(log)), log, left, drain
}

var (
	atSource = Place{PartySource, "src"}
	atTarget = Place{PartyDestination, "dest"}
)

// try asks a side through the pauses until it answers.
func (s *side) try(ctx, left context.Context, p *pauses, places ...Place) error {
	for {
		h, err := p.enter(ctx, left, places)
		if err != nil {
			return err
		}
		err = h.leave(ctx, s.ask(ctx))
		if !paused(err) {
			return err
		}
	}
}

// TestPause: many find a side down at once. From then on one asks at a time,
// and when it is back, all go on; it is said once each.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, log, left, drain := pausing(t)
		defer drain()
		var s side
		s.down.Store(true)
		time.AfterFunc(time.Hour, func() { s.down.Store(false) })
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := s.try(t.Context(), left, p, atSource); err != nil {
					t.Errorf("after the pause: %v", err)
				}
			})
		}
		time.Sleep(2 * time.Second)
		first := s.asked.Load()
		s.most.Store(0)
		time.Sleep(58 * time.Minute)
		want := []Pause{{Place: atSource, Reason: PauseUnreachable, Lasts: 58*time.Minute + time.Second}}
		if diff := cmp.Diff(want, p.now()); diff != "" {
			t.Errorf("down (-want +got):\n%s", diff)
		}
		if s.most.Load() != 1 {
			t.Errorf("%d asked at once, want 1", s.most.Load())
		}
		if n := s.asked.Load() - first; first < 10 || first > 11 || n < 58*60/31 || n > 58*60/31+6 {
			t.Errorf("asked %d times, then %d times in 58 minutes, want once in 31 s", first, n)
		}
		all.Wait()
		if down := p.now(); len(down) != 0 {
			t.Errorf("down in the end: %v", down)
		}
		lines := logged(log)
		if len(lines) != 2 || lines[0]["message"] != "paused until it is back" ||
			lines[0]["bucket"] != "src" || lines[0]["side"] != "source" || lines[0]["error"] == nil ||
			lines[1]["message"] != "it is back: going on" || lines[1]["lasted"].(float64) < 3600_000-2000 {
			t.Errorf("log:\n%s\nwant that it is down, and that it is back after an hour", log)
		}
	})
}

// TestPauseEndsAtOnce, whether by cancellation or by the end of handing out;
// nothing is asked any more.
func TestPauseEndsAtOnce(t *testing.T) {
	for _, cancelled := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			p, _, left, drain := pausing(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer drain()
			var s side
			s.down.Store(true)
			outcomes := make(chan error, 5)
			for range cap(outcomes) {
				go func() { outcomes <- s.try(ctx, left, p, atSource) }()
			}
			time.Sleep(2*time.Minute + 500*time.Millisecond)
			synctest.Wait()
			want, end := errLeft, drain
			if cancelled {
				want, end = context.Canceled, cancel
			}
			before, began := s.asked.Load(), time.Now()
			end()
			for range cap(outcomes) {
				if err := <-outcomes; !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
			if s.asked.Load() != before || time.Since(began) > time.Second {
				t.Errorf("asked %d times more, for %v", s.asked.Load()-before, time.Since(began))
			}
		})
	}
}

// TestPauseOfOneSide holds up those that need it alone, and those that need
// two sides as long as one of them is down, without keeping the other.
func TestPauseOfOneSide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, left, drain := pausing(t)
		defer drain()
		var source, target side
		source.down.Store(true)
		target.down.Store(true)
		time.AfterFunc(time.Minute, func() { target.down.Store(false) })
		time.AfterFunc(time.Hour, func() { source.down.Store(false) })
		began := time.Now()
		var all sync.WaitGroup
		ends := map[string]time.Duration{}
		var mu sync.Mutex
		for name, try := range map[string]func() error{
			"source": func() error { return source.try(t.Context(), left, p, atSource) },
			"target": func() error { return target.try(t.Context(), left, p, atTarget) },
			"both":   func() error { return source.try(t.Context(), left, p, atSource, atTarget) },
			"other":  func() error { return new(side).try(t.Context(), left, p, Place{PartySource, "other"}) },
		} {
			all.Go(func() {
				if err := try(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				defer mu.Unlock()
				ends[name] = time.Since(began).Round(time.Minute)
			})
		}
		all.Wait()
		want := map[string]time.Duration{
			"other": 0, "target": time.Minute, "source": time.Hour, "both": time.Hour,
		}
		if diff := cmp.Diff(want, ends); diff != "" {
			t.Errorf("ended after (-want +got):\n%s", diff)
		}
	})
}

// TestProbeIsAlive: others don't wait for the end of a probe that gets
// somewhere.
func TestProbeIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, log, left, drain := pausing(t)
		defer drain()
		enter := func() *held {
			h, err := p.enter(t.Context(), left, []Place{atSource})
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		if err := enter().leave(t.Context(), refusedConnection); !paused(err) || !errors.Is(err, refusedConnection) {
			t.Errorf("left with %v", err)
		}
		probe := enter()
		alive(withHeld(t.Context(), probe))
		if len(p.now()) != 0 || !strings.Contains(log.String(), "going on") {
			t.Errorf("still down: %v, log %s", p.now(), log)
		}
		enter()
		if err := probe.leave(t.Context(), refusedConnection); !paused(err) || len(p.now()) != 0 {
			t.Errorf("a probe of the past paused all, after %v", err)
		}
		alive(t.Context())
	})
}

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
		s, err := Run(t.Context(), Options{Logger: zerolog.New(&log).Level(zerolog.WarnLevel)}, d)
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
		if watch.longest < 4*time.Hour || !slices.Equal(watch.places, []Place{{Party: PartySynapse}}) {
			t.Errorf("progress told of %v for %v", watch.places, watch.longest)
		}
	})
}

// pauseWatcher remembers what is down.
type pauseWatcher struct {
	places  []Place
	longest time.Duration
}

func (w *pauseWatcher) Finished(Outcome) {}

func (w *pauseWatcher) Progress(p Progress) {
	for _, one := range p.Pauses {
		w.longest = max(w.longest, one.Lasts)
		if !slices.Contains(w.places, one.Place) {
			w.places = append(w.places, one.Place)
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
		w := parts(3)
		w.at = first("put ", 100, fault{before: refusedConnection})
		w.run(t, Options{})
		uploaded(t, w)
		if e := w.entries[1]; e.Attempts != 1 {
			t.Errorf("%d attempts, want 1", e.Attempts)
		}
	})
}

// TestFirstItemsRefused: with the wrong credentials, a run doesn't fail all
// of its items.
func TestFirstItemsRefused(t *testing.T) {
	tests := []struct {
		name       string
		options    Options
		spare      string // an effect that is no refusal, once
		with       error
		wantFailed int64
		want       error
	}{
		{"all", Options{}, "", nil, mostRefused, ErrAllRefused},
		{"whoever says how many", Options{MaxErrors: 1000}, "", nil, 100, nil},
		{"but one", Options{}, "copy base/x0003", nil, 99, nil},
		{"all, at the destination", Options{}, "register base/x0003", nil, mostRefused, ErrAllRefused},
		{"but one, which is gone", Options{}, "copy base/x0003", transfer.ErrNotFound, 100, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				for i := range 100 {
					plan{w}.item(planner.ActionCopy, fmt.Sprintf("x%04d", i), "bytes", known)
				}
				w.at = func(_ int, effect string) fault {
					switch {
					case effect == test.spare && test.spare != "":
						return fault{before: test.with}
					case strings.HasPrefix(test.spare, "register ") && strings.HasPrefix(effect, "create "):
						return fault{before: fromSynapse(403)}
					case strings.HasPrefix(test.spare, "register "):
					case strings.HasPrefix(effect, "copy "):
						return fault{before: transfer.ErrDenied}
					}
					return fault{}
				}
				o := test.options
				o.Workers = 1
				s, err := Run(t.Context(), o, w.deps())
				if !errors.Is(err, test.want) || s.Counts.Failed != test.wantFailed {
					t.Errorf("%d failed and %v, want %d and %v", s.Counts.Failed, err, test.wantFailed, test.want)
				}
				if test.want != nil && !errors.Is(err, transfer.ErrDenied) && !errors.Is(err, synapse.ErrForbidden) {
					t.Errorf("%v doesn't say why", err)
				}
				for _, e := range w.entries {
					if f := e.Failure; f != nil && f.Class == "" {
						t.Errorf("item %d failed without a class", e.ID)
					}
				}
			})
		})
	}
}
