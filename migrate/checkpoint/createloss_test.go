package checkpoint

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// recordedDisk is the system's disk, and takes down what is done to it among
// what SQLite does.
type recordedDisk struct{ osDisk }

func (d recordedDisk) open(path string, flags int) (diskFile, error) {
	file, err := d.osDisk.open(path, flags)
	return recordedDiskFile{file, path}, err
}

func (d recordedDisk) rename(from, to string) error {
	err := d.osDisk.rename(from, to)
	theRecorder.add(op{path: to, kind: "rename"})
	return err
}

func (d recordedDisk) syncFolder(path string) error {
	err := d.osDisk.syncFolder(path)
	theRecorder.add(op{path: path, kind: "sync folder"})
	return err
}

// recordedDiskFile is one of its files.
type recordedDiskFile struct {
	diskFile
	path string
}

func (f recordedDiskFile) WriteAt(data []byte, at int64) (int, error) {
	n, err := f.diskFile.WriteAt(data, at)
	recorded{&theRecorder, f.path}.Write(data, at)
	return n, err
}

func (f recordedDiskFile) Sync() error {
	err := f.diskFile.Sync()
	recorded{&theRecorder, f.path}.Sync()
	return err
}

// The power fails after each thing that is done while a run file is created.
// From the moment on at which the file may have its name, its content is whole
// whatever was lost; and once it is created, it has its name for good.
func TestPowerFailuresWhileCreating(t *testing.T) {
	if err := registerRecorder(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.run")
	theRecorder.mu.Lock()
	theRecorder.ops = nil
	theRecorder.mu.Unlock()
	if err := create(t.Context(), recordedDisk{}, "recorded", path, testHeader()); err != nil {
		t.Fatal(err)
	}
	theRecorder.mu.Lock()
	ops := theRecorder.ops
	theRecorder.mu.Unlock()

	random := rand.New(rand.NewPCG(7, 8))
	draft, named, kept, tried := &onDisk{}, false, false, 0
	for i, o := range ops {
		switch {
		case o.kind == "rename" && o.path == path:
			named = true
		case o.kind == "sync folder" && o.path == filepath.Dir(path):
			kept = named
		case o.path == path+newSuffix || o.path == path:
			draft.then(o)
		default:
			t.Fatalf("%s of %s: this test knows nothing of that file", o.kind, o.path)
		}
		if !named {
			continue
		}
		for _, content := range draft.survivors(random, 4) {
			tried++
			if err := opensEmpty(t, content); err != nil {
				t.Fatalf("after %d of %d operations (%s of %s): %v", i+1, len(ops), o.kind, filepath.Base(o.path), err)
			}
		}
	}
	if !kept {
		t.Error("the folder was not flushed after the run file got its name: it may be gone")
	}
	whole, err := os.ReadFile(path)
	if err != nil || string(whole) != string(draft.durable) {
		t.Errorf("%d bytes are on the disk, %d were flushed: %v", len(whole), len(draft.durable), err)
	}
	if tried < 2 || len(ops) < 10 {
		t.Errorf("%d operations, %d contents: this test shows little", len(ops), tried)
	}
}

// opensEmpty opens what a power failure left of a run file without a plan.
func opensEmpty(t *testing.T, content []byte) error {
	t.Helper()
	f, err := Open(t.Context(), copied(t, content, nil))
	if err != nil {
		return err
	}
	_, err = f.Header(t.Context())
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
