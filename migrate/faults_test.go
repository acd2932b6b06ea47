package migrate

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// errLost is what the client answers when a write's answer was lost.
var errLost = fmt.Errorf("%w: %w", synapse.ErrUnknownOutcome, &synapse.Error{Status: 504})

// first returns a fault that befalls an effect the first so many times.
func first(effect string, times int, f fault) func(int, string) fault {
	return func(_ int, e string) fault {
		if e != effect || times == 0 {
			return fault{}
		}
		times--
		return f
	}
}

// TestLostAnswers loses the request or the answer of each write, once: it is
// looked up before it is repeated, and nothing is there twice.
func TestLostAnswers(t *testing.T) {
	want, effects := uninterrupted(t, mixed())
	for _, effect := range effects {
		verb, _, _ := strings.Cut(effect, " ")
		switch verb {
		case "create", "update", "register", "start", "complete", "add":
		default:
			continue
		}
		for name, f := range map[string]fault{
			"request lost": {before: errLost}, "answer lost": {after: errLost},
		} {
			t.Run(effect+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := mixed()
					w.at = first(effect, 1, f)
					s := w.run(t, mixedOptions)
					if s.Counts.Done != 8 || s.Counts.Adopted != 0 {
						t.Errorf("summary %+v, want 8 done, none adopted", s)
					}
					if diff := cmp.Diff(want, w.tree()); diff != "" {
						t.Errorf("left behind (-want +got):\n%s", diff)
					}
					once := verb == "create" || effect == "update replaced"
					if once && f.after != nil && w.count(effect+"\n") != 1 {
						t.Errorf("%q was repeated", effect)
					}
				})
			})
		}
	}
}

// taken is something under an item's name.
type taken struct {
	name string
	// there puts it there and returns the handle to be adopted.
	there func(w *world) string
	// cause is why the item fails; empty when it doesn't.
	cause string
}

// namesTaken are what may be there.
func namesTaken() []taken {
	mine := func(w *world) string {
		id := plan{w}.file(destinationFolder, "x", "bytes")
		return w.entities[id].DataFileHandleID
	}
	return []taken{
		{"same object", mine, ""},
		{"other content", func(w *world) string {
			plan{w}.file(destinationFolder, "x", "other")
			return ""
		}, "has other content"},
		{"same content elsewhere", func(w *world) string {
			h := w.handles[mine(w)]
			h.Key = "base/elsewhere"
			w.handles[h.ID] = h
			return ""
		}, "has other content"},
		{"other location", func(w *world) string {
			h := w.handles[mine(w)]
			h.StorageLocationID = new(int64)
			w.handles[h.ID] = h
			return ""
		}, "has other content"},
		{"somebody else's handle", func(w *world) string {
			delete(w.handles, mine(w))
			return ""
		}, "is somebody else's file"},
		{"folder", func(w *world) string {
			_, err := fakeSynapse{w}.create(synapse.Entity{
				ConcreteType: synapse.TypeFolder, Name: "x", ParentID: destinationFolder,
			})
			if err != nil {
				panic(err)
			}
			return ""
		}, "is not a file"},
	}
}

// TestNameTaken meets something under an item's name.
func TestNameTaken(t *testing.T) {
	for _, test := range namesTaken() {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			handle := test.there(w)
			id := plan{w}.item(planner.ActionRegister, "x", "bytes", known)
			o := &observer{}
			d := w.deps()
			d.Observer = o
			s, err := Run(t.Context(), Options{}, d)
			if err != nil || s.End != EndDone {
				t.Fatalf("Run: %+v, %v", s, err)
			}
			got := w.entries[id]
			if len(w.entities) != 2 {
				t.Errorf("%d entities, want 2", len(w.entities))
			}
			if test.cause == "" {
				if got.State != checkpoint.StateDone || got.FileHandleID != handle || s.Counts.Adopted != 1 {
					t.Errorf("%s with handle %s, want done with %s", got.State, got.FileHandleID, handle)
				}
				return
			}
			var why *ItemError
			if !errors.As(o.outcomes[0].Err, &why) || !errors.Is(why, effect.ErrConflict) {
				t.Fatalf("error %v, want an ItemError with effect.ErrConflict", o.outcomes[0].Err)
			}
			if why.ItemID != id || why.Key != "base/x" || why.Operation != "create file entity" {
				t.Errorf("error %+v", why)
			}
			if cause := got.Failure.Cause; !strings.HasSuffix(cause, test.cause) {
				t.Errorf("cause %q, want that it %s", cause, test.cause)
			}
		})
	}
}

