package emulator_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// same reports how two snapshots differ.
func same(t *testing.T, got, want emulator.Snapshot) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Synapse changed (-before +after):\n%s", diff)
	}
}

func TestSnapshotStandsStill(t *testing.T) {
	s := newSite(t)
	id, _ := s.versioned()
	before := s.Snapshot()
	s.do(s.owner, "GET", "/repo/v1/entity/"+id, nil).wants(200, "")
	same(t, s.Snapshot(), before)
	kept := s.Snapshot()
	s.put(s.owner, with(s.fetch(id), "name", "renamed"), "").wants(200, "")
	same(t, kept, before)
	if cmp.Equal(s.Snapshot(), before) {
		t.Error("a rename is not seen")
	}
}

func TestTreeForgetsIDs(t *testing.T) {
	one, two := newSite(t), newSite(t)
	two.folder(two.project, "shifts the IDs")
	trees := []map[string]emulator.TreeEntry{}
	for _, s := range []*site{one, two} {
		top := s.folder(s.project, "top")
		lower := s.folder(top, "lower")
		s.file(lower, "file", s.handle(s.owner, "m", 0))
		gone := s.file(top, "gone", s.handle(s.owner, "m", 0))
		s.do(s.owner, "DELETE", "/repo/v1/entity/"+gone, nil).wants(204, "")
		trees = append(trees, s.Snapshot().Tree(top))
	}
	if diff := cmp.Diff(trees[0], trees[1]); diff != "" {
		t.Errorf("trees differ:\n%s", diff)
	}
	want := map[string]emulator.TreeEntry{
		"lower": {Type: synapse.TypeFolder, Versions: []emulator.TreeVersion{{SizeBytes: -1}}},
		"lower/file": {Type: synapse.TypeFile, Versions: []emulator.TreeVersion{{
			Number: 1, Label: "1", MD5: "m", ContentType: "text/plain", FileName: "name.txt",
			Bucket: "b", Key: "k", SizeBytes: 10,
		}}},
	}
	if diff := cmp.Diff(want, trees[0]); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

func TestFillRefusesWhatBreaksTheTree(t *testing.T) {
	s := newSite(t)
	if _, err := s.AddFolder(s.owner.id, "syn1", "f"); err == nil {
		t.Error("a folder without a parent was made")
	}
	if _, err := s.AddFile(s.owner.id, s.project, "f", "x"); err == nil {
		t.Error("a file with a handle that is no number was made")
	}
	one, two := s.folder(s.project, "f"), s.folder(s.project, "f")
	if a, b := s.fetch(one)["name"], s.fetch(two)["name"]; a == b {
		t.Errorf("two children are named %v", a)
	}
}

func BenchmarkChildrenOf10000(b *testing.B) {
	e := emulator.New(emulator.Options{Storage: unused{}})
	owner := e.AddUser(emulator.User{Name: "u", Certified: true})
	token := e.AddToken(owner, nil, 0)
	project := e.AddProject(owner, "p")
	for range 10_000 {
		if _, err := e.AddFolder(owner, project, "f"); err != nil {
			b.Fatal(err)
		}
	}
	body := `{"parentId":"` + project + `","includeTypes":["folder"],"nextPageToken":"50a5000"}`
	for b.Loop() {
		r := httptest.NewRequest("POST", "/repo/v1/entity/children", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if e.ServeHTTP(w, r); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
