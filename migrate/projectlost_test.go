package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

// modes are what a project's plan may do with the source.
var modes = []planner.Mode{planner.ModeCopy, planner.ModeMove}

// uninterruptedStudy returns what a run of the study leaves behind, and how
// many effects it has.
func uninterruptedStudy(t *testing.T, mode planner.Mode) (left []string, effects int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := study(t, mode)
		l.run(t, Options{})
		l.done(t)
		left, effects = l.left(), len(l.effects)
	})
	return left, effects
}

// TestProjectLosesAnswers loses the request or the answer of each call in
// turn, to Synapse, S3 and presigned URLs: nothing is there twice.
func TestProjectLosesAnswers(t *testing.T) {
	faults := map[string]fault{
		"request lost": {before: io.ErrUnexpectedEOF}, "answer lost": {after: io.ErrUnexpectedEOF},
	}
	for _, mode := range modes {
		want, effects := uninterruptedStudy(t, mode)
		for name, f := range faults {
			for n := 1; n <= effects; n++ {
				t.Run(fmt.Sprintf("%s/%s/%d", mode, name, n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := study(t, mode)
						struck := ""
						l.at = func(i int, effect string) fault {
							if i != n || strings.HasPrefix(effect, "record") || strings.HasPrefix(effect, "save") {
								return fault{}
							}
							struck = effect
							return f
						}
						if s := l.run(t, Options{}); s.Counts.Adopted != 0 {
							t.Errorf("%d adopted, want none", s.Counts.Adopted)
						}
						l.done(t)
						if diff := cmp.Diff(want, l.left()); diff != "" {
							t.Errorf("%s: left behind (-want +got):\n%s", struck, diff)
						}
					})
				})
			}
		}
	}
}

// TestProjectIsInterrupted stops a run at each effect in turn, outside and in
// the run file, and goes on.
func TestProjectIsInterrupted(t *testing.T) {
	ways := map[string]func(cancel func()) fault{
		"killed before": func(func()) fault { return fault{killBefore: true} },
		"killed after":  func(func()) fault { return fault{killAfter: true} },
		"cancelled":     func(cancel func()) fault { return fault{then: cancel} },
	}
	for _, mode := range modes {
		want, effects := uninterruptedStudy(t, mode)
		for name, way := range ways {
			for n := 1; n <= effects; n++ {
				t.Run(fmt.Sprintf("%s/%s/%d", mode, name, n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := study(t, mode)
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						struck := ""
						l.at = func(i int, effect string) fault {
							if i != n {
								return fault{}
							}
							struck = effect
							return way(cancel)
						}
						s, err := Run(ctx, Options{}, l.planned())
						if !errors.Is(err, ErrStopped) && s.End != EndDone {
							t.Errorf("run ended as %q with %v", s.End, err)
						}
						l.revive()
						l.run(t, Options{})
						l.done(t)
						if diff := cmp.Diff(want, l.left()); diff != "" {
							t.Errorf("%s: left behind (-want +got):\n%s", struck, diff)
						}
					})
				})
			}
		}
	}
}

// TestProjectIsDrained has a window exhausted after each number of calls.
func TestProjectIsDrained(t *testing.T) {
	for _, mode := range modes {
		want, _ := uninterruptedStudy(t, mode)
		for n := 1; n < 60; n += 3 {
			t.Run(fmt.Sprintf("%s/%d", mode, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := study(t, mode)
					drain := make(chan struct{})
					var calls int
					l.at = func(_ int, effect string) fault {
						if strings.HasPrefix(effect, "synapse ") {
							if calls++; calls == n {
								close(drain)
							}
						}
						return fault{}
					}
					if _, err := Run(t.Context(), Options{Drain: drain}, l.planned()); err != nil {
						t.Fatal(err)
					}
					l.revive()
					l.run(t, Options{})
					l.done(t)
					if diff := cmp.Diff(want, l.left()); diff != "" {
						t.Errorf("left behind (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// TestProjectRunFile runs the study with the real run file, killed after each
// of some effects in turn.
func TestProjectRunFile(t *testing.T) {
	for _, mode := range modes {
		want, effects := uninterruptedStudy(t, mode)
		for n := 1; n <= effects; n += 6 {
			t.Run(fmt.Sprintf("%s/%d", mode, n), func(t *testing.T) {
				l := study(t, mode)
				d := l.planned()
				path := sealFor(t, l.world, filepath.Join(t.TempDir(), "run"), d.Plan.Header)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				l.at = func(i int, _ string) fault {
					if i != n {
						return fault{}
					}
					return fault{then: cancel, after: context.Canceled}
				}
				_, _ = runWith(ctx, t, path, l.world, d)
				l.revive()
				s, err := runWith(t.Context(), t, path, l.world, l.deps())
				if err != nil || s.End != EndDone {
					t.Fatalf("resumed run: %+v, %v", s, err)
				}
				l.done(t)
				if diff := cmp.Diff(want, l.left()); diff != "" {
					t.Errorf("left behind (-want +got):\n%s", diff)
				}
			})
		}
	}
}
