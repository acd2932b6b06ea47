package planner_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// carryOut does with a tree what a run does with a plan, for the first n
// items that become entities, then stops as one that is killed.
func carryOut(t *testing.T, file *checkpoint.File, there *tree, n int) {
	t.Helper()
	ids := map[int64]string{0: "syn10"}
	folders := map[int64]planner.Folder{}
	for f, err := range file.Folders(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		folders[f.ID] = f
	}
	var make func(id int64) string
	make = func(id int64) string {
		if ids[id] == "" {
			f := folders[id]
			parent := make(f.ParentID)
			if ids[id] = f.EntityID; f.EntityID == "" {
				ids[id] = there.add(t, parent, f.Name, synapse.TypeFolder)
			}
		}
		return ids[id]
	}
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if item.Action == planner.ActionSkip || item.Action == planner.ActionBlock || n == 0 {
			continue
		}
		n--
		id := item.ReplaceEntityID
		if id == "" {
			id = there.add(t, make(item.FolderID), item.Name, synapse.TypeFile)
		}
		size, location := item.Source.SizeBytes, int64(54321)
		h := synapse.FileHandle{
			BucketName: "dest", Key: item.DestKey, ContentSize: &size, ContentMD5: cmp.Or(item.MD5, item.Source.ETag),
			StorageLocationID: &location,
		}
		if item.DestKey == "" {
			h.BucketName, h.Key = "synapse", "7/uuid/"+id
		}
		there.handles[id] = h
	}
}

// add makes an entity, unless the name is taken.
func (tr *tree) add(t *testing.T, parent, name, concrete string) string {
	t.Helper()
	for _, h := range tr.children[parent] {
		if h.Name == name {
			t.Errorf("%s holds %q already", parent, name)
		}
	}
	n := 0
	for _, children := range tr.children {
		n += len(children)
	}
	id := fmt.Sprintf("syn%d", 1000+n)
	tr.children[parent] = append(tr.children[parent],
		synapse.EntityHeader{ID: id, Name: name, Type: concrete})
	return id
}

func emptyTree() *tree {
	return &tree{
		children: map[string][]synapse.EntityHeader{}, handles: map[string]synapse.FileHandle{},
	}
}

// planInto plans in a new run file, with at most 10 children to a folder.
func planInto(
	t *testing.T, there *tree, src *bucket, facts rules.DestinationFacts, edit func(*listing.Planner),
) (planner.Plan, *checkpoint.File) {
	t.Helper()
	file := runFile(t)
	b := planBeside(there, src, facts, file)
	if edit != nil {
		edit(b)
	}
	return mustPlan(t, b), file
}

func planBeside(there *tree, src *bucket, facts rules.DestinationFacts, file *checkpoint.File) *listing.Planner {
	b := planFrom(src, "run/", facts, file)
	b.Existing, b.Facts.HasChildren = there, len(there.children) > 0
	b.Options.Limits.Children, b.Options.ShardFolders = 10, true
	b.Options.Names = planner.NamesReplace
	return b
}

// spreadSource has two crowded folders, one in the other, with names that
// are not in the order of their keys.
func spreadSource() *bucket {
	src := newBucket("src", nil)
	for i := range 14 {
		src.put(fmt.Sprintf("run/flat/%02d", i), 1)
		src.put(fmt.Sprintf("run/flat/deep/%02d", i), 1)
	}
	for _, key := range []string{"a+", "a=", "a=1", "a-", "y", "z/x"} {
		src.put("run/flat/"+key, 1)
	}
	return src
}

// TestPlanAgainAfterSpreading loses the run file of a run that spread two
// folders, after more and more items, and plans again: what is there is
// migrated already, and the rest comes to lie beside it once.
func TestPlanAgainAfterSpreading(t *testing.T) {
	for name, facts := range map[string]rules.DestinationFacts{
		"external": externalFacts(), "managed": managedFacts(),
	} {
		t.Run(name, func(t *testing.T) {
			src := spreadSource()
			for _, n := range []int{0, 5, 10, 15, 20, 27, len(src.keys)} {
				planAgainAfter(t, src, facts, n)
			}
		})
	}
}

