package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// checkedFile is a file with items in every state, some of which follow others.
func checkedFile(t *testing.T) *File {
	t.Helper()
	f := newFile(t)
	items := append(testItems(6, planner.ActionCopy), testItem(7, planner.ActionSkip), testItem(8, planner.ActionBlock))
	items[5].Follows = 5
	appendBatch(t, f, nil, items)
	if err := f.Begin(t.Context(), seal(t, f).Digest, nil); err != nil {
		t.Fatal(err)
	}
	for id, state := range map[int64]State{
		1: StateTransferred, 2: StateHandled, 3: StateDone, 4: StateFailed,
	} {
		record(t, f, entry(id, state))
	}
	return f
}

// A file that says other than what was written is not gone on with, whatever
// it says.
func TestCheckNotices(t *testing.T) {
	tests := []struct{ name, change, says string }{
		{"nothing", "", ""},
		{"an item's name", "UPDATE item SET name = 'x' WHERE id = 2", "the plan's digest is"},
		{"an item's key", "UPDATE item SET dest_key = 'x' WHERE id = 7", "the plan's digest is"},
		{"an item less", "DELETE FROM item WHERE id = 8", "the plan's digest is"},
		{"a finding", "UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), 'too long', 'all good') AS BLOB) WHERE name = 'plan'",
			"the plan's digest is"},
		{"a state back", "UPDATE state SET state = 'planned' WHERE id = 2", ""}, // the counts follow
		{"a count", "UPDATE tally SET items = items + 1 WHERE state = 'done'", "add up to its counts"},
		{"attempts", "UPDATE tally SET attempts = 9 WHERE state = 'done'", "add up to its counts"},
		{"no ID", "UPDATE state SET entity_id = '' WHERE id = 3", "item 3: done without an entity ID"},
		{"no handle", "UPDATE state SET file_handle_id = '' WHERE id = 2", "item 2: handled without"},
		{"no state", "DELETE FROM state WHERE id = 5", "item 5: copy, stored state: false"},
		{"a state too many", "INSERT INTO state (id, state) VALUES (7, 'planned')", "item 7: skip, stored state: true"},
		{"an unknown state", "UPDATE state SET state = 'lost' WHERE id = 1", "item 1: unknown state"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := checkedFile(t)
			if tt.change != "" {
				tamper(t, f, tt.change)
			}
			plan, err := f.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for what, err := range map[string]error{
				"checking": f.Check(t.Context()), "beginning": f.Begin(t.Context(), plan.Digest, nil),
			} {
				switch {
				case tt.says == "" && err != nil:
					t.Errorf("%s: %v", what, err)
				case tt.says != "" && (!errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), tt.says) ||
					!strings.Contains(err.Error(), "move it away")):
					t.Errorf("%s: got %v, want ErrFormat: %s", what, err, tt.says)
				}
			}
		})
	}
}

// tamper makes a change that the seal forbids.
func tamper(t *testing.T, f *File, statement string) {
	t.Helper()
	err := f.submit(t.Context(), func(s *session) error {
		for _, trigger := range sealing {
			if _, err := s.exec("DROP TRIGGER " + strings.Fields(trigger)[2]); err != nil {
				return err
			}
		}
		if _, err := s.exec(statement); err != nil {
			return err
		}
		for _, trigger := range sealing {
			if _, err := s.conn.ExecContext(t.Context(), trigger); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckNoticesAChangedPlan(t *testing.T) {
	f := planned(t, 50)
	if err := f.Check(t.Context()); err != nil {
		t.Errorf("an untouched plan: %v", err)
	}
	if err := newFile(t).Check(t.Context()); !errors.Is(err, ErrNotSealed) {
		t.Errorf("without a plan: got %v, want ErrNotSealed", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), "raw/file-0000007.txt", "raw/file-0000008.txt")
	path := filepath.Join(t.TempDir(), "b.run")
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := other.Check(t.Context()); !errors.Is(err, ErrFormat) {
		t.Errorf("a changed plan: got %v, want ErrFormat", err)
	}
}
