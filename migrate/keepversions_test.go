package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// replacing are the ways in which a file is replaced.
var replacing = map[string]struct {
	project bool
	version version
}{
	"bucket, copied":     {false, version{action: planner.ActionCopy}},
	"bucket, streamed":   {false, version{action: planner.ActionStream}},
	"project, copied":    {true, version{action: planner.ActionCopy}},
	"project, mirrored":  {true, version{action: planner.ActionSynapseCopy, mirror: true}},
	"project, annotated": {true, version{action: planner.ActionStream, annotations: tags("a", "1")}},
}

// TestReplacedVersionsAreKept: in as many calls as the plan says.
func TestReplacedVersionsAreKept(t *testing.T) {
	calls := map[string]int{
		"bucket, copied": 11, "bucket, streamed": 11, "project, copied": 12,
		"project, mirrored": 17, "project, annotated": 12,
	}
	for name, way := range replacing {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReplaced(t, way.project, way.version)
				s, err := Run(t.Context(), Options{}, r.deps(way.project))
				check(t, err)
				r.check(t, way.project)
				if r.requests() != calls[name] || s.SynapseCalls != int64(calls[name]) {
					t.Errorf("%d requests, %d counted, want %d:\n%s", r.requests(), s.SynapseCalls,
						calls[name], strings.Join(r.effects, "\n"))
				}
				copied := int64(len(wasThere))
				if way.version.action == planner.ActionCopy {
					copied += int64(len(comesNew))
				}
				if way.version.mirror {
					copied += 2 * int64(len(comesNew))
				}
				if s.Bytes.Copied != copied {
					t.Errorf("%d bytes copied, want %d", s.Bytes.Copied, copied)
				}
			})
		})
	}
}

// TestReplacingIsInterrupted stops a run at each effect in turn, and loses the
// request and the answer of each call.
func TestReplacingIsInterrupted(t *testing.T) {
	ways := map[string]func(cancel func()) fault{
		"killed before": func(func()) fault { return fault{killBefore: true} },
		"killed after":  func(func()) fault { return fault{killAfter: true} },
		"cancelled":     func(cancel func()) fault { return fault{then: cancel} },
		"request lost":  func(func()) fault { return fault{before: io.ErrUnexpectedEOF} },
		"answer lost":   func(func()) fault { return fault{after: io.ErrUnexpectedEOF} },
	}
	for name, replace := range replacing {
		for fault, way := range ways {
			ended := false
			for n := 1; !ended; n++ {
				t.Run(fmt.Sprintf("%s/%s/%d", name, fault, n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						r := newReplaced(t, replace.project, replace.version)
						ended = r.interrupted(t, replace.project, strings.HasSuffix(fault, "lost"), n, way)
					})
				})
			}
		}
	}
}

// interrupted has the nth effect go wrong, and another run after that. It
// reports whether there are fewer effects.
func (r replaced) interrupted(
	t *testing.T, project, lost bool, n int, way func(func()) fault,
) (ended bool) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	struck := "nothing"
	r.at = func(i int, effect string) fault {
		if i != n || lost && (strings.HasPrefix(effect, "record") || strings.HasPrefix(effect, "save")) {
			return fault{}
		}
		struck = effect
		return way(cancel)
	}
	s, err := Run(ctx, Options{}, r.deps(project))
	if !errors.Is(err, ErrStopped) && s.End != EndDone {
		t.Errorf("run ended as %q with %v", s.End, err)
	}
	ended = len(r.effects) < n
	r.revive()
	_, err = Run(t.Context(), Options{}, r.deps(project))
	check(t, err)
	r.check(t, project)
	if t.Failed() {
		t.Log("struck:", struck)
	}
	return ended
}

// TestReplacedByVersions: the file has got one more version already when the
// object of its earlier ones is overwritten.
func TestReplacedByVersions(t *testing.T) {
	for n := 0; n < 30; n++ {
		synctest.Test(t, func(t *testing.T) {
			r := newReplaced(t, true, version{data: "older", action: planner.ActionStream},
				version{action: planner.ActionStream, label: "new"})
			r.at = func(i int, effect string) fault { return fault{killAfter: i == n} }
			s, err := Run(t.Context(), Options{}, r.deps(true))
			if (err == nil) == (n > 0) && n <= 20 {
				t.Errorf("killed at %d: %v", n, err)
			}
			effects := strings.Join(r.effects, "\n")
			r.revive()
			_, err = Run(t.Context(), Options{}, r.deps(true))
			check(t, err)
			r.done(t)
			want := r.want("orig-x", "text/plain")
			want[4] = fmt.Sprintf("5 base/x-1 orig-x text/plain %q", "older")
			want = append(want, fmt.Sprintf("6 base/x-2 orig-x text/plain %q", comesNew))
			if diff := cmp.Diff(want, r.downloads(t)); diff != "" {
				t.Errorf("killed at %d: versions (-want +got):\n%s", n, diff)
			}
			// 4 for the first version, 8 to keep three of two file handles, and 2
			// for the second, beside one to read the file again.
			if n == 0 && s.SynapseCalls != 4+8+2+1 {
				t.Errorf("%d calls:\n%s", s.SynapseCalls, effects)
			}
		})
	}
}