func planAgainAfter(t *testing.T, src *bucket, facts rules.DestinationFacts, n int) {
	t.Helper()
	there := emptyTree()
	first, file := planInto(t, there, src, facts, nil)
	if first.Stopped() {
		t.Fatalf("plan is stopped: %+v", first.Findings)
	}
	carryOut(t, file, there, n)

	second, file := planInto(t, there, src, facts, nil)
	if second.Stopped() {
		t.Fatalf("after %d items: plan is stopped: %+v", n, second.Findings)
	}
	equal(t, fmt.Sprintf("migrated after %d items", n),
		find(second.Findings, rules.ObjectsMigrated).Count, int64(n))
	carryOut(t, file, there, -1)

	third, _ := planInto(t, there, src, facts, func(b *listing.Planner) { b.Options.ShardFolders = false })
	equal(t, fmt.Sprintf("migrated after %d items and the rest", n),
		find(third.Findings, rules.ObjectsMigrated).Count, int64(len(src.keys)))
	equal(t, "folders to make", third.Totals.Folders, int64(0))
	if third.Stopped() {
		t.Errorf("after %d items: plan is stopped: %+v", n, third.Findings)
	}
	equal(t, fmt.Sprintf("files after %d items and the rest", n), len(there.handles), len(src.keys))
}

// spreadTree is a destination after a run that spread 25 files.
func spreadTree(t *testing.T) (*tree, *bucket) {
	t.Helper()
	src := newBucket("src", nil)
	for i := range 25 {
		src.put(fmt.Sprintf("run/%02d", i), 1)
	}
	there := emptyTree()
	_, file := planInto(t, there, src, externalFacts(), nil)
	carryOut(t, file, there, -1)
	return there, src
}

func TestChangedFilesInShards(t *testing.T) {
	for policy, want := range map[planner.ExistsPolicy]string{
		"":                    "block objects/file-differs",
		planner.ExistsSkip:    "skip objects/file-kept",
		planner.ExistsReplace: "stream",
	} {
		t.Run(string(policy), func(t *testing.T) {
			there, src := spreadTree(t)
			wantPaths := map[string]string{}
			for i, key := range src.keys {
				src.change(key, func(d *planner.Detail) { d.SizeBytes++ })
				wantPaths[key] = fmt.Sprintf("part-%04d/%02d", 1+i/10, i)
			}
			src.put("run/new", 1)
			plan, file := planInto(t, there, src, externalFacts(),
				func(b *listing.Planner) { b.Options.IfExists = policy })
			if plan.Stopped() {
				t.Errorf("plan is stopped: %+v", plan.Findings)
			}
			got := outcomes(t, file)
			equal(t, "new", got["run/new"], "stream")
			delete(got, "run/new")
			equal(t, "outcomes", slices.Compact(slices.Sorted(maps.Values(got))), []string{want})
			if policy == planner.ExistsReplace {
				wantPaths["run/new"] = "new"
				equal(t, "paths", paths(t, file), wantPaths)
				id := items(t, file)["run/24"].ReplaceEntityID
				equal(t, "replaced", there.name(id), "24")
			}
			equal(t, "folders to make", plan.Totals.Folders, int64(0))
		})
	}
}

// TestFoldersNamedLikeShards has files of the object's name in folders that
// only look like shards.
func TestFoldersNamedLikeShards(t *testing.T) {
	const migrated, differs = "skip objects/already-migrated", "block objects/file-differs"
	location := int64(54321)
	uploaded := synapse.FileHandle{
		BucketName: "synapse", Key: "7/uuid/x", ContentMD5: sum, StorageLocationID: &location,
	}
	at := func(key string) synapse.FileHandle {
		return synapse.FileHandle{BucketName: "dest", Key: key, ContentMD5: sum}
	}
	tests := []struct {
		name   string
		facts  rules.DestinationFacts
		handle synapse.FileHandle
		others []string
		want   string
	}{
		{"of the object", externalFacts(), at("base/x"), nil, migrated},
		{"of the object, the source has both", externalFacts(), at("base/x"), []string{"run/part-0001/x"}, migrated},
		{"of the other key", externalFacts(), at("base/part-0001/x"), nil, "stream"},
		{"elsewhere", externalFacts(), at("elsewhere"), nil, differs},
		{"elsewhere, the source has both", externalFacts(), at("elsewhere"), []string{"run/part-0001/x"}, "stream"},
		{"hidden", externalFacts(), synapse.FileHandle{ID: "hidden"}, nil, differs},
		{"uploaded", managedFacts(), uploaded, nil, migrated},
		{"uploaded, the source has both", managedFacts(), uploaded, []string{"run/part-0001/x"}, "upload"},
		{"uploaded, the source has one like it", managedFacts(), uploaded, []string{"run/part-0001/x-y"}, migrated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := newBucket("src", map[string]int64{"run/x": 1})
			for _, key := range tt.others {
				src.put(key, 1)
			}
			src.change("run/x", func(d *planner.Detail) { d.ETag = sum })
			there := emptyTree()
			there.children["syn10"] = []synapse.EntityHeader{folder("syn11", "part-0001")}
			there.children["syn11"] = []synapse.EntityHeader{file("syn12", "x"), folder("syn13", "y")}
			there.handles["syn12"] = tt.handle
			_, run := planInto(t, there, src, tt.facts, nil)
			equal(t, "outcome", outcomes(t, run)["run/x"], tt.want)
		})
	}
}

