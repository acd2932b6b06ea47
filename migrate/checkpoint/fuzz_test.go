package checkpoint

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"synapse-migrate/planner"
)

// FuzzOpen opens arbitrary bytes as a run file: no panic, and not a byte is
// changed by a refusal or a look.
func FuzzOpen(f *testing.F) {
	whole, err := os.ReadFile(runFile(f, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add([]byte("SQLite format 3\x00"))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:100])
	for _, offset := range []int{16, 18, 28, 52, 56, 96, 105, 4096 * 3} {
		spoiled := bytes.Clone(whole)
		spoiled[offset] ^= 0xff
		f.Add(spoiled)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "a.run")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		unchanged := func(after string) {
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("changed by %s, %v", after, err)
			}
		}
		if looking, err := OpenReadOnly(t.Context(), path); err == nil {
			readAll(t, looking)
			looking.Close()
		}
		unchanged("OpenReadOnly")
		file, err := Open(t.Context(), path)
		if err != nil {
			unchanged("Open")
			return
		}
		readAll(t, file)
		file.Close()
	})
}

// readAll reads what a run file has, whatever comes of it.
func readAll(t *testing.T, f *File) {
	ctx := t.Context()
	for range f.Items(ctx, planner.Filter{}) {
	}
	for range f.Entries(ctx, EntryFilter{}) {
	}
	for range f.Clashes(ctx) {
	}
	for range f.Folders(ctx) {
	}
	for range f.Runs(ctx) {
	}
	_, _ = f.Header(ctx)
	_, _ = f.Cursor(ctx)
	_, _ = f.Plan(ctx)
	_, _ = f.Counts(ctx)
	_, _ = f.Totals(ctx)
	_, _ = f.Pending(ctx, 0, 10)
	_, _ = f.Ready(ctx, 0, 10)
	_, _ = f.Entry(ctx, 1)
	_, _ = f.ItemOfHandle(ctx, "1")
	_, _ = f.FolderOf(ctx, 1)
	for range f.Loads(ctx, 0) {
	}
	_, _, _ = f.Upload(ctx, 1)
}

// FuzzItem stores an item of arbitrary text and reads it back.
func FuzzItem(f *testing.F) {
	f.Add("key", "name", "etag", int64(5))
	f.Add("a\x00b\xff", "'\"", "", int64(0))
	f.Fuzz(func(t *testing.T, key, name, etag string, size int64) {
		if size < 0 {
			return
		}
		item := testItem(1, planner.ActionCopy)
		item.Name, item.Source.Key = name, key
		item.Source.ETag, item.Source.SizeBytes = etag, size
		file := newFile(t)
		appendBatch(t, file, nil, []planner.Item{item})
		got := all(t, file.Items(t.Context(), planner.Filter{}))[0]
		if got.Name != name || got.Source != item.Source {
			t.Errorf("got %+v, want %+v", got, item)
		}
	})
}
