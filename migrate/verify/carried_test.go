package verify_test

import (
	"slices"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// made is an activity that used a version of an entity.
func made(entityID string, version int64, executed bool) *synapse.Activity {
	return &synapse.Activity{ID: "7", Name: "Migrated", Used: []synapse.Used{
		{ConcreteType: synapse.TypeUsedURL, URL: "https://example.org"},
		{ConcreteType: synapse.TypeUsedEntity, WasExecuted: executed, Reference: &synapse.Reference{
			TargetID: entityID, TargetVersionNumber: version,
		}},
	}}
}

// TestProvenance looks at a file of one version, by each policy.
func TestProvenance(t *testing.T) {
	differs := []string{"differs f, provenance"}
	tests := []struct {
		name    string
		policy  planner.Provenance
		planned string
		is      *synapse.Activity
		want    []string
	}{
		{"kept", planner.ProvenanceKeep, "7", &synapse.Activity{ID: "7"}, nil},
		{"kept, by default", "", "7", &synapse.Activity{ID: "7"}, nil},
		{"not kept", planner.ProvenanceKeep, "7", nil, differs},
		{"another", planner.ProvenanceKeep, "7", &synapse.Activity{ID: "8"}, differs},
		{"none to keep", planner.ProvenanceKeep, "", nil, nil},
		{"none planned", planner.ProvenanceKeep, "", &synapse.Activity{ID: "8"}, differs},
		{"linked", planner.ProvenanceLink, "", made("syn50", 3, false), nil},
		{"not linked", planner.ProvenanceLink, "", nil, differs},
		{"linked to another version", planner.ProvenanceLink, "", made("syn50", 2, false), differs},
		{"linked to another entity", planner.ProvenanceLink, "", made("syn51", 3, false), differs},
		{"executed", planner.ProvenanceLink, "", made("syn50", 3, true), differs},
		{"left empty", planner.ProvenanceNone, "7", nil, nil},
		{"not left empty", planner.ProvenanceNone, "7", &synapse.Activity{ID: "7"}, differs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := project(planner.ModeCopy)
			w.header.Source.Project.Provenance = tt.policy
			w.items = w.items[2:]
			w.items[0].Origin.ActivityID = tt.planned
			e := w.entities["syn50"]
			e.versions = e.versions[2:]
			e.last().activity = tt.is
			rows, _ := w.run(t, verify.Options{})
			if got := told(rows); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if n := w.calls["generatedBy"]; n > 0 {
				t.Errorf("%d calls for what is in the bundle", n)
			}
		})
	}
}

func TestProvenanceThatIsNotKnown(t *testing.T) {
	w := project(planner.ModeCopy)
	w.hidden["syn50"] = synapse.ErrForbidden
	rows, _ := w.run(t, verify.Options{})
	if got, want := told(rows), []string{"unknown f", "unknown f"}; !slices.Equal(got, want) {
		t.Errorf("hidden: got %q, want %q: the bundle has the current version's", got, want)
	}
	w = project(planner.ModeMove)
	for i := range w.items {
		w.items[i].Origin.ActivityID = ""
	}
	rows, _ = w.run(t, verify.Options{})
	if got := told(rows); len(got) > 0 || w.calls["generatedBy"] > 0 {
		t.Errorf("not planned: got %q after %d calls, want nothing after none", got, w.calls["generatedBy"])
	}
}

