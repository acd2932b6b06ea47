package migrate

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
)

// observer takes notes, and calls finished for each outcome.
type observer struct {
	outcomes []Outcome
	progress []Progress
	finished func(Outcome)
}

func (o *observer) Finished(f Outcome) {
	o.outcomes = append(o.outcomes, f)
	if o.finished != nil {
		o.finished(f)
	}
}

func (o *observer) Progress(p Progress) { o.progress = append(o.progress, p) }

func TestLimitOf(t *testing.T) {
	tests := []struct {
		name   string
		active map[effect.Phase]int
		want   Limit
	}{
		{"nothing", nil, LimitNone},
		{"Synapse full", map[effect.Phase]int{effect.PhaseSynapse: 3, effect.PhaseCopy: 9}, LimitSynapse},
		{"Synapse has room", map[effect.Phase]int{effect.PhaseSynapse: 2, effect.PhaseCopy: 1}, LimitS3},
		{"check", map[effect.Phase]int{effect.PhaseCheck: 1, effect.PhaseSynapse: 1}, LimitS3},
		{"hash", map[effect.Phase]int{effect.PhaseHash: 1, effect.PhaseRecord: 5}, LimitS3},
		{"stream", map[effect.Phase]int{effect.PhaseStream: 1}, LimitS3},
		{"upload", map[effect.Phase]int{effect.PhaseUpload: 1}, LimitS3},
		{"Synapse alone", map[effect.Phase]int{effect.PhaseSynapse: 1, effect.PhaseRecord: 5}, LimitSynapse},
		{"commits", map[effect.Phase]int{effect.PhaseRecord: 5}, LimitRunFile},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := limitOf(test.active); got != test.want {
				t.Errorf("limitOf = %q, want %q", got, test.want)
			}
		})
	}
}

func TestMeterBooksTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeter(nil)
		time.Sleep(time.Second)
		leave := m.Enter(effect.PhaseCopy)
		time.Sleep(2 * time.Second)
		leave()
		leave = m.Enter(effect.PhaseSynapse)
		time.Sleep(5 * time.Second)
		leave()
		s := m.summary()
		want := map[Limit]time.Duration{
			LimitNone: time.Second, LimitS3: 2 * time.Second, LimitSynapse: 5 * time.Second,
		}
		if diff := cmp.Diff(want, s.Limited); diff != "" {
			t.Errorf("limited (-want +got):\n%s", diff)
		}
		if got := s.LimitedShare(LimitS3); got != 0.25 || s.SynapseCalls != 1 {
			t.Errorf("share %v and %d calls, want 0.25 and 1", got, s.SynapseCalls)
		}
	})
}

func TestLimitedShareOfNoTime(t *testing.T) {
	if got := (Summary{}).LimitedShare(LimitS3); got != 0 {
		t.Errorf("share of an empty run is %v, want 0", got)
	}
}

// TestObserverIsTold runs items that take 10 s each and watches.
func TestObserverIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		plan{w}.item(planner.ActionStream, "x", "bytes", nil)
		plan{w}.item(planner.ActionStream, "y", "bytes", func(i *planner.Item) {
			i.Source.ETag = "changed"
		})
		d := w.deps()
		d.Mover = slowCopier{mover{w}, 10 * time.Second}
		o := &observer{}
		d.Observer = o
		s, err := Run(t.Context(), Options{ProgressEvery: 4 * time.Second}, d)
		if err != nil {
			t.Fatal(err)
		}
		states := map[checkpoint.State]int{}
		for _, f := range o.outcomes {
			states[f.Entry.State]++
			if (f.Err != nil) != (f.Entry.State == checkpoint.StateFailed) {
				t.Errorf("outcome %s with error %v", f.Entry.State, f.Err)
			}
		}
		if states[checkpoint.StateDone] != 1 || states[checkpoint.StateFailed] != 1 {
			t.Errorf("outcomes %v, want one done and one failed", states)
		}
		if len(o.progress) != 3 {
			t.Fatalf("told %d times of progress, want at 4 s, 8 s and the end", len(o.progress))
		}
		p := o.progress[0]
		if p.Elapsed != 4*time.Second || p.Limit != LimitS3 || p.Active[effect.PhaseStream] != 2 {
			t.Errorf("progress after 4 s: %+v", p)
		}
		last := o.progress[2]
		if diff := cmp.Diff(s.Counts, last.Counts); diff != "" || last.Counts.Done != 1 {
			t.Errorf("last progress differs from the summary:\n%s", diff)
		}
		if want := (Bytes{Read: 5, Written: 5}); s.Bytes != want {
			t.Errorf("bytes %+v, want %+v", s.Bytes, want)
		}
	})
}
