package checkpoint

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

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

// FuzzHolder: what is said of a lock's holder is one line that a terminal
// doesn't obey, whatever stands in the lock file.
func FuzzHolder(f *testing.F) {
	for _, text := range []string{"", "1\nhost\n", "-1\nh", "99999999999999999999\n", "1\n\x1b[2J\u009b\u202e", "1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := holder(text)
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) {
			t.Errorf("%q: got %q", text, got)
		}
	})
}

// columns are those that hold text or a document, with their table.
var columns = []struct{ table, column string }{
	{"meta", "value"}, {"folder", "name"}, {"folder", "path"}, {"folder", "entity_id"}, {"folder", "origin"},
	{"item", "name"}, {"item", "key"}, {"item", "etag"}, {"item", "action"}, {"item", "rule"}, {"item", "md5"},
	{"item", "annotations"}, {"item", "download"}, {"item", "origin"}, {"item", "kept"}, {"item", "modified_on"}, {"item", "size"},
	{"state", "state"}, {"state", "bucket"}, {"state", "etag"}, {"state", "attempts"}, {"state", "changed_on"},
	{"state", "failed_side"}, {"state", "failed_class"}, {"state", "failed_cause"}, {"state", "failed_on"}, {"upload", "upload"},
	{"run", "ended_as"}, {"run", "started_on"}, {"run", "s3_calls"}, {"tally", "state"}, {"tally", "items"},
	{"change", "first_on"}, {"folder_state", "entity_id"},
}

// rowsOfAll give each table a row.
var rowsOfAll = []string{
	`INSERT OR IGNORE INTO folder (id, parent_id, name, path, entity_id) VALUES (1, 0, 'd', 'd', '')`,
	`INSERT OR IGNORE INTO folder_state (id, entity_id) VALUES (1, 'syn1')`,
	`INSERT OR IGNORE INTO upload (item_id, upload) VALUES (1, '{}')`,
	`INSERT OR IGNORE INTO run (id, started_on) VALUES (1, 0)`,
	`INSERT OR IGNORE INTO change (id, first_on, last_on) VALUES (1, 0, 0)`,
}

// overwrite puts the first value that fits into a column of every row, around
// the seal, and reports whether one did.
func overwrite(t *testing.T, path, table, column string, values ...any) bool {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?vfs="+systemName+"&_pragma=synchronous(0)&_pragma=journal_mode(MEMORY)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	must := func(statement string) {
		if _, err := tx.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, trigger := range sealing {
		must("DROP TRIGGER " + strings.Fields(trigger)[2])
	}
	for _, row := range rowsOfAll {
		must(row)
	}
	fits := slices.ContainsFunc(values, func(value any) bool {
		_, err := tx.Exec("UPDATE "+table+" SET "+column+" = ?", value)
		return err == nil
	})
	for _, trigger := range sealing {
		must(trigger)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return fits
}

// FuzzColumns: a run file of which one column holds anything is read, or
// refused, and not changed by a look.
func FuzzColumns(f *testing.F) {
	whole, err := os.ReadFile(runFile(f, 3))
	if err != nil {
		f.Fatal(err)
	}
	texts := []string{"", "{}", "null", "[", `{"Bucket":5,"parts":[{"number":1}]}`, "\x1b[2J\xff"}
	for i := range columns {
		f.Add(i, []int64{-1, 1 << 62, -1 << 63}[i%3], []byte(texts[i%len(texts)]))
	}
	f.Fuzz(func(t *testing.T, at int, number int64, text []byte) {
		if at < 0 || at >= len(columns) {
			return
		}
		path := filepath.Join(t.TempDir(), "a.run")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		c := columns[at]
		if !overwrite(t, path, c.table, c.column, string(text), text, number) {
			return
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		looking, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatalf("%s.%s: %v", c.table, c.column, err)
		}
		readAll(t, looking)
		looking.Close()
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s.%s: changed by a look, %v", c.table, c.column, err)
		}
		if file, err := Open(t.Context(), path); err == nil {
			readAll(t, file)
			file.Close()
		}
	})
}