// TestReplacedRunFile replaces with the real run file, killed after each
// effect in turn.
func TestReplacedRunFile(t *testing.T) {
	for _, project := range []bool{true, false} {
		for n := 1; n <= 12; n++ {
			t.Run(fmt.Sprintf("%v/%d", project, n), func(t *testing.T) {
				r := newReplaced(t, project, version{action: planner.ActionCopy})
				d := r.deps(project)
				path := sealFor(t, r.world, filepath.Join(t.TempDir(), "run"), d.Plan.Header)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r.at = func(i int, _ string) fault {
					if i != n {
						return fault{}
					}
					return fault{then: cancel, after: context.Canceled}
				}
				_, _ = runWith(ctx, t, path, r.world, d)
				r.revive()
				s, err := runWith(t.Context(), t, path, r.world, r.deps(project))
				if err != nil || s.End != EndDone {
					t.Fatalf("resumed run: %+v, %v", s, err)
				}
				r.check(t, project)
			})
		}
	}
}

// TestReplacedByTwoRuns: another run has done it all meanwhile.
func TestReplacedByTwoRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplaced(t, true, version{action: planner.ActionCopy})
		planned := r.entries[1]
		_, err := Run(t.Context(), Options{}, r.deps(true))
		check(t, err)
		before := r.downloads(t)
		r.entries[1] = planned
		_, err = Run(t.Context(), Options{}, r.deps(true))
		check(t, err)
		after := r.downloads(t)
		if diff := cmp.Diff(before[:4], after[:4]); diff != "" {
			t.Errorf("earlier versions (-before +after):\n%s", diff)
		}
	})
}

// watched shows what is copied, and changes what comes of it.
type watched struct {
	mover
	see func(transfer.Request, *transfer.Result)
}

func (w watched) Copy(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	result, err := w.mover.Copy(ctx, r)
	w.see(r, &result)
	return result, err
}

// TestReplacedLargeObject: the item's own transfer begins anew, whatever the
// copy of the earlier version has saved.
func TestReplacedLargeObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplaced(t, true, version{action: planner.ActionCopy})
		e := r.entries[1]
		e.Kept.Key += "large"
		r.saved[1] = transfer.Upload{UploadID: "begun", PartSizeBytes: 1, MD5: md5Hex([]byte(comesNew))}
		d := r.deps(true)
		var resumed []string
		d.Mover = watched{mover{r.world}, func(q transfer.Request, _ *transfer.Result) {
			resumed = append(resumed, q.Key+" "+q.Resume.UploadID+" "+q.Resume.MD5)
		}}
		_, err := Run(t.Context(), Options{}, d)
		check(t, err)
		want := []string{
			e.Kept.Key + " begun " + md5Hex([]byte(comesNew)), "base/x-1  " + md5Hex([]byte(comesNew)),
		}
		if diff := cmp.Diff(want, resumed); diff != "" {
			t.Errorf("copies (-want +got):\n%s", diff)
		}
	})
}

// TestReplacedCopyIsFound: an earlier run has made it, and was stopped.
func TestReplacedCopyIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplaced(t, true, version{action: planner.ActionCopy})
		r.objects["dest/"+r.entries[1].Kept.Key] = fakeObject{data: []byte(wasThere)}
		s, err := Run(t.Context(), Options{}, r.deps(true))
		check(t, err)
		r.check(t, true)
		if s.Bytes.Copied != int64(len(comesNew)) {
			t.Errorf("%d bytes copied, want %d", s.Bytes.Copied, len(comesNew))
		}
	})
}

// TestReplacedChangedMeanwhile: nothing is overwritten that isn't kept.
func TestReplacedChangedMeanwhile(t *testing.T) {
	for name, change := range map[string]func(replaced, *Deps){
		"object": func(r replaced, _ *Deps) {
			r.objects["dest/base/x-1"] = fakeObject{data: []byte("what else came")}
		},
		"object gone": func(r replaced, _ *Deps) { delete(r.objects, "dest/base/x-1") },
		"copy's key is taken": func(r replaced, _ *Deps) {
			r.objects["dest/"+r.entries[1].Kept.Key] = fakeObject{data: []byte("taken")}
		},
		"another MD5": func(r replaced, d *Deps) {
			d.Mover = watched{mover{r.world}, func(_ transfer.Request, result *transfer.Result) {
				result.MD5 = md5Hex([]byte("other"))
			}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReplaced(t, true, version{action: planner.ActionCopy})
				d := r.deps(true)
				change(r, &d)
				there := r.objects["dest/base/x-1"]
				s, err := Run(t.Context(), Options{}, d)
				check(t, err)
				e := r.entries[1]
				if s.Counts.Failed != 1 || e.Failure == nil || e.Failure.Side != checkpoint.SideDestination ||
					e.Failure.Operation != "copy object of earlier version" {
					t.Fatalf("%+v: %+v", s.Counts, e.Failure)
				}
				if now := r.objects["dest/base/x-1"]; !slices.Equal(now.data, there.data) {
					t.Errorf("overwritten with %q", now.data)
				}
				for _, v := range r.Snapshot().Tree(r.to.FolderID)["x"].Versions {
					if strings.Contains(v.Key, ".versions") {
						t.Errorf("version %d was re-pointed to %s", v.Number, v.Key)
					}
				}
			})
		})
	}
}
