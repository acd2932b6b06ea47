package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"synapse-migrate/migrate/checkpoint/vfs"
)

// sectorBytes is what a disk writes whole; SQLite relies on no more
// (https://www.sqlite.org/atomiccommit.html, section 2, read November 2026).
const sectorBytes = 512

// op is one thing that SQLite did to a file, or, with a note, what had been
// answered as stored when it was done.
type op struct {
	path string
	kind string // write, truncate, sync, delete, note
	data []byte
	at   int64
	note map[int64]State
}

// recorder is a layer that takes down what reaches the files of one folder.
type recorder struct {
	mu  sync.Mutex
	ops []op
}

func (r *recorder) add(o op) vfs.Code {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, o)
	return 0
}

func (r *recorder) Open(path string, _ vfs.Kind) vfs.File { return recorded{r, path} }
func (r *recorder) Delete(path string) vfs.Code           { return r.add(op{path: path, kind: "delete"}) }

// recorded is one file.
type recorded struct {
	*recorder
	path string
}

func (f recorded) Read([]byte, int64) vfs.Code { return 0 }
func (f recorded) Sync() vfs.Code              { return f.add(op{path: f.path, kind: "sync"}) }
func (f recorded) Truncate(size int64) vfs.Code {
	return f.add(op{path: f.path, kind: "truncate", at: size})
}
func (f recorded) Write(data []byte, at int64) vfs.Code {
	return f.add(op{path: f.path, kind: "write", data: bytes.Clone(data), at: at})
}

// theRecorder is the layer of the VFS "recorded".
var theRecorder recorder

var registerRecorder = sync.OnceValue(func() error {
	return vfs.Register("recorded", checksums{}, &theRecorder)
})

// apply makes a change to the content of a file, of which a write may be cut.
func apply(content []byte, o op, from, to int) []byte {
	switch o.kind {
	case "delete":
		return nil
	case "truncate":
		if int64(len(content)) > o.at {
			content = content[:o.at]
		}
		return content
	}
	if end := int(o.at) + to; end > len(content) {
		content = append(content, make([]byte, end-len(content))...)
	}
	copy(content[int(o.at)+from:int(o.at)+to], o.data[from:to])
	return content
}

// onDisk is what of a file survives for sure, and what may.
type onDisk struct {
	durable []byte
	pending []op
}

// then adds what was done next. What was flushed survives.
func (d *onDisk) then(o op) {
	if o.kind != "sync" {
		d.pending = append(d.pending, o)
		return
	}
	for _, p := range d.pending {
		d.durable = apply(d.durable, p, 0, len(p.data))
	}
	d.pending = nil
}

// survivors are contents that a power failure may leave of a file: nothing of
// what was not flushed, all of it, all but one change or one alone, one torn
// between sectors or within one, and any of them in part.
func (d *onDisk) survivors(random *rand.Rand, more int) [][]byte {
	build := func(keep func(i int, o op) (from, to int, kept bool)) []byte {
		content := bytes.Clone(d.durable)
		for i, o := range d.pending {
			if from, to, kept := keep(i, o); kept {
				content = apply(content, o, from, to)
			}
		}
		return content
	}
	whole := func(o op) (int, int, bool) { return 0, len(o.data), true }
	all := [][]byte{build(func(int, op) (int, int, bool) { return 0, 0, false })}
	if len(d.pending) == 0 {
		return all
	}
	all = append(all, build(func(_ int, o op) (int, int, bool) { return whole(o) }))
	for range more {
		one := random.IntN(len(d.pending))
		all = append(all,
			build(func(i int, o op) (int, int, bool) { _, n, _ := whole(o); return 0, n, i != one }),
			build(func(i int, o op) (int, int, bool) { _, n, _ := whole(o); return 0, n, i == one }),
			build(func(i int, o op) (int, int, bool) {
				if i != one || len(o.data) < 2 {
					return whole(o)
				}
				cut := 1 + random.IntN(len(o.data)-1)
				if random.IntN(2) == 0 && len(o.data) > sectorBytes {
					cut = sectorBytes * (1 + random.IntN(len(o.data)/sectorBytes))
					cut = min(cut, len(o.data))
				}
				if random.IntN(2) == 0 {
					return cut, len(o.data), true
				}
				return 0, cut, true
			}),
			build(func(_ int, o op) (int, int, bool) {
				_, n, _ := whole(o)
				return 0, n, random.IntN(2) == 0
			}))
	}
	return all
}

