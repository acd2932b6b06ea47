//go:build unix

package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"synapse-migrate/planner"
)

// moves take a run file that is in use from its path.
var moves = []struct {
	name string
	move func(t *testing.T, path string)
}{
	{"deleted", deleteAll},
	{"replaced", func(t *testing.T, path string) {
		deleteAll(t, path)
		second(t, path)
	}},
	{"another renamed over it", func(t *testing.T, path string) {
		if err := os.Rename(runFile(t, 2), path); err != nil {
			t.Fatal(err)
		}
	}},
	{"folder moved", func(t *testing.T, path string) {
		folder := filepath.Dir(path)
		if err := os.Rename(folder, folder+"-elsewhere"); err != nil {
			t.Fatal(err)
		}
	}},
}

// deleteAll deletes a run file with what lies beside it.
func deleteAll(t *testing.T, path string) {
	t.Helper()
	found, err := filepath.Glob(path + "*")
	if err != nil || len(found) < 4 {
		t.Fatalf("found %v, %v; want the run file, its log, index and lock",
			found, err)
	}
	if err := remove(found...); err != nil {
		t.Fatal(err)
	}
}

// second starts another run at the path: a plan with a folder.
func second(t *testing.T, path string) *File {
	t.Helper()
	f, err := Create(t.Context(), path, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	appendBatch(t, f, []planner.Folder{{ID: 1, Name: "x", Path: "x"}},
		testItems(5, planner.ActionCopy))
	seal(t, f)
	return f
}

func TestNothingIsRecordedInMovedFile(t *testing.T) {
	for _, tt := range moves {
		t.Run(tt.name, func(t *testing.T) {
			f := planned(t, 3)
			record(t, f, entry(1, StateDone))
			tt.move(t, f.path)
			err := f.Record(t.Context(), entry(2, StateDone))
			if !errors.Is(err, ErrMoved) {
				t.Errorf("got %v, want ErrMoved", err)
			}
			pending, err := f.Pending(t.Context(), 0, 10)
			if err != nil || len(pending) != 2 {
				t.Errorf("got %+v, %v; want items 2 and 3", pending, err)
			}
		})
	}
}

// A second query beside one that is under way needs a connection of its own.
func TestNothingIsReadFromAnotherFile(t *testing.T) {
	for _, tt := range moves {
		t.Run(tt.name, func(t *testing.T) {
			f := planned(t, 3)
			for _, err := range f.Items(t.Context(), planner.Filter{}) {
				if err != nil {
					t.Fatal(err)
				}
				tt.move(t, f.path)
				_, err := f.Folder(t.Context(), 1)
				if !errors.Is(err, ErrMoved) {
					t.Errorf("got %v, want ErrMoved", err)
				}
				break
			}
		})
	}
}

// A connection opens the log along with the file, not when it reads first:
// by then it might be the log of another.
func TestConnectionKeepsItsLog(t *testing.T) {
	f := planned(t, 3)
	var fresh *sql.Conn
	for range 2 { // the first is the one that opened the file
		conn, err := f.reads.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		fresh = conn
	}
	deleteAll(t, f.path)
	second(t, f.path)
	var items int64
	err := fresh.QueryRowContext(t.Context(), "SELECT count(*) FROM item").
		Scan(&items)
	if err != nil || items != 3 {
		t.Errorf("read %d items, %v; want the 3 of its own plan", items, err)
	}
}

func TestReaderOfMovedFile(t *testing.T) {
	for _, tt := range moves[2:] {
		t.Run(tt.name, func(t *testing.T) {
			f, err := OpenReadOnly(t.Context(), runFile(t, 3))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, err := range f.Items(t.Context(), planner.Filter{}) {
				if err != nil {
					t.Fatal(err)
				}
				tt.move(t, f.path)
				_, err := f.Header(t.Context())
				if !errors.Is(err, ErrMoved) {
					t.Errorf("got %v, want ErrMoved", err)
				}
				break
			}
		})
	}
}

// Whoever lost its file leaves the one that took its path alone.
func TestMovedFileLeavesItsSuccessorAlone(t *testing.T) {
	tests := []struct {
		name string
		end  func(context.Context, *File) error
		want error
	}{
		{"close", func(_ context.Context, f *File) error { return f.Close() }, nil},
		{"discard", func(ctx context.Context, f *File) error {
			return f.Discard(ctx)
		}, ErrMoved},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first, err := Create(t.Context(),
				filepath.Join(t.TempDir(), "a.run"), testHeader())
			if err != nil {
				t.Fatal(err)
			}
			deleteAll(t, first.path)
			f := second(t, first.path)
			if err := tt.end(t.Context(), first); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if _, err := Open(t.Context(), f.path); !errors.Is(err, ErrLocked) {
				t.Errorf("got %v, want ErrLocked", err)
			}
			record(t, f, entry(1, StateDone))
			f = reopened(t, f)
			pending, err := f.Pending(t.Context(), 0, 10)
			if err != nil || len(pending) != 4 {
				t.Errorf("got %+v, %v; want items 2 to 5", pending, err)
			}
		})
	}
}