// TestSourceEndsAtItsPrefix has a key in the bucket that the prefix leaves
// out: the file in the shard isn't that key's.
func TestSourceEndsAtItsPrefix(t *testing.T) {
	src := newBucket("src", map[string]int64{"run/x": 1, "run/part-0001/x": 1})
	there := emptyTree()
	there.children["syn10"] = []synapse.EntityHeader{folder("syn11", "part-0001")}
	there.children["syn11"] = []synapse.EntityHeader{file("syn12", "x")}
	_, run := planInto(t, there, src, externalFacts(),
		func(b *listing.Planner) { b.Header.Source.Prefix = "run/x" })
	equal(t, "outcomes", outcomes(t, run), map[string]string{"run/x": "block objects/file-differs"})
}

// TestManyFilesOfOneName has what was migrated several times, and what was
// renamed since it was listed.
func TestManyFilesOfOneName(t *testing.T) {
	there := emptyTree()
	there.children["syn10"] = []synapse.EntityHeader{
		folder("syn14", "part-0004"), folder("syn11", "part-0001"), file("syn15", "part-0005"),
		folder("syn16", "part-6"),
	}
	for _, id := range []string{"1", "4", "5", "6"} {
		there.children["syn1"+id] = []synapse.EntityHeader{
			file("syn2"+id, "same"), file("syn3"+id, "differs"), file("syn4"+id, "renamed"),
		}
	}
	there.handles["syn24"] = synapse.FileHandle{BucketName: "dest", Key: "base/same", ContentMD5: sum}
	there.renamed = map[string]string{"syn41": "other", "syn44": "other"}
	src := newBucket("src", map[string]int64{"run/same": 1, "run/differs": 1, "run/renamed": 1})
	src.change("run/same", func(d *planner.Detail) { d.ETag = sum })
	_, run := planInto(t, there, src, externalFacts(),
		func(b *listing.Planner) { b.Options.IfExists = planner.ExistsReplace })
	equal(t, "outcomes", outcomes(t, run), map[string]string{
		"run/same": "skip objects/already-migrated", "run/differs": "stream", "run/renamed": "stream",
	})
	equal(t, "paths", paths(t, run), map[string]string{
		"run/differs": "part-0001/differs", "run/renamed": "renamed",
	})
	equal(t, "replaced", items(t, run)["run/differs"].ReplaceEntityID, "syn31")
}

// TestReplaceInShardsThatKeysLeadThrough has replaced files in a folder
// before and after the listing leads through it.
func TestReplaceInShardsThatKeysLeadThrough(t *testing.T) {
	there := emptyTree()
	there.children["syn10"] = []synapse.EntityHeader{folder("syn11", "part-0001"), folder("syn12", "part-0002")}
	for i, name := range []string{"a", "b", "z"} {
		for j, shard := range []string{"syn11", "syn12"} {
			there.children[shard] = append(there.children[shard], file(fmt.Sprintf("syn%d%d", 3+i, j), name))
		}
	}
	there.children["syn12"] = there.children["syn12"][2:]
	src := newBucket("src", map[string]int64{
		"run/a": 1, "run/b": 1, "run/part-0001/n": 1, "run/part-0002/m": 1, "run/z": 1,
	})
	for limit, stopped := range map[int64]bool{4: false, 3: true} {
		plan, run := planInto(t, there, src, externalFacts(), func(b *listing.Planner) {
			b.Options.IfExists, b.Options.Limits.Children = planner.ExistsReplace, limit
		})
		equal(t, fmt.Sprintf("stopped at %d children", limit), plan.Stopped(), stopped)
		if stopped {
			equal(t, "message", find(plan.Findings, rules.LimitsChildren).Message,
				"1 folder would have more than 3 children, the fullest of them 4")
		}
		equal(t, "paths", paths(t, run), map[string]string{
			"run/a": "part-0001/a", "run/b": "part-0001/b", "run/z": "part-0001/z",
			"run/part-0001/n": "part-0001/n", "run/part-0002/m": "part-0002/m",
		})
		equal(t, "folders to make", plan.Totals.Folders, int64(0))
	}
}