// recordedRun runs a migration's records over the recorder, with commits of
// several kinds, checkpoints, a new start and an orderly end.
func recordedRun(t *testing.T) (path string, first []byte, ops []op) {
	t.Helper()
	if err := registerRecorder(); err != nil {
		t.Fatal(err)
	}
	path = versionFile(t, 20)
	first, _ = files(t, path)
	theRecorder.mu.Lock()
	theRecorder.ops = nil
	theRecorder.mu.Unlock()
	stored := map[int64]State{}
	note := func() {
		copied := map[int64]State{}
		for id, s := range stored {
			copied[id] = s
		}
		theRecorder.add(op{kind: "note", note: copied})
	}
	for half := range 2 {
		f, err := openIn(t.Context(), "recorded", path)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := f.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Begin(t.Context(), plan.Digest, func() RunCounts { return RunCounts{S3Calls: int64(len(stored))} }); err != nil {
			t.Fatal(err)
		}
		for id := int64(half*10 + 1); id <= int64(half*10+10); id++ {
			for _, s := range []State{StateTransferred, StateHandled, StateDone} {
				record(t, f, entry(id, s))
				stored[id] = s
				note()
			}
			if id%4 == 0 {
				mode := []string{"PASSIVE", "RESTART", "TRUNCATE"}[id/4%3]
				if _, err := f.writes.Exec("PRAGMA wal_checkpoint(" + mode + ")"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	theRecorder.mu.Lock()
	defer theRecorder.mu.Unlock()
	return path, first, theRecorder.ops
}

// The power fails after each thing that SQLite has done to the disk, and of
// what was not flushed any part is lost or torn. Nothing that was answered is
// lost, and nothing is damaged without being noticed.
func TestPowerFailures(t *testing.T) {
	more, every := 1, 60
	if os.Getenv(fullVariable) != "" {
		more, every = 12, 1
	}
	path, first, ops := recordedRun(t)
	random := rand.New(rand.NewPCG(5, 6))
	database, log := &onDisk{durable: first}, &onDisk{}
	answered := map[int64]State{}
	seen := map[[32]byte]bool{}
	var tried, lost, unnoticed, refused, notes int
	for i, o := range ops {
		switch o.path {
		case path:
			database.then(o)
		case path + walSuffix:
			log.then(o)
		default:
			if o.kind != "note" {
				t.Fatalf("%s of %s: this test knows nothing of that file", o.kind, o.path)
			}
			answered, notes = o.note, notes+1
		}
		if i%every != 0 && o.kind != "sync" && o.kind != "delete" {
			continue
		}
		for _, whole := range database.survivors(random, more) {
			for _, left := range log.survivors(random, more) {
				sum := sha256.Sum256(append(append(bytes.Clone(whole), left...), byte(notes), byte(notes>>8)))
				if seen[sum] {
					continue
				}
				seen[sum] = true
				tried++
				l, u, r := afterPowerFailure(t, whole, left, answered)
				lost, unnoticed, refused = lost+l, unnoticed+u, refused+r
				if t.Failed() {
					t.Fatalf("after %d of %d operations (%s of %s)", i+1, len(ops), o.kind, filepath.Base(o.path))
				}
			}
		}
	}
	t.Logf("%d power losses: lost %d, unnoticed damage %d, refused %d", tried, lost, unnoticed, refused)
	if tried < 50 {
		t.Error("this test shows little")
	}
}

// afterPowerFailure opens what a power failure left.
func afterPowerFailure(t *testing.T, whole, log []byte, answered map[int64]State) (lost, unnoticed, refused int) {
	t.Helper()
	folder, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "a.run")
	if err := errors.Join(os.WriteFile(path, whole, 0o600), os.WriteFile(path+walSuffix, log, 0o600)); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), path)
	if err == nil {
		defer f.Close()
		err = f.Check(t.Context())
	}
	if err != nil {
		t.Errorf("refused: %v", err)
		return 0, 0, 1
	}
	var verdict string
	if err := f.reads.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("unnoticed: %s, %v", verdict, err)
		unnoticed++
	}
	rank := map[State]int{StateTransferred: 1, StateHandled: 2, StateDone: 3}
	for e, err := range f.Entries(t.Context(), EntryFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if rank[e.State] < rank[answered[e.ID]] {
			t.Errorf("item %d is %s, and was answered as %s", e.ID, e.State, answered[e.ID])
			lost++
		}
	}
	return lost, unnoticed, 0
}

// The test above finds what it looks for: with one flush left out, something
// that was answered is lost.
func TestPowerFailuresFindAMissingFlush(t *testing.T) {
	path, first, ops := recordedRun(t)
	log := &onDisk{}
	answered := map[int64]State{}
	for _, o := range ops {
		switch {
		case o.kind == "note":
			answered = o.note
		case o.path == path+walSuffix && o.kind != "sync":
			log.then(o)
		}
		if len(answered) > 2 {
			break
		}
	}
	p := copied(t, first, log.durable)
	f, err := Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	done := all(t, f.Entries(t.Context(), EntryFilter{States: []State{StateDone}}))
	if len(done) >= len(answered) {
		t.Errorf("%d are done of %d that were answered: nothing was lost without a flush", len(done), len(answered))
	}
}
