package planner_test

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// tree is a destination folder with content.
type tree struct {
	children map[string][]synapse.EntityHeader
	handles  map[string]synapse.FileHandle
	// renamed are files with another name than the listing says.
	renamed map[string]string

	// read counts the children that were listed.
	read    int
	mu      sync.Mutex
	listed  []string
	bundles []string
}

func (tr *tree) Children(_ context.Context, id string, types ...string) iter.Seq2[synapse.EntityHeader, error] {
	tr.listed = append(tr.listed, id)
	return func(yield func(synapse.EntityHeader, error) bool) {
		for _, h := range tr.children[id] {
			if !slices.Contains(types, shortType(h.Type)) {
				continue
			}
			if tr.read++; !yield(h, nil) {
				return
			}
		}
	}
}

// shortType is the name of an entity type in requests.
func shortType(concrete string) string {
	switch concrete {
	case synapse.TypeFile:
		return "file"
	case synapse.TypeFolder:
		return "folder"
	case synapse.TypeRecordSet:
		return "recordset"
	}
	return "table"
}

// name is that of an entity.
func (tr *tree) name(id string) string {
	for _, children := range tr.children {
		for _, h := range children {
			if h.ID == id {
				return cmp.Or(tr.renamed[id], h.Name)
			}
		}
	}
	return ""
}

func (tr *tree) Bundle(_ context.Context, id string, _ synapse.BundleRequest) (synapse.Bundle, error) {
	tr.mu.Lock()
	tr.bundles = append(tr.bundles, id)
	tr.mu.Unlock()
	h := tr.handles[id]
	if h.ID == "" {
		h.ID = "900"
	}
	preview := synapse.FileHandle{ID: "901", IsPreview: true}
	return synapse.Bundle{
		Entity:      &synapse.Entity{ID: id, Name: tr.name(id), DataFileHandleID: "900"},
		FileHandles: []synapse.FileHandle{preview, h},
	}, nil
}

func (tr *tree) AllVersions(context.Context, string) ([]synapse.VersionInfo, error) {
	return nil, nil
}

func (tr *tree) EntitiesWithMD5(context.Context, string) ([]synapse.EntityHeader, error) {
	return nil, nil
}

func (tr *tree) VersionBundle(
	ctx context.Context, id string, _ int64, r synapse.BundleRequest,
) (synapse.Bundle, error) {
	return tr.Bundle(ctx, id, r)
}

func folder(id, name string) synapse.EntityHeader {
	return synapse.EntityHeader{ID: id, Name: name, Type: synapse.TypeFolder}
}

func file(id, name string) synapse.EntityHeader {
	return synapse.EntityHeader{ID: id, Name: name, Type: synapse.TypeFile}
}

// existingTree is what the destination holds in the tests.
func existingTree() *tree {
	size := func(n int64) *int64 { return &n }
	return &tree{
		children: map[string][]synapse.EntityHeader{
			"syn10": {folder("syn11", "old"), file("syn12", "done"), file("syn13", "differs"),
				file("syn14", "is-file"), folder("syn15", "is-folder"), file("syn18", "grown"),
				folder("syn19", "older")},
			"syn19": {file("syn20", "done")},
			"syn11": {file("syn16", "done"), folder("syn17", "empty")},
		},
		handles: map[string]synapse.FileHandle{
			"syn12": {BucketName: "dest", Key: "base/done", ContentMD5: sum},
			"syn13": {BucketName: "dest", Key: "elsewhere", ContentSize: size(1)},
			"syn16": {BucketName: "dest", Key: "base/old/done", ContentSize: size(1), ContentMD5: sum},
			"syn20": {BucketName: "dest", Key: "base/older/done", ContentMD5: sum},
			"syn18": {BucketName: "dest", Key: "base/grown", ContentSize: size(7)},
		},
	}
}

