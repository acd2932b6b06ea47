package checkpoint

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

// placed is an item at a place.
func placed(id, folderID int64, name string, a planner.Action) planner.Item {
	item := testItem(id, a)
	item.FolderID, item.Name = folderID, name
	return item
}

func reviewed(t *testing.T) *File {
	t.Helper()
	f := newFile(t)
	appendBatch(t, f, []planner.Folder{
		{ID: 1, Name: "z", Path: "z"}, {ID: 2, Name: "m", Path: "m"},
		{ID: 3, ParentID: 1, Name: "in", Path: "z/in", EntityID: "syn3",
			Origin: &planner.FolderOrigin{EntityID: "syn30"}},
		{ID: 4, ParentID: 2, Name: "in", Path: "m/in"},
	}, []planner.Item{
		placed(1, 0, "a", planner.ActionCopy),
		placed(2, 0, "b", planner.ActionCopy),
		placed(3, 0, "A", planner.ActionCopy), // not the same as a
		placed(4, 0, "a", planner.ActionStream),
		placed(5, 0, "a", planner.ActionBlock),
		placed(6, 0, "b", planner.ActionSkip),
		placed(7, 0, "z", planner.ActionRegister), // as the folder
		placed(8, 0, "m", planner.ActionSkip),     // as the folder, but skipped
		placed(9, 2, "in", planner.ActionCopy),    // as the folder
		placed(10, 2, "in", planner.ActionCopy),
		placed(11, 1, "b", planner.ActionCopy), // another parent
		placed(12, 3, "a", planner.ActionCopy),
		placed(13, 3, "a", planner.ActionCopy),
	})
	return f
}

func TestClashes(t *testing.T) {
	want := []planner.Clash{
		{Path: "a", ItemIDs: []int64{1, 4}},
		{Path: "m/in", ItemIDs: []int64{9, 10}, FolderID: 4},
		{Path: "z", ItemIDs: []int64{7}, FolderID: 1},
		{Path: "z/in/a", ItemIDs: []int64{12, 13}},
	}
	f := reviewed(t)
	if diff := cmp.Diff(want, all(t, f.Clashes(t.Context()))); diff != "" {
		t.Error(diff)
	}
	for c, err := range f.Clashes(t.Context()) {
		if err != nil || c.Path != "a" {
			t.Errorf("first: %+v, %v", c, err)
		}
		break
	}
	if got := all(t, newFile(t).Clashes(t.Context())); got != nil {
		t.Errorf("empty plan: %+v", got)
	}
}

// The versions of one file share a path by design. With anything else there,
// all of them clash.
func TestClashesAndLoadsOfVersions(t *testing.T) {
	f := newFile(t)
	version := func(id, folderID int64, name, entityID string) planner.Item {
		item := testVersion(id)
		item.FolderID, item.Name, item.Origin.EntityID = folderID, name, entityID
		item.Follows, item.Shares = 0, 0
		return item
	}
	blocked := version(11, 0, "a", "syn9")
	blocked.Action = planner.ActionBlock
	appendBatch(t, f, []planner.Folder{
		{ID: 1, Name: "d", Path: "d"}, {ID: 2, Name: "e", Path: "e"},
	}, []planner.Item{
		version(1, 0, "a", "syn1"), version(2, 0, "a", "syn1"),
		version(3, 0, "a", "syn1"),
		version(4, 1, "a", "syn2"), version(5, 1, "a", "syn3"),
		version(6, 1, "a", "syn3"),
		version(7, 1, "b", "syn4"), placed(8, 1, "b", planner.ActionCopy),
		version(9, 0, "d", "syn5"), version(10, 0, "d", "syn5"), // as the folder
		blocked,
		version(12, 1, "c", "syn4"), // syn4 had another name before
	})
	wantClashes := []planner.Clash{
		{Path: "d", ItemIDs: []int64{9, 10}, FolderID: 1},
		{Path: "d/a", ItemIDs: []int64{4, 5, 6}},
		{Path: "d/b", ItemIDs: []int64{7, 8}},
	}
	if diff := cmp.Diff(wantClashes, all(t, f.Clashes(t.Context()))); diff != "" {
		t.Error(diff)
	}
	wantLoads := []planner.FolderLoad{
		{Children: 4}, // two files and two folders
		{Folder: planner.Folder{ID: 1, Name: "d", Path: "d"}, Children: 4},
	}
	if diff := cmp.Diff(wantLoads, all(t, f.Loads(t.Context(), 0))); diff != "" {
		t.Error(diff)
	}
}