func TestTooManyFilesInShards(t *testing.T) {
	there, src := spreadTree(t)
	for names, stopped := range map[int]bool{25: false, 24: true, 3: true} {
		there.listed, there.read = nil, 0
		plan, _ := planInto(t, there, src, externalFacts(),
			func(b *listing.Planner) { b.ShardNames = names })
		equal(t, fmt.Sprintf("stopped at %d names", names), plan.Stopped(), stopped)
		if !stopped {
			continue
		}
		f := find(plan.Findings, rules.LimitsTooSpread)
		equal(t, "message", f.Message, fmt.Sprintf("a folder of the destination holds more than %d "+
			"files in sub-folders part-NNNN, too many to find those that are migrated already", names))
		equal(t, "examples", f.Examples, []string{"the destination folder syn10"})
		// The sub-folders, and files until they are too many.
		equal(t, "children read", there.read, 3+names+1)
	}
}

// TestShardsAreForgottenInTurn has room for the files of one folder's shards,
// not for those of two on one way.
func TestShardsAreForgottenInTurn(t *testing.T) {
	src := spreadSource()
	there := emptyTree()
	_, file := planInto(t, there, src, externalFacts(), nil)
	carryOut(t, file, there, -1)
	for names, reads := range map[int]int{100: 2 + 2, 19: 2 + 2 + 2} {
		there.listed = nil
		plan, _ := planInto(t, there, src, externalFacts(), func(b *listing.Planner) { b.ShardNames = names })
		equal(t, "migrated", find(plan.Findings, rules.ObjectsMigrated).Count, int64(len(src.keys)))
		shards := 0
		for _, id := range there.listed {
			if strings.HasPrefix(there.name(id), "part-") {
				shards++
			}
		}
		equal(t, fmt.Sprintf("shards read with room for %d", names), shards, reads)
	}
}

// TestResumeBesideShards breaks planning at every change of the store, with
// files to replace in shards.
func TestResumeBesideShards(t *testing.T) {
	there, _ := spreadTree(t)
	resumeAfterEachChange(t, 9, func(store planStore) *listing.Planner {
		src := newBucket("src", nil)
		src.page = 11
		for i := range 25 {
			src.put(fmt.Sprintf("run/%02d", i), 2)
			src.put(fmt.Sprintf("run/new-%02d", i), 2)
		}
		src.put("run/part-0002/x", 1)
		b := planFrom(src, "run/", externalFacts(), nil)
		b.Store, b.Reviewer = store, store
		b.Existing, b.Facts.HasChildren = there, true
		b.Options.IfExists = planner.ExistsReplace
		b.Options.Limits.Children, b.Options.ShardFolders = 12, true
		return b
	})
}

// TestResumeBesideTooManyFilesInShards interrupts the listing after a folder
// with too many files in its shards: they aren't read again.
func TestResumeBesideTooManyFilesInShards(t *testing.T) {
	there, src := spreadTree(t)
	edit := func(b *listing.Planner) { b.ShardNames = 24 }
	want, _ := planInto(t, there, src, externalFacts(), edit)

	run := runFile(t)
	plan := func() *listing.Planner {
		b := planBeside(there, src, externalFacts(), run)
		edit(b)
		return b
	}
	src.failAfter = 1
	if _, err := plan().Plan(t.Context()); !errors.Is(err, errListing) {
		t.Fatalf("got %v, want %v", err, errListing)
	}
	src.failAfter, there.listed = 0, nil
	got := mustPlan(t, plan())
	equal(t, "findings", got.Findings, want.Findings)
	equal(t, "digest", got.Digest, want.Digest)
	equal(t, "listed", there.listed, []string{"syn10"})
}
