package wholefile

import (
	"errors"
	"io"
	"path/filepath"
	"testing"

	"synapse-migrate/migrate/wholefile/limittest"
)

// No file may grow beyond a size, as with a quota: what was there stays, and
// nothing of what was to take its place.
func TestFilesMayNotGrow(t *testing.T) {
	if !limittest.Alone(t, 1) {
		return
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := Write(path, Options{}, text("old")); err != nil {
		t.Fatal(err)
	}
	limittest.Limit(t, 1<<20)
	err := Write(path, Options{}, func(w io.Writer) error {
		_, err := w.Write(make([]byte, 2<<20))
		return err
	})
	limittest.Limit(t, limittest.None)
	if !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	only(t, path, "old")
}
