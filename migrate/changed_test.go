package migrate

import (
	"errors"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// overwrite puts content of the same size in the object's bucket and key of x.
func (w *world) overwrite() {
	w.objects["dest/base/x"] = fakeObject{data: []byte("bytEs")}
}

// TestChangedObjectsAreNotRegistered: with the MD5 of what was there before,
// they would be corrupt, and nobody would notice.
func TestChangedObjectsAreNotRegistered(t *testing.T) {
	tests := []struct {
		name   string
		change func(*planner.Item)
		// happens before the run, or during it by what it puts into at.
		happens func(t *testing.T, w *world)
		want    error
	}{
		{"overwritten since planned", known, func(_ *testing.T, w *world) {
			w.overwrite()
		}, transfer.ErrChanged},
		{"gone", known, func(_ *testing.T, w *world) {
			delete(w.objects, "dest/base/x")
		}, transfer.ErrNotFound},
		{"overwritten since read", unknown, func(_ *testing.T, w *world) {
			w.at = first("record x transferred", 1, fault{then: w.overwrite})
		}, transfer.ErrChanged},
		{"overwritten since read by another run", unknown, func(t *testing.T, w *world) {
			w.at = first("record x transferred", 1, fault{killAfter: true})
			if _, err := Run(t.Context(), Options{}, w.deps()); err == nil {
				t.Fatal("wasn't killed")
			}
			w.revive()
			w.overwrite()
		}, transfer.ErrChanged},
		{"overwritten between attempts", known, func(_ *testing.T, w *world) {
			refuse := first("register base/x", 1, fault{before: &synapse.Error{Status: 503}})
			w.at = func(n int, effect string) fault {
				f := refuse(n, effect)
				if f.before != nil {
					w.overwrite()
				}
				return f
			}
		}, transfer.ErrChanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				id := plan{w}.item(planner.ActionRegister, "x", "bytes", test.change)
				test.happens(t, w)
				o := &observer{}
				d := w.deps()
				d.Observer = o
				if _, err := Run(t.Context(), Options{}, d); err != nil {
					t.Fatal(err)
				}
				if got := w.entries[id]; got.State != checkpoint.StateFailed || len(w.handles) != 0 {
					t.Fatalf("item is %s with %d file handles, want failed", got.State, len(w.handles))
				}
				if f := w.entries[id].Failure; f.Side != checkpoint.SideSource || f.Operation != "check object" {
					t.Errorf("failure %+v, want the source's, of check object", f)
				}
				if err := o.outcomes[0].Err; !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
			})
		})
	}
}

// TestHandledObjectsAreNotLookedAt: what has its file handle is registered.
func TestHandledObjectsAreNotLookedAt(t *testing.T) {
	w := newWorld()
	plan{w}.item(planner.ActionRegister, "x", "bytes", known)
	w.at = first("record x handled", 1, fault{killAfter: true})
	if _, err := Run(t.Context(), Options{}, w.deps()); err == nil {
		t.Fatal("wasn't killed")
	}
	w.revive()
	if s := w.run(t, Options{}); s.Counts.Done != 1 || w.count("check") != 0 {
		t.Errorf("%+v after %d looks, want done without one", s, w.count("check"))
	}
}

// TestOnlyObjectsInPlaceAreLookedAt: those that were moved have been compared
// with their source.
func TestOnlyObjectsInPlaceAreLookedAt(t *testing.T) {
	w := newWorld()
	for name, action := range map[string]planner.Action{
		"copied": planner.ActionCopy, "streamed": planner.ActionStream, "uploaded": planner.ActionUpload,
	} {
		plan{w}.item(action, name, "bytes", known)
	}
	if s := w.run(t, Options{}); s.Counts.Done != 3 || w.count("check") != 0 {
		t.Errorf("%+v after %d looks, want done without one", s, w.count("check"))
	}
}
