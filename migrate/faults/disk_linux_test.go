package faults

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/wholefile/limittest"
)

// fullDisk is a run file that can't grow after so many records.
type fullDisk struct {
	migrate.Checkpoint
	t     *testing.T
	path  string
	left  atomic.Int64
	limit *sync.Once
}

func (d *fullDisk) Record(ctx context.Context, e checkpoint.Entry) error {
	if d.left.Add(-1) <= 0 {
		d.limit.Do(func() {
			info, err := os.Stat(d.path + "-wal")
			if err != nil {
				d.t.Error(err)
				return
			}
			limittest.Limit(d.t, uint64(info.Size()))
		})
	}
	return d.Checkpoint.Record(ctx, e)
}

// TestFullDisk has the disk of the run file fill up in the middle of each
// kind of migration. The run stops and says why; with room again it goes on.
func TestFullDisk(t *testing.T) {
	if !limittest.Alone(t, 1+len(some())) {
		return
	}
	for _, s := range some() {
		want := undisturbed(t, s)
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, path := prepare(t, s)
				d := &fullDisk{t: t, path: path, limit: &sync.Once{}}
				d.left.Store(3)
				_, err := w.start(s).run(t.Context(), path, func(c migrate.Checkpoint) migrate.Checkpoint {
					d.Checkpoint = c
					return d
				})
				limittest.Limit(t, limittest.None)
				if !errors.Is(err, migrate.ErrStopped) || !errors.Is(err, migrate.ErrRunFile) {
					t.Errorf("the run ended with %v, want that the run file stops it", err)
				}
				if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
					t.Fatal(err)
				}
				w.leftAs(t, path, want)
			})
		})
	}
}
