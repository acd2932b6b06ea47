package verify_test

import (
	"slices"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// TestKeptVersions replaces a file's content where it lay, and looks at what
// became of the version before.
func TestKeptVersions(t *testing.T) {
	const aside = baseKey + "/.versions/a/syn101.1"
	old := func(w *world) *synapse.FileHandle { return w.entities["syn101"].versions[0].handle }
	small := int64(1)
	tests := []struct {
		name  string
		read  bool
		plant func(*world)
		want  []string
	}{
		{"as planned", false, func(*world) {}, nil},
		{"as planned, and read", true, func(w *world) { w.objects[aside].PartsCount = 2 }, nil},
		{"not re-pointed", false, func(w *world) { old(w).Key = baseKey + "/a" },
			[]string{"differs a, earlier version"}},
		{"in another bucket", false, func(w *world) { old(w).BucketName = "elsewhere" },
			[]string{"differs a, earlier version"}},
		{"of another size", false, func(w *world) { old(w).ContentSize = &small },
			[]string{"differs a, earlier version"}},
		{"deleted", false, func(w *world) { w.items[0].Kept.Versions[0].Number = 9 },
			[]string{"differs a, earlier version"}},
		{"hidden", false, func(w *world) { w.entities["syn101"].versions[0].handle = nil },
			[]string{"unknown a"}},
		{"object gone", false, func(w *world) { delete(w.objects, aside) },
			[]string{"differs a, earlier version's object"}},
		{"object cut", false, func(w *world) { w.objects[aside].SizeBytes, w.objects[aside].PartsCount = 1, 2 },
			[]string{"differs a, earlier version's object"}},
		{"object overwritten", false, func(w *world) { w.objects[aside].ETag = sum("else") },
			[]string{"differs a, earlier version's object"}},
		{"swapped byte", false, func(w *world) { w.objects[aside].content, w.objects[aside].PartsCount = "dol", 2 },
			nil},
		{"swapped byte that is read", true, func(w *world) {
			w.objects[aside].content, w.objects[aside].PartsCount = "dol", 2
		}, []string{"differs a, earlier version's object"}},
		{"object that can't be looked at", false, func(w *world) { w.refused[aside] = planner.ErrDenied },
			[]string{"unknown a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.file("syn101", folderID, "a", aside, "old")
			w.copied("a", "new content")
			w.items[0].ReplaceEntityID = "syn101"
			w.items[0].Kept = &planner.Kept{EntityID: "syn101", Key: aside, SizeBytes: 3,
				Versions: []planner.KeptVersion{{Number: 1}}}
			tt.plant(w)
			rows, _ := w.run(t, verify.Options{Read: verify.Reading{All: tt.read}})
			if got := told(rows); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestOlderVersionsOfAFileThatMovedEarlier plans the versions that a move left
// behind, without the current one.
func TestOlderVersionsOfAFileThatMovedEarlier(t *testing.T) {
	w := project(planner.ModeMove)
	w.items = w.items[1:]
	for i := range w.items {
		w.items[i].Origin.Annotations = nil // nobody asks for those of a version that moves
	}
	rows, _ := w.run(t, verify.Options{})
	if got := told(rows); len(got) > 0 || len(rows) != 2 {
		t.Errorf("got %q of %d rows, want nothing of 2", got, len(rows))
	}
	w.entities["syn50"].versions[0].handle.ContentMD5 = sum("else")
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs f, MD5"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
