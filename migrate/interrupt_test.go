package migrate

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// uninterrupted returns what a run leaves behind, and its effects.
func uninterrupted(t *testing.T, w *world) (tree, effects []string) {
	t.Helper()
	w.run(t, mixedOptions)
	effects = slices.Clone(w.effects)
	slices.Sort(effects)
	return w.tree(), slices.Compact(effects)
}

// TestInterruptedAtEveryEffect stops a run at every effect in turn, outside
// and in the run file, and goes on: what is left behind is what a run
// without interruption leaves.
func TestInterruptedAtEveryEffect(t *testing.T) {
	plans := map[string]func() *world{"mixed": mixed, "two parts": twoParts}
	modes := []struct {
		name string
		at   func(cancel func()) fault
		why  error
	}{
		{"killed before", func(func()) fault { return fault{killBefore: true} }, ErrStopped},
		{"killed after", func(func()) fault { return fault{killAfter: true} }, ErrStopped},
		{"cancelled", func(cancel func()) fault { return fault{then: cancel} }, context.Canceled},
		{"cancelled, answer lost", func(cancel func()) fault {
			return fault{then: cancel, after: context.Canceled}
		}, context.Canceled},
	}
	for name, build := range plans {
		want, effects := uninterrupted(t, build())
		for _, mode := range modes {
			for _, effect := range effects {
				t.Run(name+"/"+mode.name+"/"+effect, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := build()
						interrupt(t, w, effect, mode.at, mode.why)
						if diff := cmp.Diff(want, w.tree()); diff != "" {
							t.Errorf("left behind (-want +got):\n%s", diff)
						}
					})
				})
			}
		}
	}
}

// interrupt runs until a fault at an effect, and then to the end.
func interrupt(t *testing.T, w *world, effect string, at func(cancel func()) fault, why error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.at = func(_ int, e string) fault {
		if e != effect {
			return fault{}
		}
		return at(cancel)
	}
	s, err := Run(ctx, mixedOptions, w.deps())
	if !errors.Is(err, why) && s.End != EndDone {
		t.Errorf("run ended as %q with %v, want %v", s.End, err, why)
	}
	w.revive()
	if s := w.run(t, mixedOptions); s.End != EndDone || s.Counts.Failed != 0 {
		t.Errorf("resumed run: %+v", s)
	}
}

// TestInterruptedAgainAndAgain kills each run after its twelfth effect.
func TestInterruptedAgainAndAgain(t *testing.T) {
	want, _ := uninterrupted(t, mixed())
	synctest.Test(t, func(t *testing.T) {
		w := mixed()
		for runs := 1; ; runs++ {
			w.at = func(n int, _ string) fault { return fault{killAfter: n == 12} }
			if _, err := Run(t.Context(), mixedOptions, w.deps()); err == nil {
				break
			}
			if runs > 500 {
				t.Fatal("no end in sight")
			}
			w.revive()
		}
		if diff := cmp.Diff(want, w.tree()); diff != "" {
			t.Errorf("left behind (-want +got):\n%s", diff)
		}
	})
}

// TestRunFileOutlivesCancellation: what has happened is recorded, although
// the run was cancelled while it happened.
func TestRunFileOutlivesCancellation(t *testing.T) {
	w := mixed()
	ctx, cancel := context.WithCancel(t.Context())
	w.at = func(_ int, e string) fault {
		switch e {
		case "create known":
			return fault{then: cancel}
		case "create empty": // so that something is left when it happens
			return fault{before: &synapse.Error{Status: 503}}
		}
		return fault{}
	}
	_, err := Run(ctx, mixedOptions, w.deps())
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want ErrStopped and context.Canceled", err)
	}
	if e := w.entries[1]; e.EntityID == "" {
		t.Errorf("item whose entity was created is %s", e.State)
	}
}

// TestCancelledBeforehand: nothing happens at all.
func TestCancelledBeforehand(t *testing.T) {
	w := mixed()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("second signal")
	cancel(why)
	s, err := Run(ctx, mixedOptions, w.deps())
	for _, want := range []error{ErrStopped, context.Canceled, why} {
		if !errors.Is(err, want) {
			t.Errorf("error %v is not %v", err, want)
		}
	}
	if s.End != EndStopped {
		t.Errorf("Run: %+v, %v", s, err)
	}
	if len(w.effects) != 0 {
		t.Errorf("effects %q", w.effects)
	}
}

// interrupted is a run file in whose reading the run is cancelled.
type interrupted struct {
	runFile
	cancel context.CancelFunc
}

func (f interrupted) RetryFailed(ctx context.Context) (int64, error) {
	f.cancel()
	return 0, ctx.Err()
}

func (f interrupted) Folders(ctx context.Context) iter.Seq2[planner.Folder, error] {
	f.cancel()
	return f.runFile.Folders(ctx)
}

// TestCancelledWhileTheRunFileIsRead, which is no fault of the run file.
func TestCancelledWhileTheRunFileIsRead(t *testing.T) {
	for _, retry := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		w := newWorld()
		d := w.deps()
		d.Checkpoint, d.Plan.Header.Source.Project = interrupted{runFile{w}, cancel}, &planner.ProjectSource{}
		s, err := Run(ctx, Options{RetryFailed: retry}, d)
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrRunFile) || s.End != EndStopped {
			t.Errorf("retrying %t: %+v, %v, want that the run was cancelled", retry, s, err)
		}
	}
}

// TestNothingHappensAfterCancellation: from then on, what has happened is
// recorded, and nothing else is done.
func TestNothingHappensAfterCancellation(t *testing.T) {
	build := func() *world {
		w := newWorld()
		f := plan{w}.folder(0, "f")
		plan{w}.item(planner.ActionCopy, "large", "bytes", in(f, unknown))
		return w
	}
	_, effects := uninterrupted(t, build())
	for _, effect := range effects {
		t.Run(effect, func(t *testing.T) {
			w := build()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.at = first(effect, 1, fault{then: cancel})
			_, _ = Run(ctx, mixedOptions, w.deps())
			at := slices.Index(w.effects, effect)
			for _, later := range w.effects[at+1:] {
				if !strings.HasPrefix(later, "record ") && !strings.HasPrefix(later, "save ") {
					t.Errorf("%q happened after cancellation", later)
				}
			}
		})
	}
}

// TestReadOnceForItsMD5: an object isn't read again for its MD5, whatever
// those who move it have saved since.
func TestReadOnceForItsMD5(t *testing.T) {
	for action, effect := range map[planner.Action]string{
		planner.ActionUpload: "start large", planner.ActionCopy: "copy base/large",
	} {
		t.Run(string(action), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				plan{w}.item(action, "large", "bytes", unknown)
				w.at = first(effect, 1, fault{killBefore: true})
				if _, err := Run(t.Context(), mixedOptions, w.deps()); err == nil {
					t.Fatal("wasn't killed")
				}
				w.revive()
				if s := w.run(t, mixedOptions); s.Counts.Done != 1 || w.count("hash") != 0 {
					t.Errorf("%+v; read again %d times", s, w.count("hash"))
				}
			})
		})
	}
}
