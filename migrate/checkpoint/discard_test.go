package checkpoint_test

import (
	"errors"
	"path/filepath"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

func TestDiscardDeletesAnEmptyRunFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.migrate")
	file, err := checkpoint.Create(t.Context(), path, planner.Header{})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.Open(t.Context(), path); !errors.Is(err, checkpoint.ErrNotFound) {
		t.Errorf("opening a discarded run file: got %v, want ErrNotFound", err)
	}
	if _, err := checkpoint.Create(t.Context(), path, planner.Header{}); err != nil {
		t.Errorf("creating it anew: %v", err)
	}
}

func TestDiscardKeepsAPlan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "begun.migrate")
	file, err := checkpoint.Create(t.Context(), path, planner.Header{})
	if err != nil {
		t.Fatal(err)
	}
	batch := planner.Batch{
		Items:  []planner.Item{{ID: 1, Name: "a", Source: planner.Object{Bucket: "b", Key: "a"}, Action: planner.ActionStream}},
		Cursor: planner.Cursor{After: "a", LastItemID: 1},
	}
	if err := file.Append(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := file.Discard(t.Context()); err == nil {
		t.Error("discarding a run file that holds an item: got no error")
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := checkpoint.Open(t.Context(), path)
	if err != nil {
		t.Fatalf("it is gone: %v", err)
	}
	_ = again.Close()
}
