package checkpoint

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
