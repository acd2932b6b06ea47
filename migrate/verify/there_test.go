package verify_test

import (
	"slices"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// leave has the plan leave out an object of a bucket.
func (w *world) leave(rule planner.RuleID, path, content string) {
	w.items = append(w.items, planner.Item{
		ID: int64(len(w.items) + 1), Name: path, Action: planner.ActionSkip, Rule: rule,
		Source: planner.Object{
			Bucket: "source", Key: "raw/" + path, ETag: sum(content), SizeBytes: int64(len(content)),
		},
	})
}

// TestWhatWasThere plans an object that the destination had already, and
// compares it all the same.
func TestWhatWasThere(t *testing.T) {
	const key = baseKey + "/a"
	handle := func(w *world) *synapse.FileHandle { return w.entities["syn9"].last().handle }
	other := int64(99)
	tests := []struct {
		name  string
		rule  planner.RuleID
		read  bool
		plant func(*world)
		want  []string
		proof verify.Proof
	}{
		{"still there", rules.ObjectsMigrated, false, func(*world) {}, nil, verify.ProofETag},
		{"read", rules.ObjectsMigrated, true, func(*world) {}, nil, verify.ProofRead},
		{"in place, and its ETag tells nothing", rules.ObjectsMigrated, false, func(w *world) {
			w.items[0].Source.Bucket, w.items[0].Source.Key, w.items[0].Source.ETag = bucket, key, "abc-2"
			w.items[0].Name, w.header.Source.Prefix = "a", baseKey+"/"
			w.objects[key].ETag, w.objects[key].PartsCount = "abc-2", 2
		}, []string{"unknown a"}, ""},
		{"ETags that tell nothing", rules.ObjectsMigrated, false,
			func(w *world) { w.items[0].Source.ETag = "abc-2" }, []string{"unknown a"}, ""},
		{"ETags that tell nothing, read", rules.ObjectsMigrated, true,
			func(w *world) { w.items[0].Source.ETag = "abc-2" }, []string{"unknown a"}, ""},
		{"ETags that tell nothing, an MD5 of the plan, read", rules.ObjectsMigrated, true,
			func(w *world) { w.items[0].Source.ETag, w.items[0].MD5 = "abc-2", sum("content") }, nil, verify.ProofRead},
		{"of any content type", rules.ObjectsMigrated, false, func(w *world) {
			w.header.Arguments = map[string]string{"no-previews": "true"}
		}, nil, verify.ProofETag},
		{"gone", rules.ObjectsMigrated, false, func(w *world) { delete(w.entities, "syn9") },
			[]string{"missing a, entity"}, ""},
		{"object gone", rules.ObjectsMigrated, false, func(w *world) { delete(w.objects, key) },
			[]string{"missing a, object"}, ""},
		{"of another size", rules.ObjectsMigrated, false,
			func(w *world) { w.items[0].Source.SizeBytes = 1 }, []string{"differs a, size"}, ""},
		{"no file", rules.ObjectsMigrated, false,
			func(w *world) { w.entities["syn9"].Type = synapse.TypeLink }, []string{"differs a, type"}, ""},
		{"elsewhere", rules.ObjectsMigrated, false,
			func(w *world) { handle(w).StorageLocationID = &other }, []string{"differs a, storage location"}, ""},
		{"object overwritten", rules.ObjectsMigrated, true,
			func(w *world) { w.objects[key].content, w.objects[key].ETag = "changed", sum("changed") },
			[]string{"differs a, object's MD5"}, ""},
		{"overwritten in place", rules.ObjectsMigrated, false, func(w *world) {
			w.items[0].Source.Bucket, w.items[0].Source.Key = bucket, key
			w.items[0].Name, w.header.Source.Prefix = "a", baseKey+"/"
			w.objects[key].ETag, w.objects[key].PartsCount = "abc-2", 2
		}, []string{"differs a, object's ETag"}, ""},
		{"hidden", rules.ObjectsMigrated, false,
			func(w *world) { w.forbidden["syn9"] = synapse.ErrForbidden }, []string{"unknown a"}, ""},
		{"differed, and does", rules.ObjectsFileDiffers, false,
			func(w *world) { w.items[0].Source.SizeBytes = 1 }, []string{"differs a, size"}, ""},
		{"differed, nobody knows in what", rules.ObjectsFileDiffers, false,
			func(w *world) { w.items[0].Source.ETag = "abc-2" }, []string{"unknown a"}, ""},
		{"differed, and no longer does", rules.ObjectsFileDiffers, false,
			func(*world) {}, nil, verify.ProofETag},
		{"kept by the user's wish", rules.ObjectsFileKept, false,
			func(w *world) { w.items[0].Source.SizeBytes = 1 }, []string{"left-out a"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.leave(tt.rule, "a", "content")
			w.file("syn9", folderID, "a", key, "content")
			tt.plant(w)
			rows, summary := w.run(t, verify.Options{Read: verify.Reading{All: tt.read}})
			if got := told(rows); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if len(rows) != 1 || tt.proof != "" && summary.Proofs[tt.proof] != 1 {
				t.Errorf("got %+v, want one row by %q", rows, tt.proof)
			}
		})
	}
}

func TestSampleOfWhatWasThere(t *testing.T) {
	w := newWorld()
	for _, name := range []string{"a", "b", "c", "d"} {
		w.leave(rules.ObjectsMigrated, name, name)
		w.file("syn9"+name, folderID, name, baseKey+"/"+name, name)
	}
	_, summary := w.run(t, verify.Options{Read: verify.Reading{Sample: 3, Seed: 1}})
	if summary.ReadObjects != 3 {
		t.Errorf("read %d objects, want 3", summary.ReadObjects)
	}
}

// TestFilesOfAProjectThatWereThere compares the current version, with all
// that travels; of the older ones nobody knows what became.
func TestFilesOfAProjectThatWereThere(t *testing.T) {
	leave := func() *world {
		w := project(planner.ModeCopy)
		for i := range w.items {
			w.items[i].Action, w.items[i].Rule = planner.ActionSkip, rules.ObjectsMigrated
			w.items[i].ContentType = ""
		}
		return w
	}
	older := []string{"left-out first", "left-out second"}
	w := leave()
	rows, _ := w.run(t, verify.Options{})
	if got := told(rows); !slices.Equal(got, older) || len(rows) != 3 {
		t.Errorf("got %q of %d rows, want %q of 3", got, len(rows), older)
	}
	w = leave()
	last := w.entities["syn50"].last()
	last.annotations["n"], last.activity, last.handle.FileName = long("9"), nil, "x"
	rows, _ = w.run(t, verify.Options{})
	want := append(older, "differs f, annotations, file name, provenance")
	if got := told(rows); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestFoldersOfWhatWasThere has folders that the plan doesn't go through,
// since it leaves all out that is in them.
func TestFoldersOfWhatWasThere(t *testing.T) {
	w := newWorld()
	w.leave(rules.ObjectsMigrated, "d/e/a", "content")
	w.leave(rules.NamesInvalid, "blocked/b", "content")
	w.folder("syn20", folderID, "d")
	w.folder("syn21", "syn20", "e")
	w.file("syn9", "syn21", "a", baseKey+"/d/e/a", "content")
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"left-out blocked/b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.file("syn8", "syn20", "x", baseKey+"/x", "x")
	w.folder("syn22", folderID, "blocked")
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"left-out blocked/b", "extra blocked", "extra d/x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestShards has files in sub-folders that an earlier plan spread them over.
func TestShards(t *testing.T) {
	shards := func(planned bool) *world {
		w := newWorld()
		w.folder("syn20", folderID, "d")
		w.folder("syn21", "syn20", "part-0001")
		w.folder("syn22", folderID, "part-0002")
		w.leave(rules.ObjectsFileKept, "d/a", "a")
		w.leave(rules.ObjectsMigrated, "b", "b")
		w.file("syn9", "syn21", "a", baseKey+"/d/a", "a")
		w.file("syn8", "syn22", "b", baseKey+"/b", "b")
		if planned {
			w.folders = []planner.Folder{{ID: 1, Name: "d"}, {ID: 2, ParentID: 1, Name: "part-0001"}}
		}
		return w
	}
	for name, planned := range map[string]bool{"folders of the plan": true, "others": false} {
		t.Run(name, func(t *testing.T) {
			w := shards(planned)
			left := "left-out d/a"
			rows, _ := w.run(t, verify.Options{})
			if got, want := told(rows), []string{left}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			w.file("syn7", "syn20", "a", baseKey+"/d/other", "a")
			rows, _ = w.run(t, verify.Options{})
			twice := []string{left, "extra d/part-0001/a"}
			if !planned { // nothing is left that its folder is for
				twice = []string{left, "extra d/part-0001", "extra d/part-0001/a"}
			}
			if got := told(rows); !slices.Equal(got, twice) {
				t.Errorf("there twice: got %q, want %q", got, twice)
			}
		})
	}
	w := shards(true)
	w.entities["syn21"].Name, w.entities["syn22"].Name = "part-1", "parts-0002"
	w.folders = w.folders[:1]
	rows, _ := w.run(t, verify.Options{})
	want := []string{
		"left-out d/a", "extra parts-0002", "extra parts-0002/b", "extra d/part-1", "extra d/part-1/a", "missing b, entity",
	}
	if got := told(rows); !slices.Equal(got, want) {
		t.Errorf("in folders that are no shards: got %q, want %q", got, want)
	}
}
