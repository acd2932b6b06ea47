package directory

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// folder is a directory with one file.
func folder(t *testing.T, data []byte) (*Dir, string, planner.Object) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in")
	if err := os.MkdirAll(filepath.Join(path, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(path, "a", "odd +%20&=é")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path)
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

// partBytes is the smallest part that S3 takes.
const partBytes = 5 << 20

// bucket is a store, and its server's memory, with the bucket "to".
func bucket(t *testing.T) (*objectstore.Store, *s3mem.Backend) {
	t.Helper()
	backend := s3mem.New()
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	if err := backend.CreateBucket(t.Context(), "to"); err != nil {
		t.Fatal(err)
	}
	s, err := objectstore.New(objectstore.Options{
		Credentials: awscredentials.NewStaticCredentialsProvider("AKID", "SECRET", ""),
		Endpoint:    server.URL, PathStyle: true, PartSizeBytes: partBytes,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, backend
}

// noise is data that doesn't repeat, the same at every run.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

// md5Of is the MD5 in hex.
func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

func TestStreamOfFiles(t *testing.T) {
	for _, size := range []int{0, 1, 100_000, 2*partBytes + 12345} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			data := noise(size)
			d, _, o := folder(t, data)
			to, backend := bucket(t)
			res, err := objectstore.NewMover(d, to, objectstore.MoverOptions{}).Stream(t.Context(),
				transfer.Request{Source: o, Bucket: "to", Key: "k"})
			if err != nil || res.MD5 != md5Of(data) || res.BytesRead != int64(size) {
				t.Errorf("got %+v, %v", res, err)
			}
			got, err := backend.GetObject(t.Context(), "to", "k", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Contents.Close()
			if arrived, err := io.ReadAll(got.Contents); err != nil || !bytes.Equal(arrived, data) {
				t.Errorf("other bytes arrived, %v", err)
			}
		})
	}
}

func TestFileRange(t *testing.T) {
	data := noise(1000)
	d, _, o := folder(t, data)
	r, err := objectstore.NewMover(d, nil, objectstore.MoverOptions{}).Open(t.Context(), o, 100, 50)
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
			mover := objectstore.NewMover(d, nil, objectstore.MoverOptions{})
			if err := mover.Unchanged(t.Context(), o); !errors.Is(err, tt.want) {
				t.Errorf("unchanged: got %v, want %v", err, tt.want)
			}
			if _, err := mover.Hash(t.Context(), o, nil); !errors.Is(err, tt.want) {
				t.Errorf("hash: got %v, want %v", err, tt.want)
			}
		})
		t.Run("while reading: "+tt.name, func(t *testing.T) {
			d, file, o := folder(t, data)
			r, err := objectstore.NewMover(d, nil, objectstore.MoverOptions{}).Open(t.Context(), o, 0, 1000)
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
		if _, err := objectstore.NewMover(d, nil, objectstore.MoverOptions{}).Open(t.Context(), forged, 0, 10); err == nil {
			t.Errorf("%q was read", key)
		}
	}
	if _, err := d.Object("in"); err != nil {
		t.Errorf("a link that stays inside: %v", err)
	}
	if _, err := d.Object("gone"); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("got %v, want %v", err, transfer.ErrNotFound)
	}
	if _, err := Open(outside); err == nil {
		t.Error("a file was opened as a directory")
	}
}
