package effect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
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
func pausing(t *testing.T) (p *pauses, log *bytes.Buffer, d *Drain, drain func()) {
	log = &bytes.Buffer{}
	d = NewDrain(t.Context())
	return newPauses(zerolog.New(zerolog.SyncWriter(log))), log, d, func() { d.Begin(errors.New("drained")) }
}

var (
	atSource = Service{PartySource, "src"}
	atTarget = Service{PartyDestination, "dest"}
)

// try asks a side through the pauses until it answers.
func (s *side) try(ctx context.Context, d *Drain, p *pauses, services ...Service) error {
	for {
		h, err := p.enter(ctx, d, services)
		if err != nil {
			return err
		}
		err = h.end(ctx, s.ask(ctx))
		if !Paused(err) {
			return err
		}
	}
}

// TestPause: many find a side down at once. From then on one asks at a time,
// and when it is back, all go on; it is said once each.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, log, d, drain := pausing(t)
		defer drain()
		var s side
		s.down.Store(true)
		time.AfterFunc(time.Hour, func() { s.down.Store(false) })
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := s.try(t.Context(), d, p, atSource); err != nil {
					t.Errorf("after the pause: %v", err)
				}
			})
		}
		time.Sleep(2 * time.Second)
		first := s.asked.Load()
		s.most.Store(0)
		time.Sleep(58 * time.Minute)
		want := []Pause{{Service: atSource, Reason: PauseUnreachable, Lasts: 58*time.Minute + time.Second}}
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
			p, _, d, drain := pausing(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer drain()
			var s side
			s.down.Store(true)
			outcomes := make(chan error, 5)
			for range cap(outcomes) {
				go func() { outcomes <- s.try(ctx, d, p, atSource) }()
			}
			time.Sleep(2*time.Minute + 500*time.Millisecond)
			synctest.Wait()
			want, end := ErrLeft, drain
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
		p, _, d, drain := pausing(t)
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
			"source": func() error { return source.try(t.Context(), d, p, atSource) },
			"target": func() error { return target.try(t.Context(), d, p, atTarget) },
			"both":   func() error { return source.try(t.Context(), d, p, atSource, atTarget) },
			"other":  func() error { return new(side).try(t.Context(), d, p, Service{PartySource, "other"}) },
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
		p, log, d, drain := pausing(t)
		defer drain()
		enter := func() *passes {
			h, err := p.enter(t.Context(), d, []Service{atSource})
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		if err := enter().end(t.Context(), refusedConnection); !Paused(err) || !errors.Is(err, refusedConnection) {
			t.Errorf("left with %v", err)
		}
		probe := enter()
		probe.alive()
		if len(p.now()) != 0 || !strings.Contains(log.String(), "going on") {
			t.Errorf("still down: %v, log %s", p.now(), log)
		}
		enter()
		if err := probe.end(t.Context(), refusedConnection); !Paused(err) || len(p.now()) != 0 {
			t.Errorf("a probe of the past paused all, after %v", err)
		}
	})
}

// TestNoProbeAfterTheEnd of handing out, though one would be due.
func TestNoProbeAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, d, drain := pausing(t)
		h, err := p.enter(t.Context(), d, []Service{atSource})
		if err != nil {
			t.Fatal(err)
		}
		_ = h.end(t.Context(), refusedConnection)
		time.Sleep(time.Minute)
		drain()
		if _, err := p.enter(t.Context(), d, []Service{atSource}); !errors.Is(err, ErrLeft) {
			t.Errorf("got %v, want ErrLeft", err)
		}
		if _, err := p.enter(t.Context(), d, []Service{atTarget}); err != nil {
			t.Errorf("of a side that is there: %v", err)
		}
	})
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