func TestExistingContent(t *testing.T) {
	for policy, want := range map[planner.ExistsPolicy]string{
		"":                    "block objects/file-differs",
		planner.ExistsSkip:    "skip objects/file-kept",
		planner.ExistsReplace: "stream",
	} {
		t.Run(string(policy), func(t *testing.T) {
			src := newBucket("src", map[string]int64{
				"run/done": 1, "run/differs": 1, "run/new": 1, "run/grown": 1, "run/is-file/x": 1,
				"run/is-folder": 1, "run/old/done": 1, "run/old/new": 1, "run/old/empty/x": 1,
				"run/fresh/x": 1, "run/older/done": 1,
			})
			for _, key := range []string{"run/done", "run/old/done", "run/older/done"} {
				src.change(key, func(d *planner.Detail) { d.ETag = sum })
			}
			store := runFile(t)
			b := planFrom(src, "run/", externalFacts(), store)
			b.Workers = 1
			there := existingTree()
			b.Existing, b.Facts.HasChildren, b.Options.IfExists = there, true, policy
			plan := mustPlan(t, b)
			equal(t, "outcomes", outcomes(t, store), map[string]string{
				"run/done": "skip objects/already-migrated", "run/old/done": "skip objects/already-migrated",
				"run/older/done": "skip objects/already-migrated",
				"run/differs":    want, "run/grown": want, "run/new": "stream",
				"run/is-file/x": "block objects/name-taken", "run/is-folder": "block objects/name-taken",
				"run/old/new": "stream", "run/old/empty/x": "stream", "run/fresh/x": "stream",
			})
			replaced := items(t, store)["run/differs"].ReplaceEntityID
			equal(t, "replaced", replaced == "syn13", policy == planner.ExistsReplace)
			equal(t, "folders listed", there.listed, []string{"syn10", "syn11", "syn17", "syn19"})
			slices.Sort(there.bundles)
			equal(t, "files looked at", there.bundles, []string{"syn12", "syn13", "syn16", "syn18", "syn20"})
			equal(t, "earlier versions", strings.Contains(
				find(plan.Findings, rules.ObjectsFileReplaced).Message,
				"earlier versions stay what they were",
			), policy == planner.ExistsReplace)
			// old and old/empty exist; fresh is made.
			equal(t, "folders to make", plan.Totals.Folders, int64(1))
		})
	}
}

func TestExistingUploads(t *testing.T) {
	location := int64(54321)
	handle := func(edit func(*synapse.FileHandle)) synapse.FileHandle {
		h := synapse.FileHandle{Key: "7/uuid/x", ContentMD5: sum, StorageLocationID: &location}
		edit(&h)
		return h
	}
	tests := []struct {
		name   string
		handle synapse.FileHandle
		parts  int
		want   string
	}{
		{"same MD5 and location", handle(func(*synapse.FileHandle) {}), 0, "skip objects/already-migrated"},
		{"other MD5", handle(func(h *synapse.FileHandle) { h.ContentMD5 = long("0", 32) }), 0, "block objects/file-differs"},
		{"no MD5", handle(func(h *synapse.FileHandle) { h.ContentMD5 = "" }), 0, "upload"},
		{"other location", handle(func(h *synapse.FileHandle) { h.StorageLocationID = nil }), 0, "block objects/file-differs"},
		{"MD5 not known", handle(func(*synapse.FileHandle) {}), 2, "upload"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := newBucket("src", map[string]int64{"done": 1})
			src.change("done", func(d *planner.Detail) { d.ETag, d.PartsCount = sum, tt.parts })
			if tt.parts > 0 {
				src.change("done", func(d *planner.Detail) { d.ETag = sum + "-2" })
			}
			got := besideHandle(t, planFrom(src, "", managedFacts(), nil), tt.handle)
			equal(t, "outcome", got["done"], tt.want)
		})
	}
}

// besideHandle plans beside existingTree, in which the file done has that
// handle.
func besideHandle(t *testing.T, b *listing.Planner, h synapse.FileHandle) map[string]string {
	t.Helper()
	store := runFile(t)
	b.Store, b.Reviewer = store, store
	there := existingTree()
	there.handles["syn12"] = h
	b.Existing, b.Facts.HasChildren = there, true
	mustPlan(t, b)
	return outcomes(t, store)
}

func TestExistingInPlace(t *testing.T) {
	tests := map[string]struct {
		handle synapse.FileHandle
		want   string
	}{
		"same":         {synapse.FileHandle{BucketName: "dest", Key: "base/done", ContentMD5: strings.ToUpper(sum)}, "skip objects/already-migrated"},
		"other MD5":    {synapse.FileHandle{BucketName: "dest", Key: "base/done", ContentMD5: long("0", 32)}, "block objects/file-differs"},
		"other bucket": {synapse.FileHandle{BucketName: "src", Key: "base/done", ContentMD5: sum}, "block objects/file-differs"},
		"no handle":    {synapse.FileHandle{ID: "hidden"}, "block objects/file-differs"},
		"no MD5":       {synapse.FileHandle{BucketName: "dest", Key: "base/done"}, "register"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src := newBucket("dest", map[string]int64{"base/done": 1})
			src.change("base/done", func(d *planner.Detail) { d.ETag = sum })
			got := besideHandle(t, planFrom(src, "base/", externalFacts(), nil), tt.handle)
			equal(t, "outcome", got["base/done"], tt.want)
		})
	}
}

