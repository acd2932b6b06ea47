package checkpoint

import (
	"database/sql"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// Questions that are asked while a run goes on must not read or sort a table
// of ten million items: what SQLite means to do says so at any size.
func TestQueriesUseTheirIndexes(t *testing.T) {
	f := newFile(t)
	folder := int64(1)
	tests := []struct {
		name string
		seek seek
		want string
	}{
		{"pending", pendingQuery(0, 10), "USING INDEX state_pending"},
		{"ready", readyQuery(0, 10),
			"USING INDEX state_pending (waits=? AND id>?)"},
		{"handle", handleQuery("1"),
			"USING INDEX item_handle (origin_file_handle_id=?)"},
		{"failed", entryQuery(EntryFilter{States: []State{StateFailed}}),
			"USING INDEX state_failed"},
		{"items", itemQuery(planner.Filter{AfterID: 7}),
			"USING INTEGER PRIMARY KEY"},
		{"items of a folder", itemQuery(planner.Filter{FolderID: &folder}),
			"USING INDEX item_folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := seek{"EXPLAIN QUERY PLAN " + tt.seek.query, tt.seek.args}
			steps := all(t, stream(t.Context(), f.reads, "plan", q,
				func(rows *sql.Rows) (step string, err error) {
					var ignored int
					err = rows.Scan(&ignored, &ignored, &ignored, &step)
					return step, err
				}))
			got := strings.Join(steps, "; ")
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN i") {
				t.Errorf("reads everything: %s", got)
			}
		})
	}
}
