package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/transfer"
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

func TestUploadsAreThoseThatAreNotForgotten(t *testing.T) {
	f := planned(t, 4)
	for _, id := range []int64{4, 2, 3} {
		u := transfer.Upload{UploadID: strings.Repeat("u", int(id)), PartSizeBytes: 5}
		if err := f.SaveUpload(t.Context(), id, u); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.DropUpload(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	got := all(t, f.Uploads(t.Context()))
	if len(got) != 2 || got[0].Item.ID != 2 || got[1].Item.ID != 4 {
		t.Fatalf("got %+v, want those of the items 2 and 4", got)
	}
	if diff := cmp.Diff(testItem(2, planner.ActionRegister), got[0].Item); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
	if got[1].Upload.UploadID != "uuuu" || got[1].Upload.PartSizeBytes != 5 {
		t.Errorf("got %+v, want what was saved", got[1].Upload)
	}
}

func TestCheckNoticesAChangedPlan(t *testing.T) {
	f := planned(t, 50)
	if err := f.Check(t.Context()); err != nil {
		t.Errorf("an untouched plan: %v", err)
	}
	if err := newFile(t).Check(t.Context()); !errors.Is(err, ErrNotSealed) {
		t.Errorf("without a plan: got %v, want ErrNotSealed", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), "raw/file-0000007.txt", "raw/file-0000008.txt")
	path := filepath.Join(t.TempDir(), "b.run")
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := other.Check(t.Context()); !errors.Is(err, ErrFormat) {
		t.Errorf("a changed plan: got %v, want ErrFormat", err)
	}
}