// TestExistingOfUnknownMD5 plans an object without an MD5 beside a file of its
// name and size, made long after the object: what proves anything decides, and
// neither the size nor any date.
func TestExistingOfUnknownMD5(t *testing.T) {
	written := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	const migrated, differs, runs = "skip objects/already-migrated", "block objects/file-differs", "stream"
	crc := func(text string) func(*planner.Detail) {
		return func(d *planner.Detail) { d.Checksums = map[string]string{"CRC64NVME": text} }
	}
	from := func(key, etag string) func(*planner.Detail) {
		return func(d *planner.Detail) {
			d.UserMetadata = planner.WithOrigin(nil, planner.Object{Bucket: "src", Key: key, ETag: etag})
		}
	}
	tests := map[string]struct {
		source, there func(*planner.Detail)
		policy        planner.ExistsPolicy
		want          string
	}{
		"nothing proves it":             {nil, nil, "", runs},
		"nothing proves it, skip":       {nil, nil, planner.ExistsSkip, "skip objects/file-kept"},
		"nothing proves it, replace":    {nil, nil, planner.ExistsReplace, runs},
		"equal checksums":               {crc("s"), crc("s"), "", migrated},
		"other checksums":               {crc("s"), crc("t"), "", differs},
		"a checksum on one side":        {crc("s"), nil, "", runs},
		"equal parts":                   {nil, func(d *planner.Detail) { d.ETag, d.PartsCount = sum+"-2", 2 }, "", migrated},
		"equal ETags, other parts":      {nil, func(d *planner.Detail) { d.ETag, d.PartBytes = sum+"-2", 2 }, "", runs},
		"written from it":               {nil, from("done", sum+"-2"), "", migrated},
		"written from an earlier one":   {nil, from("done", sum+"-3"), "", runs},
		"written from another":          {nil, from("elsewhere", sum+"-2"), "", runs},
		"an MD5 that the handle has":    {func(d *planner.Detail) { d.ChecksumMD5 = sum }, nil, "", migrated},
		"the record, but another sum":   {func(d *planner.Detail) { d.ChecksumMD5 = sum }, func(d *planner.Detail) { d.ChecksumMD5 = long("0", 32) }, "", differs},
		"another MD5 than the handle's": {func(d *planner.Detail) { d.ChecksumMD5 = long("0", 32) }, nil, "", differs},
		"of another size":               {nil, func(d *planner.Detail) { d.SizeBytes = 7 }, "", differs},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src, dest := newBucket("src", map[string]int64{"done": 1}), newBucket("dest", map[string]int64{"base/done": 1})
			multipart := func(d *planner.Detail) {
				d.ETag, d.PartsCount, d.PartBytes, d.LastModified = sum+"-2", 2, 1, written
			}
			src.change("done", multipart)
			dest.change("base/done", multipart)
			dest.change("base/done", func(d *planner.Detail) { d.ETag = sum + "-1" })
			if tt.source != nil {
				src.change("done", tt.source)
			}
			if tt.there != nil {
				dest.change("base/done", tt.there)
			}
			b := planFrom(src, "", externalFacts(), nil)
			b.DestinationHead, b.Options.IfExists = dest, tt.policy
			got := besideHandle(t, b, synapse.FileHandle{
				BucketName: "dest", Key: "base/done", ContentMD5: sum,
				CreatedOn: synapse.NewTime(written.Add(time.Hour)),
			})
			equal(t, "outcome", got["done"], tt.want)
		})
	}
}

// TestExistingThatIsGone: what a file records is no proof of an object that
// isn't there.
func TestExistingThatIsGone(t *testing.T) {
	src := newBucket("src", map[string]int64{"done": 1})
	src.change("done", func(d *planner.Detail) { d.ETag = sum })
	b := planFrom(src, "", externalFacts(), nil)
	b.DestinationHead = newBucket("dest", nil)
	handle := synapse.FileHandle{BucketName: "dest", Key: "base/done", ContentMD5: sum}
	equal(t, "gone", besideHandle(t, b, handle)["done"], "stream")
	b = planFrom(src, "", externalFacts(), nil)
	b.DestinationHead = denied{}
	equal(t, "not to be seen", besideHandle(t, b, handle)["done"], "skip objects/already-migrated")
}

