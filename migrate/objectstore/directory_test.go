package objectstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// folder is a directory with one file.
func folder(t *testing.T, data []byte) (*Directory, string, planner.Object) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	if err := os.MkdirAll(filepath.Join(path, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(path, "a", "odd +%20&=é")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	o, err := d.Object("a/odd +%20&=é")
	if err != nil {
		t.Fatal(err)
	}
	return d, file, o
}

func TestStreamOfFiles(t *testing.T) {
	for _, size := range []int{0, 1, 100_000, 2*minPartBytes + 12345} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			data := noise(size)
			d, _, o := folder(t, data)
			f := newFixture(t, streamOptions)
			res, err := NewMover(d, f.dest, MoverOptions{}).Stream(t.Context(), request(o, "k"))
			if err != nil || res.MD5 != md5Of(data) || res.BytesRead != int64(size) {
				t.Errorf("got %+v, %v", res, err)
			}
			if !bytes.Equal(f.get(t, destBucket, "k"), data) {
				t.Error("other bytes arrived")
			}
		})
	}
}

func TestFileRange(t *testing.T) {
	data := noise(1000)
	d, _, o := folder(t, data)
	r, err := NewMover(d, nil, MoverOptions{}).Open(t.Context(), o, 100, 50)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data[100:150]) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestFileChanges(t *testing.T) {
	data := noise(1000)
	tests := []struct {
		name   string
		change func(t *testing.T, file string)
		want   error
	}{
		{"not", func(*testing.T, string) {}, nil},
		{"touched", func(t *testing.T, file string) {
			later := time.Unix(1, 0)
			if err := os.Chtimes(file, later, later); err != nil {
				t.Fatal(err)
			}
		}, transfer.ErrChanged},
		{"longer", func(t *testing.T, file string) {
			if err := os.WriteFile(file, noise(1001), 0o600); err != nil {
				t.Fatal(err)
			}
		}, transfer.ErrChanged},
		{"cut", func(t *testing.T, file string) {
			if err := os.Truncate(file, 10); err != nil {
				t.Fatal(err)
			}
		}, transfer.ErrChanged},
	}
	for _, tt := range tests {
		t.Run("before: "+tt.name, func(t *testing.T) {
			d, file, o := folder(t, data)
			tt.change(t, file)
			mover := NewMover(d, nil, MoverOptions{})
			if err := mover.Unchanged(t.Context(), o); !errors.Is(err, tt.want) {
				t.Errorf("unchanged: got %v, want %v", err, tt.want)
			}
			if _, err := mover.Hash(t.Context(), o, nil); !errors.Is(err, tt.want) {
				t.Errorf("hash: got %v, want %v", err, tt.want)
			}
		})
		t.Run("while reading: "+tt.name, func(t *testing.T) {
			d, file, o := folder(t, data)
			r, err := open(t.Context(), d, o, 0, 1000, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := io.ReadFull(r, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			tt.change(t, file)
			if _, err := io.ReadAll(r); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestDirectoryEndsAtItsRoot(t *testing.T) {
	d, file, _ := folder(t, noise(10))
	root := filepath.Dir(filepath.Dir(file))
	outside := filepath.Join(filepath.Dir(root), "outside")
	if err := os.WriteFile(outside, noise(10), 0o600); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"out": outside, "up": "../outside", "in": "a/odd +%20&=é"}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"out", "up", "../outside", outside, "a", "gone", ""} {
		if o, err := d.Object(key); err == nil {
			t.Errorf("%q was found: %+v", key, o)
		}
		forged := planner.Object{Key: key, SizeBytes: 10}
		if _, err := open(t.Context(), d, forged, 0, 10, nil); err == nil {
			t.Errorf("%q was read", key)
		}
	}
	if _, err := d.Object("in"); err != nil {
		t.Errorf("a link that stays inside: %v", err)
	}
	if _, err := d.Object("gone"); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("got %v, want %v", err, transfer.ErrNotFound)
	}
	if _, err := OpenDirectory(outside); err == nil {
		t.Error("a file was opened as a directory")
	}
}
