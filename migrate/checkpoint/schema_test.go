package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestSchemaHasItsNumber: a schema that is changed is another format, which
// older files don't have. Until the first release the sum follows the schema;
// from then on a new schema gets a new number and a line of its own.
func TestSchemaHasItsNumber(t *testing.T) {
	sums := map[int]string{
		1: "2d0c7d0f0e1b5d79546ff9a87c6abb4e50e9fd52eec02d13fa107ab6014dec1b",
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Concat(schema, sealing), ";\n")))
	if got := hex.EncodeToString(sum[:]); got != sums[formatVersion] {
		t.Errorf("format %d has the schema %s, want %s", formatVersion, got, sums[formatVersion])
	}
}

// TestFormatNamesEachColumn: FORMAT.md leaves nothing out.
func TestFormatNamesEachColumn(t *testing.T) {
	page, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(page), "## Tables")
	f := newFile(t)
	rows, err := f.reads.QueryContext(t.Context(), `SELECT t.name, c.name
		FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for ; rows.Next(); n++ {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		_, about, found := strings.Cut(tables, "\n`"+table+"`: ")
		about, _, _ = strings.Cut(about, "\n`")
		if !found || !strings.Contains(about, "`"+column+"`") {
			t.Errorf("FORMAT.md doesn't say what %s.%s is", table, column)
		}
	}
	if n < 70 || rows.Err() != nil {
		t.Errorf("%d columns, %v", n, rows.Err())
	}
}
