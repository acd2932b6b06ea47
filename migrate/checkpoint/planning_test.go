package checkpoint

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestCursorOfNewFileIsZero(t *testing.T) {
	got, err := newFile(t).Cursor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(planner.Cursor{}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAppendStoresEverythingExactly(t *testing.T) {
	hostile := "a\x00b\nc\"'\\\xff\xfe%?#\u202e'; DROP TABLE item; --"
	folders := []planner.Folder{
		{ID: 1, Name: "x", Path: "x", EntityID: "syn5"},
		{ID: 2, ParentID: 1, Name: hostile, Path: "x/" + hostile,
			Origin: &planner.FolderOrigin{
				EntityID: "syn6", Description: "a\"'\n\u202e<b>",
				Annotations: map[string]synapse.AnnotationValue{
					"k": {Type: synapse.AnnotationString, Value: []string{"", "v"}},
				}}},
	}
	odd := testItem(3, planner.ActionBlock)
	odd.FolderID, odd.Name, odd.Source.Key = 2, hostile, hostile
	odd.Rule, odd.ReplaceEntityID, odd.ReplaceObject = "names/x", "syn9", true
	items := []planner.Item{
		testItem(1, planner.ActionCopy),
		{ID: 2, Action: planner.ActionSkip, Annotations: map[string]string{}},
		odd,
		testVersion(4), // of a project
		testVersion(7),
		{ID: 8, Origin: &planner.Origin{}},
		{ID: 9, Kept: testKept()},
		{ID: 10, Kept: testKept(), Origin: &planner.Origin{Description: `"kept":{`}},
		{ID: 11, Origin: &planner.Origin{EntityType: `"kept":{`}},
	}
	cursor := planner.Cursor{
		After: hostile, Done: true, LastItemID: 11, LastFolderID: 2,
		OpenFolders: folders, State: []byte{0, 1, 255},
	}
	f := newFile(t)
	err := f.Append(t.Context(), planner.Batch{
		Folders: folders, Items: items, Cursor: cursor,
	})
	if err != nil {
		t.Fatal(err)
	}
	f = reopened(t, f)
	gotCursor, err := f.Cursor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cursor, gotCursor); diff != "" {
		t.Error("cursor", diff)
	}
	got := all(t, f.Items(t.Context(), planner.Filter{}))
	if diff := cmp.Diff(items, got); diff != "" {
		t.Error("items", diff)
	}
	if diff := cmp.Diff(folders, all(t, f.Folders(t.Context()))); diff != "" {
		t.Error("folders", diff)
	}
	h, err := f.Header(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(testHeader(), h); diff != "" {
		t.Error("header", diff)
	}
}

func TestAppendIsWholeOrNothing(t *testing.T) {
	tests := []struct {
		name  string
		batch planner.Batch
	}{
		{"item twice", planner.Batch{
			Folders: []planner.Folder{{ID: 2, Name: "b", Path: "b"}},
			Items: []planner.Item{
				testItem(2, planner.ActionCopy), testItem(1, planner.ActionCopy),
			}}},
		{"folder name twice", planner.Batch{
			Items:   []planner.Item{testItem(2, planner.ActionCopy)},
			Folders: []planner.Folder{{ID: 2, Name: "a", Path: "a"}}}},
		{"folder before its parent", planner.Batch{
			Folders: []planner.Folder{{ID: 2, ParentID: 3, Name: "b"}}}},
		{"negative size", planner.Batch{
			Items: []planner.Item{
				testItem(2, planner.ActionCopy),
				{ID: 3, Source: planner.Object{SizeBytes: -1}},
			}}},
		{"follows itself", planner.Batch{Items: []planner.Item{
			testItem(2, planner.ActionCopy), {ID: 3, Follows: 3}}}},
		{"shares a later one", planner.Batch{Items: []planner.Item{
			testItem(2, planner.ActionCopy), {ID: 3, Shares: 4}}}},
		{"follows none", planner.Batch{Items: []planner.Item{
			testItem(2, planner.ActionCopy), {ID: 3, Follows: -1}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFile(t)
			folder := planner.Folder{ID: 1, Name: "a", Path: "a"}
			appendBatch(t, f, []planner.Folder{folder},
				testItems(1, planner.ActionCopy))
			tt.batch.Cursor.After = "new"
			if err := f.Append(t.Context(), tt.batch); err == nil {
				t.Error("stored")
			}
			got, err := f.Cursor(t.Context())
			if err != nil || got.After == "new" {
				t.Errorf("cursor %q, %v", got.After, err)
			}
			if n := len(all(t, f.Items(t.Context(), planner.Filter{}))); n != 1 {
				t.Errorf("%d items, want 1", n)
			}
			if n := len(all(t, f.Folders(t.Context()))); n != 1 {
				t.Errorf("%d folders, want 1", n)
			}
		})
	}
}

func TestAmend(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, testItems(3, planner.ActionCopy))
	shard := planner.Folder{ID: 1, Name: "0001", Path: "0001"}
	err := f.Amend(t.Context(), []planner.Folder{shard}, []planner.Amendment{
		{ItemID: 2, FolderID: 1, Name: "n", Action: planner.ActionBlock, Rule: "r"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := testItems(3, planner.ActionCopy)
	want[1].FolderID, want[1].Name = 1, "n"
	want[1].Action, want[1].Rule = planner.ActionBlock, "r"
	got := all(t, f.Items(t.Context(), planner.Filter{}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	err = f.Amend(t.Context(), nil, []planner.Amendment{
		{ItemID: 1, Name: "lost", Action: planner.ActionSkip}, {ItemID: 4},
	})
	if !errors.Is(err, ErrNotInPlan) {
		t.Errorf("unknown item: %v", err)
	}
	got = all(t, f.Items(t.Context(), planner.Filter{}))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("after a failed amendment", diff)
	}
}

// Amending while a stream is being read is how the planner works.
func TestAmendDuringStream(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, testItems(500, planner.ActionCopy))
	n := 0
	for item, err := range f.Items(t.Context(), planner.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		err = f.Amend(t.Context(), nil, []planner.Amendment{
			{ItemID: item.ID, Name: "n", Action: planner.ActionSkip},
		})
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 500 {
		t.Errorf("%d items, want 500", n)
	}
	totals, err := f.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := totals.Actions[0]; got.Action != planner.ActionSkip || got.Items != 500 {
		t.Errorf("%+v", got)
	}
}

func TestSealedPlanNeverChanges(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, []planner.Folder{{ID: 1, Name: "a", Path: "a"}},
		testItems(2, planner.ActionCopy))
	seal(t, f)
	attempts := map[string]func() error{
		"append": func() error {
			return f.Append(t.Context(), planner.Batch{})
		},
		"amend": func() error { return f.Amend(t.Context(), nil, nil) },
		"seal": func() error {
			_, err := f.Seal(t.Context(), planner.Plan{})
			return err
		},
	}
	for name, attempt := range attempts {
		if err := attempt(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
	unsealed := newFile(t)
	appendBatch(t, unsealed, []planner.Folder{{ID: 1, Name: "a", Path: "a"}},
		testItems(2, planner.ActionCopy))
	for _, statement := range []string{
		"INSERT INTO item (" + itemNames + ") SELECT 9, folder_id, name, bucket, key, etag, size," +
			" modified_on, storage_class, action, rule, md5, md5_source," +
			" dest_key, content_type, replace_entity_id, replace_object," +
			" annotations, download, kept, origin, follows, shares, version_id," +
			" checksum, record_origin, compare_object, compare_entity_id FROM item LIMIT 1",
		"UPDATE item SET name = 'x'", "DELETE FROM item",
		"INSERT INTO folder VALUES (9, 0, 'z', 'z', '', NULL)",
		"UPDATE folder SET path = 'x'", "DELETE FROM folder",
		"INSERT INTO meta VALUES ('x', x'00')",
		"UPDATE meta SET value = x'00'", "DELETE FROM meta",
	} {
		try := func(s *session) error {
			_, err := s.exec(statement)
			return err
		}
		if err := f.submit(t.Context(), try); err == nil {
			t.Errorf("%s: changed a sealed plan", statement)
		}
		if err := unsealed.submit(t.Context(), try); err != nil {
			t.Errorf("%s: %v, before sealing too", statement, err)
		}
	}
}

func TestDropBareKeepsWhatLeadsToItems(t *testing.T) {
	f := newFile(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	item := testItem(1, planner.ActionCopy)
	item.FolderID = 2
	atTop := testItem(2, planner.ActionCopy)
	atTop.FolderID = 0
	check(f.Append(t.Context(), planner.Batch{
		Folders: []planner.Folder{
			{ID: 1, Name: "above", Path: "above"},
			{ID: 2, ParentID: 1, Name: "holds", Path: "above/holds"},
			{ID: 3, ParentID: 2, Name: "bare", Path: "above/holds/bare"},
			{ID: 4, Name: "exists", Path: "exists", EntityID: "syn5"},
			{ID: 5, ParentID: 4, Name: "bare", Path: "exists/bare"},
			{ID: 6, ParentID: 5, Name: "bare", Path: "exists/bare/bare"},
		},
		Items: []planner.Item{item, atTop},
	}))
	for range 2 {
		check(f.DropBare(t.Context()))
		var left []string
		for folder, err := range f.Folders(t.Context()) {
			check(err)
			left = append(left, folder.Path)
		}
		if diff := cmp.Diff([]string{"above", "above/holds", "exists"}, left); diff != "" {
			t.Error(diff)
		}
	}
	_, err := f.Seal(t.Context(), planner.Plan{})
	check(err)
	if err := f.DropBare(t.Context()); !errors.Is(err, ErrSealed) {
		t.Errorf("once sealed: %v, want %v", err, ErrSealed)
	}
}
