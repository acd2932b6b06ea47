package object

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// event is one whose objects are in two buckets.
func event() Event {
	return Event{"https://data.example.org/s3credentials", planted, Address{"protected", "a"}, Address{"lab", "b"}}
}

func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "event.state")
	if _, found, err := loadState(path, event()); found || err != nil {
		t.Errorf("missing: got %t, %v", found, err)
	}
	want := stateOf(event(), planner.Object{ETag: "e-2", SizeBytes: 7})
	want.Upload = transfer.Upload{UploadID: "u", PartSizeBytes: 5, Parts: []transfer.Part{{Number: 1, SizeBytes: 5}}}
	for range 2 { // a second one replaces the first
		if err := want.save(path); err != nil {
			t.Fatal(err)
		}
	}
	got, found, err := loadState(path, event())
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %t, %v", got, found, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, want 1: %v", len(left), err)
	}
	other := event()
	other.Dest.Key = "c"
	if _, _, err := loadState(path, other); !errors.Is(err, errState) {
		t.Errorf("of another object: got %v", err)
	}
}

func TestUnusableState(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "hello", "other format": `{"format": 2}`, "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := loadState(path, event()); !errors.Is(err, errState) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, _, err := loadState(t.TempDir(), event()); !errors.Is(err, errState) {
		t.Errorf("a directory: got %v", err)
	}
}
