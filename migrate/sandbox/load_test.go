package sandbox_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox"
	"synapse-migrate/migrate/sandbox/sandboxtest"
)

// files makes a directory with odd names.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for path, body := range map[string]string{
		"plain.txt":            "text\n",
		"sub/page":             "<!DOCTYPE html><p>",
		"sub/a b+%41 ünï'\"&x": "odd",
		"=cmd|'x'":             "odd",
		"empty":                "",
		"not utf8 \xff":        "x",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("plain.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLoad(t *testing.T) {
	dir := files(t)
	tests := []struct {
		into, prefix string
		// under is what stands before each path in the bucket.
		under  string
		bucket func(*sandboxtest.Instance) string
	}{
		{"owned", "", "", func(i *sandboxtest.Instance) string { return i.Source }},
		{"foreign", "x y/", "x y/", func(i *sandboxtest.Instance) string { return i.Foreign }},
		{"external", "run-", "study/data/run-", func(i *sandboxtest.Instance) string { return i.Destination }},
	}
	for _, tt := range tests {
		t.Run(tt.into, func(t *testing.T) {
			box := sandboxtest.Start(t, "--load", dir, "--load-into", tt.into, "--prefix", tt.prefix)
			if box.Loaded == nil || box.Loaded.Objects != 5 || box.Loaded.SizeBytes != 29 ||
				box.Loaded.Bucket != tt.bucket(box) || box.Loaded.Prefix != tt.under {
				t.Errorf("loaded %+v", box.Loaded)
			}
			if box.Loaded.Refused["link"] != "symbolic link" || len(box.Loaded.Refused) != 2 {
				t.Errorf("refused %q", box.Loaded.Refused)
			}
			objects := box.Objects(t, tt.bucket(box), tt.under)
			for path, size := range map[string]int64{
				"plain.txt": 5, "sub/page": 18, "sub/a b+%41 ünï'\"&x": 3, "=cmd|'x'": 3, "empty": 0,
			} {
				if got, there := objects[tt.under+path]; !there || got != size {
					t.Errorf("%q: %d bytes, there %t, want %d", path, got, there, size)
				}
			}
			checkType(t, box, tt.bucket(box), tt.under+"sub/page", "text/html; charset=utf-8")
			if n := box.S3Counts().Sum().Requests["put"]; n != 0 {
				t.Errorf("%d puts counted before anybody sent one", n)
			}
		})
	}
}

func checkType(t *testing.T, box *sandboxtest.Instance, bucket, key, want string) {
	t.Helper()
	head, err := box.S3(box.Root).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	if *head.ContentType != want {
		t.Errorf("content type %q, want %q", *head.ContentType, want)
	}
}

func TestStartThatFailsLeavesNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	working, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name    string
		ctx     context.Context
		options sandbox.Options
		want    string
	}{
		{"address taken", t.Context(), sandbox.Options{Listen: taken.Addr().String()}, "address already in use"},
		{"unknown place", t.Context(), sandbox.Options{Load: &sandbox.Load{Into: "moon"}}, `"moon"`},
		{"no directory", t.Context(), sandbox.Options{Load: &sandbox.Load{Directory: "missing"}}, "missing"},
		{"a file", t.Context(), sandbox.Options{Load: &sandbox.Load{Directory: "doc.go"}}, "not a directory"},
		{"cancelled", ended, sandbox.Options{}, "context canceled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sandbox.Start(tt.ctx, tt.options)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			left, err := os.ReadDir(temporary)
			if err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if now, _ := os.Getwd(); now != working {
				t.Errorf("in %s, started in %s", now, working)
			}
		})
	}
}
