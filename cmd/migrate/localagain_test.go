package main

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// Another plan of a directory finds what is migrated already, by content and
// not by size.
func TestLocalAgain(t *testing.T) {
	for name, folder := range map[string]func(*site) string{
		"external": func(s *site) string { return s.External.ID },
		"managed":  func(s *site) string { return s.Managed.ID },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, "--throttle=false")
			to := folder(s)
			content := map[string]string{"same": "one and the same", "other": "first", "d/large": strings.Repeat("x", 17<<20)}
			s.files("in", content)
			s.want(exitDone, "local", "in", "--to", to, "--yes", fast)
			if err := os.Remove(s.path(runFileFor(to))); err != nil {
				t.Fatal(err)
			}
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(s.path("in/same"), later, later); err != nil {
				t.Fatal(err)
			}
			s.files("in", map[string]string{"other": "2nd!!", "new": "new"})
			s.want(exitIncomplete, "local", "in", "--to", to, "--yes", fast)
			want := map[string]planner.RuleID{
				"same": rules.ObjectsMigrated, "d/large": rules.ObjectsMigrated,
				"other": rules.ObjectsFileDiffers,
			}
			if got := s.ruled(); !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			content["new"] = "new"
			s.holds(to, wanted(content, ""))
		})
	}
}

// What an earlier run brought, without living to register it, is found.
func TestLocalFindsItsObjects(t *testing.T) {
	s := newSite(t, "--throttle=false")
	content := map[string]string{"a": "content of a", "b": "content of b"}
	s.files("in", content)
	base := s.External.BaseKey + "/"
	s.fill(s.Destination, map[string]string{base + "a": "content of a", base + "b": "CONTENT OF B"})
	o := s.want(exitIncomplete, "local", "in", "--to", s.External.ID, "--yes", fast)
	if !strings.Contains(o.stdout, "destination has other content") {
		t.Errorf("the report doesn't say what happened:\n%s", o.stdout)
	}
	s.holds(s.External.ID, wanted(map[string]string{"a": "content of a"}, ""))
}
