package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
)

// TestDamagedRunFile kills a run, damages its run file, and begins again
// with a new one: what is there is found, and nothing is there twice.
func TestDamagedRunFile(t *testing.T) {
	for _, s := range some() {
		if s.bucket == bucketLab {
			continue // what was copied within the source's bucket is a part of the source now
		}
		want := undisturbed(t, s)
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, path := prepare(t, s)
				if ended, _ := w.killed(t.Context(), s, path, len(want.calls)); ended {
					t.Fatal("the run ended before it was killed")
				}
				damage(t, path)
				if _, err := w.start(s).run(t.Context(), path, nil); !errors.Is(err, checkpoint.ErrFormat) {
					t.Errorf("a damaged run file: %v, want ErrFormat", err)
				}
				w.anew(t, s, want)
			})
		})
	}
}

// anew plans and runs with a new run file.
func (w *world) anew(t *testing.T, s scenario, want baseline) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "new")
	if _, err := w.start(s).plan(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	lines := w.left(path).lines
	missing, extra := difference(shared(want.lines), shared(lines))
	if missing != 0 || extra != 0 {
		t.Errorf("left behind (-want +got):\n%s\n%s",
			cmp.Diff(shared(want.lines), shared(lines)), strings.Join(w.states(path), "\n"))
	}
}

// damage overwrites all but the head of a run file.
func damage(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i++ {
		data[i] = 0xff
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// frozen is a run file that becomes read-only after so many records.
type frozen struct {
	migrate.Checkpoint
	left *atomic.Int64
}

// writable is nil as long as it can be written.
func (f frozen) writable() error {
	if f.left.Add(-1) < 0 {
		return checkpoint.ErrReadOnly
	}
	return nil
}

func (f frozen) Record(ctx context.Context, e checkpoint.Entry) error {
	if err := f.writable(); err != nil {
		return err
	}
	return f.Checkpoint.Record(ctx, e)
}

func (f frozen) RecordFolder(ctx context.Context, id int64, entityID string) error {
	if err := f.writable(); err != nil {
		return err
	}
	return f.Checkpoint.RecordFolder(ctx, id, entityID)
}

func (f frozen) SaveUpload(ctx context.Context, id int64, u transfer.Upload) error {
	if err := f.writable(); err != nil {
		return err
	}
	return f.Checkpoint.SaveUpload(ctx, id, u)
}

// TestReadOnlyRunFile has the run file become read-only before the first
// record of each kind of migration, and in its middle: the run stops and says
// why, and goes on once it can be written.
func TestReadOnlyRunFile(t *testing.T) {
	for _, s := range some() {
		want := undisturbed(t, s)
		for _, records := range []int64{0, 4} {
			t.Run(fmt.Sprintf("%s/after %d", s.name, records), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, path := prepare(t, s)
					var left atomic.Int64
					left.Store(records)
					_, err := w.start(s).run(t.Context(), path, func(c migrate.Checkpoint) migrate.Checkpoint {
						return frozen{c, &left}
					})
					if !errors.Is(err, migrate.ErrRunFile) || !errors.Is(err, checkpoint.ErrReadOnly) {
						t.Errorf("the run ended with %v, want that the run file stops it", err)
					}
					w.ends(t, s, path)
					w.leftAs(t, path, want)
				})
			})
		}
	}
}
