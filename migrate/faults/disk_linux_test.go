package faults

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
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
			limitFiles(d.t, uint64(info.Size()))
		})
	}
	return d.Checkpoint.Record(ctx, e)
}

// limitFiles lets no file of this process grow beyond a size.
func limitFiles(t *testing.T, size uint64) {
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: ^uint64(0)}); err != nil {
		t.Error(err)
	}
}

// childVariable marks the process that is limited.
const childVariable = "MIGRATE_FAULTS_CHILD"

// child runs the test in a process of its own.
func child(t *testing.T) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-test.run", "^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), childVariable+"=1")
	out, err := c.CombinedOutput()
	if err != nil || bytes.Count(out, []byte("--- PASS")) != 1+len(some()) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFullDisk has the disk of the run file fill up in the middle of each
// kind of migration. The run stops and says why; with room again it goes on.
func TestFullDisk(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		child(t)
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // so that writing fails instead
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
				limitFiles(t, ^uint64(0))
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
