package wholefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// only makes sure that a folder holds one file, with that content.
func only(t *testing.T, path, content string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, want one file: %v", entries, err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("got %q, want %q: %v", got, content, err)
	}
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWrite(t *testing.T) {
	odd := errors.New("odd")
	tests := []struct {
		name    string
		options Options
		write   func(io.Writer) error
		want    error
		mode    fs.FileMode
	}{
		{"whole", Options{}, text("new"), nil, 0o600},
		{"with a mode", Options{Mode: 0o644}, text("new"), nil, 0o644},
		{"half a content", Options{}, func(w io.Writer) error { return errors.Join(text("n")(w), odd) }, odd, 0},
		{"a full disk", Options{}, func(w io.Writer) error {
			return errors.Join(text("n")(w), &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
		}, ErrFull, 0},
		{"another was faster", Options{Last: func() error { return odd }}, text("new"), odd, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.csv")
			if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
				t.Fatal(err)
			}
			err := Write(path, tt.options, tt.write)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				only(t, path, "old")
				return
			}
			only(t, path, "new")
			if info, err := os.Stat(path); err != nil || info.Mode() != tt.mode {
				t.Errorf("mode %v, want %v: %v", info.Mode(), tt.mode, err)
			}
		})
	}
}

func TestWriteWithoutAFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "a.csv")
	if err := Write(path, Options{}, text("new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestNamed(t *testing.T) {
	full := Named("log.txt", fmt.Errorf("write: %w", syscall.ENOSPC))
	if !errors.Is(full, ErrFull) || !errors.Is(full, syscall.ENOSPC) {
		t.Errorf("got %v, want %v", full, ErrFull)
	}
	if err := Named("log.txt", syscall.EIO); errors.Is(err, ErrFull) || !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
}
