package faults

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
)

func TestSecondRunOfOneFileRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scenarios()[0]
		w, path := prepare(t, s)
		var second error
		_, err := w.start(s).run(t.Context(), path, func(c migrate.Checkpoint) migrate.Checkpoint {
			_, second = w.start(s).run(t.Context(), path, nil)
			return c
		})
		if err != nil {
			t.Errorf("the first run: %v", err)
		}
		if !errors.Is(second, checkpoint.ErrLocked) {
			t.Errorf("the second run: %v, want ErrLocked", second)
		}
	})
}

// TestTwoRunsOfOneSourceMeet runs two plans of one source into one folder at
// once: what the other has made is taken over, and all is there once.
func TestTwoRunsOfOneSourceMeet(t *testing.T) {
	for _, s := range some() {
		want := undisturbed(t, s)
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, one := prepare(t, s)
				two := filepath.Join(t.TempDir(), "two")
				_, err := w.start(s).plan(t.Context(), two)
				w.check(err)
				told := w.atOnce(t, s, one, two)
				if diff := cmp.Diff(shared(want.lines), shared(w.left(one).lines)); diff != "" {
					t.Errorf("left behind (-want +got):\n%s", diff)
				}
				done, failed := w.tally(t, one, two)
				t.Logf("%d done, %d of them found there already; %d failed", done, told, len(failed))
				// Each file is there once, so one of the two runs made it; the
				// other one says that it found it, or why it could not. Of more
				// versions of a file that was found, and of files that moved with
				// the handles they had, nothing more is said.
				least := 1
				if s.bucket != "" {
					least = s.items()
				}
				if notices := told + len(failed); notices < least {
					t.Errorf("the runs noticed each other at %d items, want %d at least", notices, least)
				}
			})
		})
	}
}

// atOnce runs two run files at the same time, each by a process of its own. It
// returns how many items they say were there already, in the row of that name
// that ends a run.
func (w *world) atOnce(t *testing.T, s scenario, paths ...string) int {
	t.Helper()
	var both sync.WaitGroup
	var adopted atomic.Int64
	for _, path := range paths {
		p := w.start(s)
		both.Go(func() {
			summary, err := p.run(context.WithoutCancel(t.Context()), path, nil)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(path), err)
			}
			adopted.Add(summary.Counts.Adopted)
		})
	}
	both.Wait()
	return int(adopted.Load())
}

// tally counts the items that are done, and returns those that failed; there
// are no others.
func (w *world) tally(t *testing.T, paths ...string) (done int, failed []string) {
	t.Helper()
	for _, path := range paths {
		for _, line := range w.states(path) {
			switch {
			case strings.HasSuffix(line, " done"):
				done++
			case strings.Contains(line, " failed "):
				failed = append(failed, line)
				t.Logf("%s: %s", filepath.Base(path), line)
			default:
				t.Errorf("%s: %s", filepath.Base(path), line)
			}
		}
	}
	return done, failed
}

// shared are the lines about what two runs share: not their items, and not
// what Synapse keeps at keys of its own, where one run may have sent or copied
// once more what the other had completed.
func shared(lines []string) (rest []string) {
	for _, line := range lines {
		own := strings.HasPrefix(line, "object ") && strings.Contains(line, "/*/")
		if !own && !strings.HasPrefix(line, "item ") {
			rest = append(rest, line)
		}
	}
	return rest
}

// TestTwoSourcesMeet runs plans of two buckets with the same keys, and other
// bytes, into one folder at once: each path gets the bytes of one of them
// whole, and the other's item fails and says so.
func TestTwoSourcesMeet(t *testing.T) {
	for _, managed := range []bool{false, true} {
		t.Run(fmt.Sprintf("managed %t", managed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, managed)
				fillPartner(w)
				w.amazon.put(t, bucketOwn, "raw/one.txt", []byte("another one"))
				w.amazon.put(t, bucketOwn, "raw/deep/two.txt", []byte("another two"))
				w.amazon.put(t, bucketOwn, "raw/large.bin", large(6))
				paths := map[string]string{}
				for _, bucket := range []string{bucketPartner, bucketOwn} {
					paths[bucket] = filepath.Join(t.TempDir(), bucket)
					_, err := w.start(scenario{bucket: bucket, managed: managed}).plan(t.Context(), paths[bucket])
					w.check(err)
				}
				w.planned = w.Snapshot()
				w.atOnce(t, scenario{bucket: bucketPartner, managed: managed}, paths[bucketPartner], paths[bucketOwn])
				done, failed := w.tally(t, paths[bucketPartner], paths[bucketOwn])
				if done != 3 || len(failed) != 3 {
					t.Errorf("%d done and %d failed, want 3 each", done, len(failed))
				}
				for _, line := range failed {
					if !strings.Contains(line, "has other content") && !strings.Contains(line, "exists") {
						t.Errorf("%s: doesn't say that something else is there", line)
					}
				}
				w.whole(t)
			})
		})
	}
}

// whole fails the test unless each file of the destination has an object with
// its bytes.
func (w *world) whole(t *testing.T) {
	t.Helper()
	objects := strings.Join(w.amazon.list(t), "\n")
	files := 0
	for path, entry := range w.Snapshot().Tree(w.folder) {
		for _, v := range entry.Versions {
			if v.MD5 == "" {
				continue
			}
			files++
			want := fmt.Sprintf("object %s/%s %s %d", v.Bucket, madeUp(v.Key), v.MD5, v.SizeBytes)
			if !strings.Contains(objects, want) {
				t.Errorf("%s: no %s in\n%s", path, want, objects)
			}
		}
	}
	if files != 3 {
		t.Errorf("%d files, want 3", files)
	}
}
