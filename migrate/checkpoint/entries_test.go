package checkpoint

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

func TestPending(t *testing.T) {
	f := newFile(t)
	items := testItems(8, planner.ActionCopy)
	items[0].Action, items[1].Action = planner.ActionSkip, planner.ActionBlock
	appendBatch(t, f, nil, items)
	seal(t, f)
	for id, s := range map[int64]State{
		3: StateDone, 4: StateTransferred, 5: StateHandled, 6: StateFailed,
	} {
		record(t, f, entry(id, s))
	}
	f = reopened(t, f)
	tests := []struct {
		name    string
		afterID int64
		limit   int
		want    []int64
	}{
		{"all", 0, 100, []int64{4, 5, 7, 8}},
		{"page", 0, 2, []int64{4, 5}},
		{"next page", 5, 2, []int64{7, 8}},
		{"no limit", 4, 0, []int64{5, 7, 8}},
		{"end", 8, 2, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, err := f.Pending(t.Context(), tt.afterID, tt.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, e := range entries {
				got = append(got, e.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	entries, err := f.Pending(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := entry(4, StateTransferred)
	want.Item = items[3]
	if diff := cmp.Diff([]Entry{want}, entries); diff != "" {
		t.Error(diff)
	}
}

func TestEntries(t *testing.T) {
	f := newFile(t)
	items := testItems(6, planner.ActionCopy)
	items[0].Action, items[1].Action = planner.ActionSkip, planner.ActionBlock
	appendBatch(t, f, nil, items)
	filters := map[string]struct {
		filter EntryFilter
		want   []int64
	}{
		"all":      {EntryFilter{}, []int64{1, 2, 3, 4, 5, 6}},
		"skipped":  {EntryFilter{States: []State{StateSkipped}}, []int64{1}},
		"blocked":  {EntryFilter{States: []State{StateBlocked}}, []int64{2}},
		"planned":  {EntryFilter{States: []State{StatePlanned}}, []int64{3}},
		"done":     {EntryFilter{States: []State{StateDone}}, []int64{4, 6}},
		"failed":   {EntryFilter{States: []State{StateFailed}}, []int64{5}},
		"not done": {EntryFilter{States: []State{StateFailed, StateBlocked}}, []int64{2, 5}},
		"a page":   {EntryFilter{AfterID: 2, Limit: 2}, []int64{3, 4}},
		"no more":  {EntryFilter{States: []State{StateFailed}, AfterID: 5}, nil},
	}
	got := all(t, f.Entries(t.Context(), EntryFilter{States: []State{StatePlanned}}))
	if len(got) != 4 {
		t.Errorf("before sealing: %d planned, want 4", len(got))
	}
	seal(t, f)
	record(t, f, entry(4, StateDone))
	record(t, f, entry(5, StateFailed))
	record(t, f, entry(6, StateDone))
	for name, tt := range filters {
		t.Run(name, func(t *testing.T) {
			var got []int64
			for _, e := range all(t, f.Entries(t.Context(), tt.filter)) {
				got = append(got, e.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