// TestLabelsOfAFileThatWasThere adds a version to a file that has others.
func TestLabelsOfAFileThatWasThere(t *testing.T) {
	tests := []struct {
		name, planned, is, others string
		replaced                  bool
		want                      []string
	}{
		{"as planned", "final", "final", "draft", true, nil},
		{"taken", "final", "3", "FINAL", true, nil},
		{"a number", "1", "3", "draft", true, nil},
		{"not taken", "final", "3", "draft", true, []string{"differs f, version label"}},
		{"not what Synapse makes", "final", "4", "FINAL", true, []string{"differs f, version label"}},
		{"a file of its own", "1", "3", "1", false, []string{"differs f, version label"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := project(planner.ModeCopy)
			w.items = w.items[2:]
			w.items[0].Origin.VersionLabel = tt.planned
			if tt.replaced {
				w.items[0].ReplaceEntityID = "syn50"
			}
			e := w.entities["syn50"]
			e.versions[0].entity.VersionLabel = tt.others
			e.last().entity.VersionLabel = tt.is
			rows, _ := w.run(t, verify.Options{})
			if got := told(rows); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNamesOfHandles plans a file by each action, and says what its handle is
// to be called.
func TestNamesOfHandles(t *testing.T) {
	const neutral, text = "application/octet-stream", "text/plain"
	bad := "no name?"
	tests := []struct {
		name       string
		action     planner.Action
		plan       func(*planner.Item)
		noPreviews bool
		mode       planner.Mode
		file, kind string
	}{
		{"registered", planner.ActionRegister, nil, false, "", "d.txt", text},
		{"registered without previews", planner.ActionRegister, nil, true, "", "d.txt", neutral},
		{"registered, of no name", planner.ActionRegister,
			func(i *planner.Item) { i.Origin.FileName = "" }, false, "", "f", text},
		{"registered, of a name that no entity has", planner.ActionRegister,
			func(i *planner.Item) { i.Origin.FileName = bad }, false, "", bad, text},
		{"copied", planner.ActionCopy, nil, false, "", "d.txt", text},
		{"streamed without previews", planner.ActionStream, nil, true, "", "d.txt", neutral},
		{"reused", planner.ActionReuse, nil, false, "", "d.txt", text},
		{"reused, of no name", planner.ActionReuse, func(i *planner.Item) {
			i.Origin.FileName, i.ContentType = synapse.NotSet, ""
		}, false, "", synapse.NotSet, synapse.NotSet},
		{"reused without previews", planner.ActionReuse, nil, true, "", "d.txt", neutral},
		{"reused in a move", planner.ActionReuse, nil, true, planner.ModeMove, "d.txt", text},
		{"copied by Synapse", planner.ActionSynapseCopy, nil, true, "", "d.txt", text},
		{"copied by Synapse, of a name that it doesn't take", planner.ActionSynapseCopy,
			func(i *planner.Item) { i.Origin.FileName = bad }, false, "", "f", text},
		{"mirrored", planner.ActionSynapseCopy, func(i *planner.Item) {
			i.Origin.Mirror, i.Origin.FileName = baseKey+"/third one", bad
		}, true, "", bad, neutral},
		{"uploaded", planner.ActionUpload, nil, true, "", "d.txt", text},
		{"uploaded, of no type", planner.ActionUpload,
			func(i *planner.Item) { i.ContentType = "" }, false, "", "d.txt", neutral},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := project(planner.ModeCopy)
			w.header.Source.Project.Mode = tt.mode
			w.header.Arguments = map[string]string{"no-previews": "false"}
			if tt.noPreviews {
				w.header.Arguments["no-previews"] = "true"
			}
			w.items = w.items[2:]
			item := &w.items[0]
			item.Action, item.Origin.FileName = tt.action, "d.txt"
			item.Source.Key = item.DestKey
			if tt.plan != nil {
				tt.plan(item)
			}
			w.entities["syn50"].versions[0] = *w.entities["syn50"].last()
			if tt.mode != planner.ModeMove {
				w.entities["syn50"].versions = w.entities["syn50"].versions[:1]
			}
			h := w.entities["syn50"].last().handle
			h.FileName, h.ContentType = tt.file, tt.kind
			rows, _ := w.run(t, verify.Options{})
			if got := told(rows); len(got) > 0 {
				t.Errorf("got %q, want nothing", got)
			}
			h.FileName, h.ContentType = "other", "other/type"
			rows, _ = w.run(t, verify.Options{})
			if got, want := told(rows), []string{"differs f, file name, content type"}; !slices.Equal(got, want) {
				t.Errorf("with others: got %q, want %q", got, want)
			}
		})
	}
}