// TestComparedItems says what the run has to compare, and how many bytes that
// takes.
func TestComparedItems(t *testing.T) {
	src := newBucket("src", map[string]int64{"done": 5, "object": 7, "fresh": 9, "alike": 3})
	dest := newBucket("dest", map[string]int64{"base/done": 5, "base/object": 7, "base/alike": 3})
	for _, key := range src.keys {
		src.change(key, func(d *planner.Detail) { d.PartsCount = 2 })
	}
	src.change("alike", func(d *planner.Detail) { d.ETag = "equal-2" })
	dest.change("base/alike", func(d *planner.Detail) { d.ETag = "equal-2" })
	store := runFile(t)
	b := planFrom(src, "", externalFacts(), store)
	there := existingTree()
	there.handles["syn12"] = synapse.FileHandle{BucketName: "dest", Key: "base/done", ContentMD5: sum}
	b.Existing, b.Facts.HasChildren, b.Destination, b.DestinationHead = there, true, dest, dest
	plan := mustPlan(t, b)
	got := items(t, store)
	equal(t, "file", got["done"].CompareEntityID, "syn12")
	for key, want := range map[string]bool{"done": true, "object": true, "fresh": false, "alike": false} {
		equal(t, key, got[key].CompareObject, want)
		equal(t, "origin of "+key, got[key].RecordOrigin, true)
	}
	equal(t, "bytes", plan.Totals.CompareBytes, int64(12))
	equal(t, "files", find(plan.Findings, rules.ContentComparedFile).Count, int64(1))
	equal(t, "objects", find(plan.Findings, rules.ContentCompared).Count, int64(1))
	equal(t, "equal ETags, which the plan claims nothing of", find(plan.Findings, rules.ContentSameETag).Count, int64(1))
}

// TestExistingChildrenCount fills folders up to the limit and one past it,
// what they hold included.
func TestExistingChildrenCount(t *testing.T) {
	tests := []struct {
		name    string
		keys    []string
		limit   int64
		stopped bool
	}{
		{"root full", []string{"a", "b"}, 9, false},
		{"root too full", []string{"a", "b", "c"}, 9, true},
		{"a file that is skipped is counted once", []string{"a", "b", "done"}, 9, false},
		{"a folder that exists is counted once", []string{"a", "b", "old/x"}, 9, false},
		{"sub-folder too full", []string{"old/a", "old/b", "old/c", "old/d", "old/e", "old/f"}, 7, true},
		{"sub-folder full", []string{"old/a", "old/b", "old/c", "old/d", "old/e"}, 7, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := newBucket("src", nil)
			for _, key := range tt.keys {
				src.put(key, 1)
			}
			b := planFrom(src, "", externalFacts(), runFile(t))
			b.Existing, b.Facts.HasChildren = existingTree(), true
			b.Options.Limits.Children = tt.limit
			if plan := mustPlan(t, b); plan.Stopped() != tt.stopped {
				t.Errorf("stopped is %v, want %v: %+v", plan.Stopped(), tt.stopped, plan.Findings)
			}
		})
	}
}

func TestShardingBesideExistingContent(t *testing.T) {
	src := newBucket("src", nil)
	for _, key := range []string{"a", "b", "c", "d", "differs"} {
		src.put(key, 1)
	}
	store := runFile(t)
	b := planFrom(src, "", externalFacts(), store)
	there := existingTree()
	there.children["syn10"] = append(there.children["syn10"], folder("syn30", "part-0001"))
	b.Existing, b.Facts.HasChildren = there, true
	b.Options.Limits.Children, b.Options.ShardFolders, b.Options.IfExists = 9, true, planner.ExistsReplace
	if plan := mustPlan(t, b); plan.Stopped() {
		t.Errorf("plan is stopped: %+v", plan.Findings)
	}
	equal(t, "paths", paths(t, store), map[string]string{
		"a": "part-0002/a", "b": "part-0002/b", "c": "part-0002/c", "d": "part-0002/d",
		"differs": "differs",
	})
}