// TestAttempts repeats an error a number of times.
func TestAttempts(t *testing.T) {
	failing := &synapse.Error{Status: 502}
	maintenance := &synapse.Error{Status: 503}
	unreachable := &synapse.Error{Cause: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
	tests := []struct {
		name         string
		effect       string
		times        int
		err          error
		wantState    checkpoint.State
		wantAttempts int
	}{
		{"passes", "register base/x", 3, failing, checkpoint.StateDone, 4},
		{"lasts", "register base/x", 4, failing, checkpoint.StateFailed, 4},
		{"maintenance", "register base/x", 200, maintenance, checkpoint.StateDone, 1},
		{"unreachable", "create x", 200, unreachable, checkpoint.StateDone, 1},
		{"down for days", "register base/x", 4000, maintenance, checkpoint.StateFailed, 4},
		{"no answer", "create x", 1, errors.New("connection reset"), checkpoint.StateDone, 2},
		{"refused", "register base/x", 1, refuse(400, "no"), checkpoint.StateFailed, 1},
		{"forbidden", "create x", 1, refuse(403, "no"), checkpoint.StateFailed, 1},
		{"run file's record", "create x", 1, failing, checkpoint.StateDone, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				id := plan{w}.item(planner.ActionRegister, "x", "bytes", known)
				w.at = first(test.effect, test.times, fault{before: test.err})
				w.run(t, Options{})
				got := w.entries[id]
				if got.State != test.wantState || got.Attempts != test.wantAttempts {
					t.Errorf("%s after %d attempts, want %s after %d",
						got.State, got.Attempts, test.wantState, test.wantAttempts)
				}
				if test.wantState == checkpoint.StateFailed {
					if got.Failure == nil || got.Failure.Cause != test.err.Error() {
						t.Errorf("failure %+v, want cause %v", got.Failure, test.err)
					}
				}
			})
		})
	}
}

// TestTransferFailures shows which side a failure is booked to.
func TestTransferFailures(t *testing.T) {
	tests := []struct {
		err  error
		want checkpoint.Side
	}{
		{transfer.ErrNotFound, checkpoint.SideSource},
		{transfer.ErrChanged, checkpoint.SideSource},
		{transfer.ErrArchived, checkpoint.SideSource},
		{transfer.ErrExists, checkpoint.SideDestination},
		{transfer.ErrMismatch, checkpoint.SideDestination},
	}
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			w := newWorld()
			id := plan{w}.item(planner.ActionCopy, "x", "bytes", known)
			w.at = first("copy base/x", 1, fault{before: test.err})
			s := w.run(t, Options{})
			got := w.entries[id]
			if got.State != checkpoint.StateFailed || s.Counts.Failed != 1 {
				t.Fatalf("item is %s, want failed", got.State)
			}
			if got.Failure.Side != test.want || got.Failure.Operation != "copy object" {
				t.Errorf("failure %+v, want side %s", got.Failure, test.want)
			}
			if n := w.count("copy"); n != 1 {
				t.Errorf("tried %d times, want once", n)
			}
		})
	}
}

