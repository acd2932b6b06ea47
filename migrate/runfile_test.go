package migrate

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// What cmd wires together.
var (
	_ Checkpoint = (*checkpoint.File)(nil)
	_ Synapse    = (*synapse.Client)(nil)
	_ Mover      = (*objectstore.Mover)(nil)
	_ Source     = (*objectstore.Mover)(nil)
	_ Mover      = (*objectstore.Router)(nil)
	_ Source     = (*objectstore.Router)(nil)
	_ OwnObjects = (*objectstore.Router)(nil)
)

// seal writes the world's plan to a run file and returns its path.
func seal(t *testing.T, w *world) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	return sealFor(t, w, path, planner.Header{Destination: destination})
}

// sealFor is seal for another plan's header.
func sealFor(t *testing.T, w *world, path string, h planner.Header) string {
	t.Helper()
	f, err := checkpoint.Create(t.Context(), path, h)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b planner.Batch
	for _, id := range slices.Sorted(maps.Keys(w.folders)) {
		b.Folders = append(b.Folders, w.folders[id])
	}
	for _, id := range slices.Sorted(maps.Keys(w.entries)) {
		b.Items = append(b.Items, w.entries[id].Item)
	}
	b.Cursor.Done = true
	if err := f.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seal(t.Context(), planner.Plan{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// runFrom runs the plan of a run file in the world, and puts the states of
// its items into the world.
func runFrom(ctx context.Context, t *testing.T, path string, w *world) (Summary, error) {
	t.Helper()
	return runWith(ctx, t, path, w, w.deps())
}

// runWith is runFrom with other dependencies.
func runWith(
	ctx context.Context, t *testing.T, path string, w *world, d Deps,
) (Summary, error) {
	t.Helper()
	f, err := checkpoint.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d.Checkpoint = f
	if d.Plan, err = f.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, runErr := Run(ctx, mixedOptions, d)
	for e, err := range f.Entries(t.Context(), checkpoint.EntryFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		w.entries[e.ID] = e
	}
	return s, runErr
}

// TestRunFile goes on from a real run file after each effect outside.
func TestRunFile(t *testing.T) {
	w := mixed()
	path := seal(t, w)
	if s, err := runFrom(t.Context(), t, path, w); err != nil || s.Counts.Done != 8 {
		t.Fatalf("Run: %+v, %v", s, err)
	}
	want, effects := w.tree(), slices.Clone(w.effects)
	for _, effect := range effects {
		t.Run(strings.ReplaceAll(effect, "/", " "), func(t *testing.T) {
			t.Parallel() // it mostly waits for the disk
			w := mixed()
			path := seal(t, w)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.at = first(effect, 1, fault{then: cancel, after: context.Canceled})
			if s, err := runFrom(ctx, t, path, w); err == nil {
				t.Errorf("wasn't interrupted: %+v", s)
			}
			w.revive()
			s, err := runFrom(t.Context(), t, path, w)
			if err != nil || s.End != EndDone {
				t.Errorf("resumed run: %+v, %v", s, err)
			}
			if diff := cmp.Diff(want, w.tree()); diff != "" {
				t.Errorf("left behind (-want +got):\n%s", diff)
			}
			if s, err := runFrom(t.Context(), t, path, w); err != nil || s.SynapseCalls != 0 {
				t.Errorf("run with nothing left: %+v, %v", s, err)
			}
		})
	}
}

// TestRunFileOfAnotherPlan is refused.
func TestRunFileOfAnotherPlan(t *testing.T) {
	w := mixed()
	f, err := checkpoint.Open(t.Context(), seal(t, w))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := w.deps()
	d.Checkpoint = f
	d.Plan.Digest = "another"
	if _, err := Run(t.Context(), Options{}, d); !errors.Is(err, checkpoint.ErrPlanMismatch) {
		t.Errorf("Run: %v, want ErrPlanMismatch", err)
	}
	if len(w.effects) != 0 {
		t.Errorf("effects %q", w.effects)
	}
}
