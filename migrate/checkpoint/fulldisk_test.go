package checkpoint

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"synapse-migrate/migrate/checkpoint/vfs"
	"synapse-migrate/planner"
)

// fullDisk is a layer that lets so many writes through.
type fullDisk struct{ left atomic.Int64 }

func (d *fullDisk) Open(string, vfs.Kind) vfs.File { return d }
func (d *fullDisk) Delete(string) vfs.Code         { return 0 }
func (d *fullDisk) Read([]byte, int64) vfs.Code    { return 0 }
func (d *fullDisk) Truncate(int64) vfs.Code        { return 0 }
func (d *fullDisk) Sync() vfs.Code                 { return 0 }

func (d *fullDisk) Write([]byte, int64) vfs.Code {
	if d.left.Add(-1) < 0 {
		return vfs.CodeFull
	}
	return 0
}

// theFullDisk is the layer of the VFS "full-disk".
var theFullDisk fullDisk

var registerFullDisk = sync.OnceValue(func() error {
	return vfs.Register("full-disk", checksums{}, &theFullDisk)
})

// planTo plans, begins and records as far as the disk allows, and returns what
// was answered as stored.
func planTo(t *testing.T, system, path string) (stored int, err error) {
	t.Helper()
	ctx := t.Context()
	f, err := createIn(ctx, system, path, testHeader())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	items := testItems(40, planner.ActionCopy)
	if err := f.Append(ctx, planner.Batch{Items: items, Cursor: planner.Cursor{LastItemID: 40, Done: true}}); err != nil {
		return 0, err
	}
	plan, err := f.Seal(ctx, planner.Plan{})
	if err != nil {
		return 0, err
	}
	if err := f.Begin(ctx, plan.Digest, nil); err != nil {
		return 0, err
	}
	for _, item := range items {
		if err := f.Record(ctx, entry(item.ID, StateDone)); err != nil {
			return stored, err
		}
		stored++
	}
	return stored, nil
}

// checkAfterFull makes sure of what a full disk left: no run file and nothing
// of one, or a whole one that holds what was answered, and with room again
// goes on.
func checkAfterFull(t *testing.T, path string, stored int, err error) {
	t.Helper()
	if err != nil && (!errors.Is(err, ErrDiskFull) || errors.Is(err, ErrFormat)) {
		t.Errorf("got %v, want ErrDiskFull", err)
	}
	left, globErr := filepath.Glob(path + ".*")
	if globErr != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	f, openErr := Open(t.Context(), path)
	if errors.Is(openErr, ErrNotFound) && stored == 0 {
		return
	}
	if openErr != nil {
		t.Fatalf("after %v: %v", err, openErr)
	}
	defer f.Close()
	if err := f.Check(t.Context()); err != nil && !errors.Is(err, ErrNotSealed) {
		t.Error(err)
	}
	counts, err := f.Counts(t.Context())
	if err != nil || counts.State(StateDone).Items < int64(stored) {
		t.Errorf("%d are done, want the %d that were answered: %v", counts.State(StateDone).Items, stored, err)
	}
}

// The disk is full from each write of a plan and a run on, in turn.
func TestDiskIsFullFromEachWriteOn(t *testing.T) {
	if err := registerFullDisk(); err != nil {
		t.Fatal(err)
	}
	var full int
	for n := int64(0); ; n++ {
		theFullDisk.left.Store(n)
		path := filepath.Join(t.TempDir(), "a.run")
		stored, err := planTo(t, "full-disk", path)
		theFullDisk.left.Store(1 << 40)
		checkAfterFull(t, path, stored, err)
		if err == nil {
			break
		}
		full++
		if strings.Contains(err.Error(), "I/O error") {
			t.Errorf("doesn't say that the disk is full: %v", err)
		}
		if n > 30 {
			n += n / 4 // the records are all alike
		}
	}
	t.Logf("%d full disks: none damaged the run file", full)
	if full < 10 {
		t.Errorf("only %d writes failed: this test shows little", full)
	}
}
