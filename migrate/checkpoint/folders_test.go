package checkpoint

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

func TestSubfoldersAreThoseOfTheirParentAsPlanned(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, []planner.Folder{
		{ID: 1, Name: "z", Path: "z"}, {ID: 2, Name: "a", Path: "a", EntityID: "syn5"},
		{ID: 3, ParentID: 1, Name: "m", Path: "z/m", Origin: &planner.FolderOrigin{EntityID: "syn6"}},
	}, nil)
	seal(t, f)
	if err := f.RecordFolder(t.Context(), 1, "syn99"); err != nil {
		t.Fatal(err)
	}
	top := all(t, f.Subfolders(t.Context(), 0))
	want := []planner.Folder{
		{ID: 2, Name: "a", Path: "a", EntityID: "syn5"}, {ID: 1, Name: "z", Path: "z"},
	}
	if diff := cmp.Diff(want, top); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	below := all(t, f.Subfolders(t.Context(), 1))
	if len(below) != 1 || below[0].Origin == nil || below[0].Origin.EntityID != "syn6" {
		t.Errorf("got %+v, want the folder with its origin", below)
	}
	if n := len(all(t, f.Subfolders(t.Context(), 3))); n != 0 {
		t.Errorf("got %d folders in an empty one", n)
	}
}

func TestFolders(t *testing.T) {
	f := newFile(t)
	folders := []planner.Folder{
		{ID: 1, Name: "a", Path: "a", EntityID: "syn11"},
		{ID: 2, ParentID: 1, Name: "b", Path: "a/b",
			Origin: &planner.FolderOrigin{EntityID: "syn5", Description: "d"}},
	}
	appendBatch(t, f, folders, nil)
	seal(t, f)
	if err := f.RecordFolder(t.Context(), 2, "syn12"); err != nil {
		t.Fatal(err)
	}
	if err := f.RecordFolder(t.Context(), 2, "syn13"); err != nil {
		t.Fatal(err)
	}
	folders[1].EntityID = "syn13"
	f = reopened(t, f)
	if diff := cmp.Diff(folders, all(t, f.Folders(t.Context()))); diff != "" {
		t.Error(diff)
	}
	for _, want := range folders {
		got, err := f.Folder(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	if _, err := f.Folder(t.Context(), 3); !errors.Is(err, ErrNotInPlan) {
		t.Errorf("unknown folder: %v", err)
	}
	if err := f.RecordFolder(t.Context(), 3, "syn1"); !errors.Is(err, ErrNotInPlan) {
		t.Errorf("recording an unknown folder: %v", err)
	}
}

// FolderOf is the plan's, before sealing and after, whatever was made of it.
func TestFolderOf(t *testing.T) {
	f := newFile(t)
	want := planner.Folder{
		ID: 1, Name: "a", Path: "a", EntityID: "syn11",
		Origin: &planner.FolderOrigin{EntityID: "syn5"},
	}
	check := func() {
		t.Helper()
		got, err := f.FolderOf(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	appendBatch(t, f, []planner.Folder{want}, nil)
	check()
	seal(t, f)
	if err := f.RecordFolder(t.Context(), 1, "syn12"); err != nil {
		t.Fatal(err)
	}
	check()
	if _, err := f.FolderOf(t.Context(), 2); !errors.Is(err, ErrNotInPlan) {
		t.Errorf("unknown folder: %v", err)
	}
}
