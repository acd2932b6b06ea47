package checkpoint

import (
	"errors"
	"testing"

	"synapse-migrate/planner"
)

func TestItemOfHandle(t *testing.T) {
	f := newFile(t)
	ofHandle := func(id int64, a planner.Action, handle string) planner.Item {
		item := testVersion(id)
		item.Follows, item.Shares = 0, 0
		item.Action, item.Origin.FileHandleID = a, handle
		return item
	}
	look := func(handle string, want int64) {
		t.Helper()
		got, err := f.ItemOfHandle(t.Context(), handle)
		if err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", handle, got, err, want)
		}
	}
	look("70", 0)
	appendBatch(t, f, nil, []planner.Item{
		testItem(1, planner.ActionCopy), // of no handle
		ofHandle(2, planner.ActionSkip, "70"),
		ofHandle(3, planner.ActionBlock, "70"),
		ofHandle(4, planner.ActionReuse, "70"),
		ofHandle(5, planner.ActionCopy, "71"),
		ofHandle(6, planner.ActionReuse, "70"),
		ofHandle(7, planner.ActionReuse, ""),
	})
	look("70", 4)
	look("71", 5)
	look("7", 0)
	look("", 0)
	err := f.Amend(t.Context(), nil, []planner.Amendment{
		{ItemID: 4, Name: "n", Action: planner.ActionBlock},
	})
	if err != nil {
		t.Fatal(err)
	}
	look("70", 6)
	seal(t, f)
	record(t, f, entry(6, StateDone))
	look("70", 6)
}

// Documents that this program did not write make no item, and no panic.
func TestDamagedDocuments(t *testing.T) {
	for _, column := range []string{"annotations", "download", "origin"} {
		t.Run(column, func(t *testing.T) {
			f := newFile(t)
			appendBatch(t, f, nil, []planner.Item{testVersion(1)})
			spoil(t, f, "UPDATE item SET "+column+" = '[1]'")
			for _, err := range f.Items(t.Context(), planner.Filter{}) {
				if !errors.Is(err, ErrFormat) {
					t.Errorf("got %v, want ErrFormat", err)
				}
			}
			_, err := f.Seal(t.Context(), planner.Plan{})
			if !errors.Is(err, ErrFormat) {
				t.Errorf("sealing: got %v, want ErrFormat", err)
			}
		})
	}
	t.Run("folder", func(t *testing.T) {
		f := newFile(t)
		appendBatch(t, f, []planner.Folder{{ID: 1, Name: "a", Path: "a"}}, nil)
		spoil(t, f, "UPDATE folder SET origin = 'x'")
		_, err := f.FolderOf(t.Context(), 1)
		if !errors.Is(err, ErrFormat) {
			t.Errorf("got %v, want ErrFormat", err)
		}
	})
}

// spoil changes what the file holds behind its back.
func spoil(t *testing.T, f *File, statement string) {
	t.Helper()
	err := f.submit(t.Context(), func(s *session) error {
		_, err := s.exec(statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