func TestLoads(t *testing.T) {
	f := reviewed(t)
	root := planner.FolderLoad{Children: 7} // a b A a z, and two folders
	z := planner.FolderLoad{
		Folder: planner.Folder{ID: 1, Name: "z", Path: "z"}, Children: 2,
	}
	m := planner.FolderLoad{
		Folder: planner.Folder{ID: 2, Name: "m", Path: "m"}, Children: 3,
	}
	in := planner.FolderLoad{Children: 2, Folder: planner.Folder{
		ID: 3, ParentID: 1, Name: "in", Path: "z/in", EntityID: "syn3",
		Origin: &planner.FolderOrigin{EntityID: "syn30"},
	}}
	tests := []struct {
		name    string
		atLeast int64
		want    []planner.FolderLoad
	}{
		{"more than one", 1, []planner.FolderLoad{root, z, m, in}},
		{"more than two", 2, []planner.FolderLoad{root, m}},
		{"more than three", 3, []planner.FolderLoad{root}},
		{"more than all", 7, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := all(t, f.Loads(t.Context(), tt.atLeast))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestItemsFilter(t *testing.T) {
	f := newFile(t)
	items := testItems(6, planner.ActionCopy)
	items[1].FolderID, items[2].FolderID = 4, 4
	items[2].Action, items[3].Action = planner.ActionBlock, planner.ActionSkip
	items[2].Rule, items[3].Rule = "r1", "r2"
	appendBatch(t, f, nil, items)
	root, four := int64(0), int64(4)
	tests := []struct {
		name   string
		filter planner.Filter
		want   []int64
	}{
		{"all", planner.Filter{}, []int64{1, 2, 3, 4, 5, 6}},
		{"after", planner.Filter{AfterID: 4}, []int64{5, 6}},
		{"folder", planner.Filter{FolderID: &four}, []int64{2, 3}},
		{"destination", planner.Filter{FolderID: &root}, []int64{1, 4, 5, 6}},
		{"actions", planner.Filter{Actions: []planner.Action{
			planner.ActionBlock, planner.ActionSkip}}, []int64{3, 4}},
		{"rule", planner.Filter{Rule: "r2"}, []int64{4}},
		{"limit", planner.Filter{AfterID: 1, Limit: 2}, []int64{2, 3}},
		{"together", planner.Filter{
			FolderID: &four, Rule: "r1", AfterID: 1, Limit: 5,
			Actions: []planner.Action{planner.ActionBlock}}, []int64{3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []int64
			for _, item := range all(t, f.Items(t.Context(), tt.filter)) {
				got = append(got, item.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTotals(t *testing.T) {
	f := newFile(t)
	rows := []struct {
		action planner.Action
		md5    planner.MD5Source
		size   int64
		shares int64
	}{
		{planner.ActionRegister, planner.MD5ETag, 1, 0},
		{planner.ActionRegister, planner.MD5Read, 10, 0},
		{planner.ActionCopy, planner.MD5ETag, 100, 0},
		{planner.ActionCopy, planner.MD5Read, 1_000, 0},
		{planner.ActionStream, planner.MD5Passing, 10_000, 0},
		{planner.ActionUpload, planner.MD5ETag, 100_000, 0},
		{planner.ActionUpload, planner.MD5Read, 1_000_000, 0},
		{planner.ActionSkip, planner.MD5None, 10_000_000, 0},
		{planner.ActionBlock, planner.MD5Read, 100_000_000, 0},
		{planner.ActionBlock, planner.MD5None, 0, 0},
		{planner.ActionSynapseCopy, planner.MD5Handle, 2, 0},
		{planner.ActionReuse, planner.MD5Handle, 3, 0},
		{planner.ActionUpload, planner.MD5Read, 1_000_000, 7},
	}
	var items []planner.Item
	for i, r := range rows {
		item := testItem(int64(i+1), r.action)
		item.MD5Source, item.Source.SizeBytes = r.md5, r.size
		item.Shares = r.shares
		items = append(items, item)
	}
	appendBatch(t, f, []planner.Folder{{ID: 1, Name: "a"}}, items)
	want := planner.Totals{
		Items: 13, SizeBytes: 112_111_116, Folders: 1,
		Actions: []planner.ActionTotal{
			{Action: planner.ActionReuse, Items: 1, SizeBytes: 3},
			{Action: planner.ActionRegister, Items: 2, SizeBytes: 11},
			{Action: planner.ActionCopy, Items: 2, SizeBytes: 1_100},
			{Action: planner.ActionSynapseCopy, Items: 1, SizeBytes: 2},
			{Action: planner.ActionStream, Items: 1, SizeBytes: 10_000},
			{Action: planner.ActionUpload, Items: 3, SizeBytes: 2_100_000},
			{Action: planner.ActionSkip, Items: 1, SizeBytes: 10_000_000},
			{Action: planner.ActionBlock, Items: 2, SizeBytes: 100_000_000},
		},
		MD5: map[planner.MD5Source]int64{
			planner.MD5ETag: 3, planner.MD5Read: 4, planner.MD5Passing: 1,
			planner.MD5Handle: 2,
		},
		HashBytes:    1_001_010,
		MachineBytes: 10 + 1_000 + 20_000 + 200_000 + 3_000_000,
	}
	got, err := f.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
