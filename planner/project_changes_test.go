package planner_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// meddling does something before each call, its body in hand.
type meddling struct {
	next   http.RoundTripper
	mu     sync.Mutex
	before func(path, body string)
}

func (m *meddling) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	m.mu.Lock()
	m.before(r.URL.Path, string(body))
	m.mu.Unlock()
	return m.next.RoundTrip(r)
}

// meddled plans while before changes things.
func (s *study) meddled(before func(path, body string)) (planner.Plan, *checkpoint.File) {
	s.t.Helper()
	client, err := synapse.New(synapse.Options{
		Endpoint: "https://synapse.test", Budget: s.budget,
		Token:     synapse.Token(s.AddToken(s.owner, nil, 0)),
		Transport: &meddling{next: direct{s.Emulator}, before: before},
	})
	s.must(err)
	return s.plan(planner.ProjectOptions{}, func(p *project.Planner) { p.Source = client })
}

// TestProjectGrowsMeanwhile meets children again on the next page when
// something comes before them, and plans them once.
func TestProjectGrowsMeanwhile(t *testing.T) {
	s := newStudy(t)
	for range 2 {
		fillFlat(s, 70, 70)
	}
	for range 60 {
		s.addFolder(s.source, "sub")
	}
	grown := false
	plan, file := s.meddled(func(path, body string) {
		if !grown && strings.HasSuffix(path, "/children") && strings.Contains(body, "nextPageToken") {
			grown = true
			s.stored(s.source, "!first", 1)
			s.addFolder(s.source, "a")
		}
	})
	equal(t, "grown", grown, true)
	equal(t, "items", plan.Totals.Items, int64(140))
	equal(t, "folders", plan.Totals.Folders, int64(62))
	seen := map[string]bool{}
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		s.must(err)
		if seen[item.Origin.EntityID] {
			t.Errorf("%s is planned twice", item.Origin.EntityID)
		}
		seen[item.Origin.EntityID] = true
	}
}

// TestProjectShrinksMeanwhile names what was there when its folder was
// listed and is gone when it is asked about.
func TestProjectShrinksMeanwhile(t *testing.T) {
	s := newStudy(t)
	kept, gone := s.addFolder(s.source, "kept"), s.addFolder(s.source, "gone")
	s.stored(kept, "a", 1)
	lost := s.stored(s.source, "lost", 1)
	s.stored(gone, "b", 1)
	plan, file := s.meddled(func(path, body string) {
		if strings.HasSuffix(path, lost+"/bundle2") {
			s.delete(lost)
		}
		if strings.HasSuffix(path, "/children") && strings.Contains(body, gone) {
			s.delete(gone)
		}
	})
	equal(t, "items", ways(t, file), map[string]string{
		"lost": "1 block objects/gone", "kept/a": "2 synapse-copy",
	})
	equal(t, "gone", find(plan.Findings, rules.ObjectsGone).Count, int64(2))
}

// delete moves an entity to the trash.
func (s *study) delete(id string) { s.call(http.MethodDelete, "/repo/v1/entity/"+id) }

// TestProjectGrowsBetweenPieces goes on in the middle of a folder that has
// grown since, and remembers what was planned of it.
func TestProjectGrowsBetweenPieces(t *testing.T) {
	s := newStudy(t)
	for i := range 40 {
		s.addFolder(s.source, fmt.Sprintf("folder %02d", i))
		s.stored(s.source, fmt.Sprintf("file %02d", i), 1)
	}
	file := runFile(t)
	s.InjectFault(emulator.Fault{
		PathPattern: "/repo/v1/entity/children", Skip: 1, Status: http.StatusBadRequest, Reason: "broken",
	})
	if _, err := s.project(planner.ProjectOptions{}, file).Plan(t.Context()); err == nil {
		t.Fatal("planning did not break off")
	}
	cursor, err := file.Cursor(t.Context())
	s.must(err)
	equal(t, "items so far", cursor.LastItemID, int64(40))
	equal(t, "folders so far", cursor.LastFolderID, int64(10))
	for i := range 15 {
		s.stored(s.source, fmt.Sprintf("early %02d", i), 1)
	}
	plan, err := s.project(planner.ProjectOptions{}, file).Plan(t.Context())
	s.must(err)
	equal(t, "items", plan.Totals.Items, int64(40))
	equal(t, "folders", plan.Totals.Folders, int64(40))
}