// TestWhatStopsARun: only what concerns every item alike.
func TestWhatStopsARun(t *testing.T) {
	tests := []struct {
		name, effect string
		err, want    error
	}{
		{"S3 credentials", "copy base/copied", transfer.ErrCredentials, transfer.ErrCredentials},
		{"token", "create known", &synapse.Error{Status: 401}, synapse.ErrUnauthorized},
		{"token in a folder", "create a", &synapse.Error{Status: 401}, synapse.ErrUnauthorized},
		{"token, upload", "add part 1 of uploaded", &synapse.Error{Status: 401}, synapse.ErrUnauthorized},
		{"nobody", "register base/known", synapse.ErrAnonymous, synapse.ErrAnonymous},
		{"run file", "record known handled", errors.New("disk full"), ErrRunFile},
		{"run file, folder", "record folder 1", errors.New("disk full"), ErrRunFile},
		{"run file, transfer", "save upload 5", errors.New("disk full"), ErrRunFile},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := mixed()
				w.at = first(test.effect, -1, fault{before: test.err})
				s, err := Run(t.Context(), mixedOptions, w.deps())
				if !errors.Is(err, ErrStopped) || !errors.Is(err, test.want) {
					t.Errorf("Run: %v, want ErrStopped and %v", err, test.want)
				}
				if s.End != EndStopped || s.Counts.Failed != 0 {
					t.Errorf("summary %+v, want stopped, none failed", s)
				}
			})
		})
	}
}

// TestRegisteredSizeIsCompared: what Synapse sees must be what was planned,
// also when it changed a moment ago.
func TestRegisteredSizeIsCompared(t *testing.T) {
	w := newWorld()
	id := plan{w}.item(planner.ActionRegister, "x", "bytes", known)
	w.at = first("check base/x", 1, fault{then: func() {
		w.objects["dest/base/x"] = fakeObject{data: []byte("longer bytes")}
	}})
	w.run(t, Options{})
	got := w.entries[id]
	if got.State != checkpoint.StateFailed || !strings.Contains(got.Failure.Cause, "12 bytes") {
		t.Errorf("item is %s: %+v, want failed for its size", got.State, got.Failure)
	}
	if w.count("create") != 0 {
		t.Errorf("an entity was created")
	}
}

// TestStreamedMD5IsCompared: bytes that aren't those of the planned MD5.
func TestStreamedMD5IsCompared(t *testing.T) {
	w := newWorld()
	id := plan{w}.item(planner.ActionStream, "x", "bytes", func(i *planner.Item) { i.MD5 = emptyMD5 })
	w.run(t, Options{})
	if got := w.entries[id]; got.State != checkpoint.StateFailed || w.count("register") != 0 {
		t.Errorf("item is %s: %+v, want failed", got.State, got.Failure)
	}
}

func TestUnknownActionFails(t *testing.T) {
	w := newWorld()
	id := plan{w}.item("teleport", "x", "bytes", nil)
	w.run(t, Options{})
	if got := w.entries[id]; got.State != checkpoint.StateFailed || got.Attempts != 1 {
		t.Errorf("item is %s after %d attempts, want failed at once", got.State, got.Attempts)
	}
}

// TestAlwaysLost: who loses every request learns so, not what the look-up
// found.
func TestAlwaysLost(t *testing.T) {
	for _, effect := range []string{"create x", "create f"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			plan{w}.folder(0, "f")
			id := plan{w}.item(planner.ActionRegister, "x", "bytes", in(1, known))
			w.at = first(effect, -1, fault{before: errLost})
			w.run(t, Options{})
			got := w.entries[id]
			if got.State != checkpoint.StateFailed || got.Failure.Cause != errLost.Error() {
				t.Errorf("item is %s: %+v, want failed for %v", got.State, got.Failure, errLost)
			}
		})
	}
}

// TestSavesThatFailStop, even when those who move bytes don't say why they
// failed.
func TestSavesThatFailStop(t *testing.T) {
	w := newWorld()
	plan{w}.item(planner.ActionStream, "large", "bytes", nil)
	w.at = first("save upload 1", -1, fault{before: errors.New("disk full")})
	if _, err := Run(t.Context(), Options{}, w.deps()); !errors.Is(err, ErrRunFile) {
		t.Errorf("Run: %v, want ErrRunFile", err)
	}
}
