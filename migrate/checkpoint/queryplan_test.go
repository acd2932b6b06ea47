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
			got := queryPlan(t, f, tt.seek)
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN i") {
				t.Errorf("reads everything: %s", got)
			}
		})
	}
}

// queryPlan is what SQLite means to do.
func queryPlan(t *testing.T, f *File, q seek) string {
	t.Helper()
	q.query = "EXPLAIN QUERY PLAN " + q.query
	steps := all(t, stream(t.Context(), f.reads, "plan", q,
		func(rows *sql.Rows) (step string, err error) {
			var ignored int
			err = rows.Scan(&ignored, &ignored, &ignored, &step)
			return step, err
		}))
	return strings.Join(steps, "; ")
}

// What needs the whole list reads it once, in the order of an index.
func TestReviewReadsItsIndex(t *testing.T) {
	f := newFile(t)
	for name, q := range map[string]seek{
		"clashes": {query: clashQuery},
		"loads":   {query: loadQuery, args: []any{1}},
	} {
		got := queryPlan(t, f, q)
		if !strings.Contains(got, "SCAN item USING INDEX item_place") ||
			strings.Contains(got, "SCAN i ") {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, check := range placeChecks {
		got := queryPlan(t, f, seek{query: check.query})
		if !strings.Contains(got, "item USING COVERING INDEX") {
			t.Errorf("%s: %s", check.query, got)
		}
	}
}

// Every change of state runs the triggers' statements.
func TestWaitingItemsAreFoundByIndex(t *testing.T) {
	f := newFile(t)
	statements := strings.Split(eachWaiting("waits - 1"), ";")
	for i, want := range []string{
		"item_follows (follows=?)", "item_shares (shares=?)",
	} {
		statement := strings.ReplaceAll(statements[i], "NEW.id", "1")
		got := queryPlan(t, f, seek{query: statement})
		if !strings.Contains(got, "USING COVERING INDEX "+want) ||
			strings.Contains(got, "SCAN") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
