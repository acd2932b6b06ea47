package verify_test

import (
	"slices"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

func long(values ...string) synapse.AnnotationValue {
	return synapse.AnnotationValue{Type: synapse.AnnotationLong, Value: values}
}

// project is a file of three versions that was copied, or moved.
func project(mode planner.Mode) *world {
	w := newWorld()
	w.header.Source = planner.Source{Project: &planner.ProjectSource{EntityID: "syn5", Mode: mode}}
	contents := []string{"first", "second", "third one"}
	for i, content := range contents {
		w.file("syn50", folderID, "f", baseKey+"/"+content, content)
		v := w.entities["syn50"].last()
		v.entity.VersionComment = "comment " + content
		v.entity.VersionLabel = "label " + content
		v.entity.Description = "what it is"
		v.activity = &synapse.Activity{ID: "90" + content[:1]}
		v.annotations["n"] = long(content[:1])
		w.items = append(w.items, planner.Item{
			ID: int64(i + 1), Name: "f", Action: planner.ActionCopy, MD5: sum(content), DestKey: baseKey + "/" + content,
			ContentType: "text/plain",
			Source:      planner.Object{Bucket: "source", Key: content, SizeBytes: int64(len(content))},
			Origin: &planner.Origin{
				EntityID: "syn50", ParentID: "syn5", Version: int64(i + 1), Current: i == len(contents)-1,
				VersionLabel: v.entity.VersionLabel, VersionComment: v.entity.VersionComment,
				Description: "what it is", ActivityID: v.activity.ID, FileName: "f",
				Annotations: map[string]synapse.AnnotationValue{"n": long(content[:1])},
			},
		})
	}
	if mode == planner.ModeMove { // the current version comes first
		w.items[0], w.items[2] = w.items[2], w.items[0]
		w.items[1], w.items[2] = w.items[2], w.items[1]
		for i := range w.items {
			w.items[i].ID = int64(i + 1)
		}
	}
	return w
}

func TestVersions(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*world)
		want  []string
	}{
		{"as planned", func(*world) {}, nil},
		{"older handle wrong", func(w *world) { w.entities["syn50"].versions[1].handle.ContentMD5 = sum("else") },
			[]string{"differs f, MD5"}},
		{"older object gone", func(w *world) { delete(w.objects, baseKey+"/first") },
			[]string{"missing f, object"}},
		{"annotation changed", func(w *world) { w.entities["syn50"].last().annotations["n"] = long("9") },
			[]string{"differs f, annotations"}},
		{"annotation's type changed", func(w *world) {
			w.entities["syn50"].last().annotations["n"] =
				synapse.AnnotationValue{Type: synapse.AnnotationString, Value: []string{"t"}}
		}, []string{"differs f, annotations"}},
		{"annotation's values in another order", func(w *world) {
			w.entities["syn50"].last().annotations["n"] = long("2", "1")
			w.items[slices.IndexFunc(w.items, func(i planner.Item) bool { return i.Origin.Current })].
				Origin.Annotations = map[string]synapse.AnnotationValue{"n": long("1", "2")}
		}, []string{"differs f, annotations"}},
		{"annotation added", func(w *world) { w.entities["syn50"].last().annotations["m"] = long("1") },
			[]string{"differs f, annotations"}},
		{"annotation removed", func(w *world) { delete(w.entities["syn50"].last().annotations, "n") },
			[]string{"differs f, annotations"}},
		{"comment changed", func(w *world) { w.entities["syn50"].versions[0].entity.VersionComment = "x" },
			[]string{"differs f, version comment"}},
		{"label changed", func(w *world) { w.entities["syn50"].versions[1].entity.VersionLabel = "x" },
			[]string{"differs f, version label"}},
		{"label lost", func(w *world) { w.entities["syn50"].last().entity.VersionLabel = "3" },
			[]string{"differs f, version label"}},
		{"provenance lost", func(w *world) { w.entities["syn50"].last().activity = nil },
			[]string{"differs f, provenance"}},
		{"older version's provenance lost", func(w *world) { w.entities["syn50"].versions[0].activity = nil },
			[]string{"differs f, provenance"}},
		{"provenance of another version", func(w *world) {
			w.entities["syn50"].versions[1].activity = w.entities["syn50"].last().activity
		}, []string{"differs f, provenance"}},
		{"download's name changed", func(w *world) { w.entities["syn50"].versions[1].handle.FileName = "x" },
			[]string{"differs f, file name"}},
		{"content type changed", func(w *world) { w.entities["syn50"].last().handle.ContentType = "text/html" },
			[]string{"differs f, content type"}},
		{"older description changed", func(w *world) { w.entities["syn50"].versions[0].entity.Description = "x" },
			[]string{"differs f, description"}},
		{"description changed", func(w *world) { w.entities["syn50"].last().entity.Description = "x" },
			[]string{"differs f, description"}},
	}
	for _, mode := range []planner.Mode{planner.ModeCopy, planner.ModeMove} {
		for _, tt := range tests {
			t.Run(string(mode)+"/"+tt.name, func(t *testing.T) {
				w := project(mode)
				tt.plant(w)
				rows, _ := w.run(t, verify.Options{})
				if got := told(rows); !slices.Equal(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		}
	}
}

func TestMissingVersion(t *testing.T) {
	w := project(planner.ModeCopy)
	e := w.entities["syn50"]
	e.versions = e.versions[1:]
	e.versions[0].entity.VersionNumber, e.versions[1].entity.VersionNumber = 1, 2
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"missing f, versions", "differs f, versions"}; !slices.Equal(got, want) {
		t.Errorf("copy: got %q, want %q", got, want)
	}
	w = project(planner.ModeMove)
	e = w.entities["syn50"]
	e.versions = e.versions[:2]
	rows, _ = w.run(t, verify.Options{})
	if got := told(rows); len(got) != 1 || rows[0].Verdict != verify.VerdictDiffers {
		t.Errorf("move without its current version: got %q, want it to differ", got)
	}
}

func TestVersionsAddedToAFile(t *testing.T) {
	w := project(planner.ModeCopy)
	w.items = w.items[1:]
	w.items[0].ReplaceEntityID = "syn50"
	rows, _ := w.run(t, verify.Options{})
	if got := told(rows); len(got) > 0 {
		t.Errorf("got %q, want nothing: the first version was there before", got)
	}
	w.items[0].ReplaceEntityID = "syn51"
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs f, entity", "differs f, entity"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMovedFileKeepsItsEntity(t *testing.T) {
	w := project(planner.ModeMove)
	e := w.entities["syn50"]
	delete(w.entities, "syn50")
	e.ID = "syn51"
	w.entities["syn51"] = e
	rows, _ := w.run(t, verify.Options{})
	for _, r := range rows {
		if r.Verdict != verify.VerdictDiffers || r.Differences[0].Field != verify.FieldEntity {
			t.Errorf("got %+v, want another entity", r)
		}
	}
}

func TestSharedHandleLiesWhereTheOtherItemBroughtIt(t *testing.T) {
	w := newWorld()
	w.copied("a", "content")
	w.file("syn60", folderID, "b", baseKey+"/a", "content").last().handle.FileName = "a"
	w.items = append(w.items, w.items[0])
	w.items[1].ID, w.items[1].Name, w.items[1].Shares, w.items[1].DestKey = 2, "b", 1, ""
	rows, _ := w.run(t, verify.Options{})
	if got := told(rows); len(got) > 0 {
		t.Errorf("got %q, want nothing", got)
	}
	w.entities["syn60"].last().handle.Key = baseKey + "/copy"
	w.objects[baseKey+"/copy"] = w.objects[baseKey+"/a"]
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs b, key"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKeysThatSynapseChooses(t *testing.T) {
	for _, tt := range []struct {
		name, mirror, key string
		want              []string
	}{
		{"Synapse's", "", baseKey + "/12/abc/f", nil},
		{"beside the base key", "", "base2/f", []string{"differs f, key"}},
		{"mirrored", baseKey + "/f", baseKey + "/f", nil},
		{"not mirrored", baseKey + "/f", baseKey + "/12/abc/f", []string{"differs f, key"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.file("syn50", folderID, "f", tt.key, "content")
			w.items = []planner.Item{{
				ID: 1, Name: "f", Action: planner.ActionSynapseCopy, MD5: sum("content"),
				ContentType: "text/plain", Source: planner.Object{SizeBytes: 7}, Origin: &planner.Origin{Current: true, Mirror: tt.mirror},
			}}
			rows, _ := w.run(t, verify.Options{})
			if got := told(rows); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestProjectFolders(t *testing.T) {
	w := project(planner.ModeCopy)
	w.folders = []planner.Folder{{ID: 1, Name: "empty", Origin: &planner.FolderOrigin{
		EntityID: "syn6", Description: "nothing in it",
		Annotations: map[string]synapse.AnnotationValue{"n": long("1")},
	}}}
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"missing empty, entity"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	made := w.folder("syn20", folderID, "empty")
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs empty, description, annotations"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	made.last().entity.Description = "nothing in it"
	made.last().annotations = map[string]synapse.AnnotationValue{"n": long("1")}
	w.items = append(w.items, planner.Item{
		ID: 4, Name: "g", Action: planner.ActionSkip, Rule: rules.ObjectsMigrated,
		Origin: &planner.Origin{EntityID: "syn70", ParentID: "syn6"}, Source: planner.Object{Key: "key of g"},
	})
	w.file("syn71", "syn20", "g", baseKey+"/g", "g")
	rows, _ = w.run(t, verify.Options{})
	if got, want := told(rows), []string{"left-out key of g"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: what was there before is not extra", got, want)
	}
}

func TestAnnotationsOfABucketsItems(t *testing.T) {
	w := newWorld()
	e := w.copied("a", "content")
	e.last().annotations["people"] = long("1")
	w.items[0].Annotations = map[string]string{choose.OriginalKeyAnnotation: "raw/ä"}
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"differs a, annotations"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	e.last().annotations[choose.OriginalKeyAnnotation] =
		synapse.AnnotationValue{Type: synapse.AnnotationString, Value: []string{"raw/ä"}}
	rows, _ = w.run(t, verify.Options{})
	if got := told(rows); len(got) > 0 {
		t.Errorf("got %q, want nothing: what people add is no difference", got)
	}
}
