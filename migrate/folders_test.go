package migrate

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// inFolder is a plan of n items in one folder.
func inFolder(n int) *world {
	w := newWorld()
	f := plan{w}.folder(0, "f")
	for i := range n {
		plan{w}.item(planner.ActionRegister, fmt.Sprintf("x%d", i), "bytes", in(f, known))
	}
	return w
}

func TestFolderIsAdopted(t *testing.T) {
	w := inFolder(20)
	there, err := fakeSynapse{w}.create(synapse.Entity{
		ConcreteType: synapse.TypeFolder, Name: "f", ParentID: destinationFolder,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := w.run(t, Options{})
	if s.Counts.Done != 20 || s.Counts.Folders != 0 {
		t.Errorf("%+v, want 20 done and no folder made", s)
	}
	if got := w.folders[1].EntityID; got != there.ID {
		t.Errorf("folder is %s, want %s", got, there.ID)
	}
}

// TestFolderThatExistedWhenPlanned costs no call.
func TestFolderThatExistedWhenPlanned(t *testing.T) {
	w := inFolder(3)
	made, err := fakeSynapse{w}.create(synapse.Entity{
		ConcreteType: synapse.TypeFolder, Name: "f", ParentID: destinationFolder,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.folders[1] = planner.Folder{ID: 1, Name: "f", EntityID: made.ID}
	if s := w.run(t, Options{}); s.SynapseCalls != 6 || s.Counts.Done != 3 {
		t.Errorf("%+v, want 6 calls for 3 items", s)
	}
}

// TestFolderNameTakenByFile fails its items, and asks once.
func TestFolderNameTakenByFile(t *testing.T) {
	w := inFolder(20)
	plan{w}.file(destinationFolder, "f", "bytes")
	s := w.run(t, Options{})
	if s.Counts.Failed != 20 {
		t.Errorf("%+v, want 20 failed", s)
	}
	if n := w.count("create f"); n != 1 {
		t.Errorf("tried to create it %d times, want once", n)
	}
	if f := w.entries[1].Failure; f.Operation != "create folder" {
		t.Errorf("failure %+v, want operation create folder", f)
	}
}

// TestFolderFailsForAWhile: who comes later tries again.
func TestFolderFailsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := inFolder(20)
		w.at = first("create f", 2, fault{before: &synapse.Error{Status: 500}})
		s := w.run(t, Options{})
		if s.Counts.Done != 20 || s.Counts.Folders != 1 {
			t.Errorf("%+v, want 20 done in one folder", s)
		}
	})
}

// TestFolderTroubleOfItsParent fails the items below.
func TestFolderTroubleOfItsParent(t *testing.T) {
	w := newWorld()
	p := plan{w}
	inner := p.folder(p.folder(0, "outer"), "inner")
	id := p.item(planner.ActionRegister, "x", "bytes", in(inner, known))
	w.at = first("create outer", -1, fault{before: refuse(403, "no")})
	w.run(t, Options{})
	if e := w.entries[id]; e.State != checkpoint.StateFailed || w.count("create inner") != 0 {
		t.Errorf("item is %s, want failed", e.State)
	}
}

func TestItemError(t *testing.T) {
	cause := errors.New("cause")
	err := error(&ItemError{ItemID: 7, Key: "a\nb", Operation: "copy object", Err: cause})
	if want := `item 7 ("a\nb"): copy object: cause`; err.Error() != want {
		t.Errorf("Error() = %s, want %s", err, want)
	}
	if !errors.Is(err, cause) {
		t.Error("doesn't unwrap to its cause")
	}
}
