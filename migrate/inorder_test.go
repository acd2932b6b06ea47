package migrate

import (
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// twoUnproven is a plan with an upload of two parts whose MD5 a file handle
// says.
func twoUnproven() *world {
	w := parts(2)
	e := w.entries[1]
	e.MD5Source, e.Source.ETag = planner.MD5Handle, e.Source.ETag+"-2"
	w.entries[1] = e
	w.etag = e.Source.ETag
	return w
}

// TestUnprovenUploadsAreHashed on their way, part after part, however often
// they are interrupted.
func TestUnprovenUploadsAreHashed(t *testing.T) {
	w := twoUnproven()
	w.run(t, mixedOptions)
	uploadedAs(t, w)
	effects := append([]string(nil), w.effects...)
	for n := range effects {
		for _, f := range []fault{{killBefore: true}, {killAfter: true}} {
			synctest.Test(t, func(t *testing.T) {
				w := twoUnproven()
				w.at = func(i int, _ string) fault {
					if i == n+1 {
						return f
					}
					return fault{}
				}
				_, _ = Run(t.Context(), mixedOptions, w.deps())
				w.revive()
				w.run(t, mixedOptions)
				uploadedAs(t, w)
				if got := w.count("put part"); got > 2 {
					t.Errorf("%s: %d parts sent after it", effects[n], got)
				}
			})
		}
	}
}

// uploadedAs checks that the object has arrived with the MD5 of the plan.
func uploadedAs(t *testing.T, w *world) {
	t.Helper()
	e := w.entries[1]
	if e.State != checkpoint.StateDone {
		t.Fatalf("item is %s: %+v", e.State, e.Failure)
	}
	if got := md5Hex(w.objects["dest/"+w.handles[e.FileHandleID].Key].data); got != e.MD5 {
		t.Errorf("object has MD5 %s, want %s", got, e.MD5)
	}
}

// TestUnprovenUploadsThatDiffer are not completed, and sent anew when they are
// taken up again.
func TestUnprovenUploadsThatDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := twoUnproven()
		right := w.objects["src/x"]
		wrong := fakeObject{data: []byte(strings.Replace(string(right.data), "part", "pard", 1))}
		w.at = func(_ int, effect string) fault {
			if effect == "start x" {
				w.objects["src/x"] = wrong
			}
			return fault{}
		}
		w.run(t, mixedOptions)
		if e := w.entries[1]; e.State != checkpoint.StateFailed || e.Failure.Cause != transfer.ErrMD5.Error() {
			t.Fatalf("item is %s: %+v, want failed for its MD5", e.State, e.Failure)
		}
		if w.count("complete") != 0 {
			t.Error("was completed")
		}
		w.revive()
		w.objects["src/x"] = right
		o := mixedOptions
		o.RetryFailed = true
		w.run(t, o)
		uploadedAs(t, w)
		if n := w.count("put part"); n != 2 {
			t.Errorf("%d parts sent again, want all", n)
		}
	})
}

// TestUploadOfOnePartIsCompared with the MD5 of the plan.
func TestUploadOfOnePartIsCompared(t *testing.T) {
	w := newWorld()
	plan{w}.item(planner.ActionUpload, "x", "bytes", func(i *planner.Item) { i.MD5 = emptyMD5 })
	w.run(t, Options{})
	if e := w.entries[1]; e.State != checkpoint.StateFailed || w.count("add part") != 0 {
		t.Errorf("item is %s after %q, want failed", e.State, w.effects)
	}
}
