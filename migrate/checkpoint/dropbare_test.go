package checkpoint

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

func TestDropBareKeepsWhatLeadsToItems(t *testing.T) {
	f := newFile(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	item := testItem(1, planner.ActionCopy)
	item.FolderID = 2
	atTop := testItem(2, planner.ActionCopy)
	atTop.FolderID = 0
	check(f.Append(t.Context(), planner.Batch{
		Folders: []planner.Folder{
			{ID: 1, Name: "above", Path: "above"},
			{ID: 2, ParentID: 1, Name: "holds", Path: "above/holds"},
			{ID: 3, ParentID: 2, Name: "bare", Path: "above/holds/bare"},
			{ID: 4, Name: "exists", Path: "exists", EntityID: "syn5"},
			{ID: 5, ParentID: 4, Name: "bare", Path: "exists/bare"},
			{ID: 6, ParentID: 5, Name: "bare", Path: "exists/bare/bare"},
		},
		Items: []planner.Item{item, atTop},
	}))
	for range 2 {
		check(f.DropBare(t.Context()))
		var left []string
		for folder, err := range f.Folders(t.Context()) {
			check(err)
			left = append(left, folder.Path)
		}
		if diff := cmp.Diff([]string{"above", "above/holds", "exists"}, left); diff != "" {
			t.Error(diff)
		}
	}
	_, err := f.Seal(t.Context(), planner.Plan{})
	check(err)
	if err := f.DropBare(t.Context()); !errors.Is(err, ErrSealed) {
		t.Errorf("once sealed: %v, want %v", err, ErrSealed)
	}
}
