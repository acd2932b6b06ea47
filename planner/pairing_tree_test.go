package planner_test

import (
	"fmt"
	"net/http"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

func TestServerAgreesAboutChildren(t *testing.T) {
	s := newServer(t)
	for i := range 9_999 {
		s.addFolder(s.folder, fmt.Sprintf("%04d", i))
	}
	for n, stopped := range map[int]bool{1: false, 2: true} {
		src := newBucket("dest", nil)
		for i := range n {
			src.put(fmt.Sprintf("base/x%d", i), 1)
		}
		plan, _ := s.plan(src, "base/", nil)
		found := find(plan.Findings, rules.LimitsChildren).Rule != ""
		if found != stopped || plan.Stopped() != stopped {
			t.Errorf("%d more children: stopped is %v, want %v", n, plan.Stopped(), stopped)
		}
	}
	wantStatus(t, s.file(s.client, s.folder, "x0"), 0)
	wantStatus(t, s.file(s.client, s.folder, "x1"), http.StatusBadRequest)
}

// TestServerAgreesAboutShards has files in a sub-folder named like a shard,
// as the server lists and shows them.
func TestServerAgreesAboutShards(t *testing.T) {
	s := newServer(t)
	shard := s.addFolder(s.folder, "part-0001")
	for i := range 60 {
		wantStatus(t, s.file(s.client, shard, fmt.Sprintf("%02d", i)), 0)
	}
	src := newBucket("dest", map[string]int64{"base/60": 1})
	for i := range 60 {
		src.put(fmt.Sprintf("base/%02d", i), 1)
	}
	for key := range src.details {
		src.change(key, func(d *planner.Detail) { d.ETag = sum })
	}
	plan, _ := s.plan(src, "base/", nil)
	equal(t, "migrated", find(plan.Findings, rules.ObjectsMigrated).Count, int64(60))
	equal(t, "items to register", plan.Totals.Items-60, int64(1))
}

// TestServerAgreesAboutKeysInJSON shows why keys must be UTF-8: what arrives
// is another key.
func TestServerAgreesAboutKeysInJSON(t *testing.T) {
	s := newServer(t)
	const key = "base/\xff"
	plan, _ := s.plan(newBucket("dest", map[string]int64{key: 1}), "base/", nil)
	if find(plan.Findings, rules.NamesNotUTF8).Count != 1 {
		t.Errorf("the planner found %q, want %s", ids(plan.Findings), rules.NamesNotUTF8)
	}
	_, err := s.register(s.client, key)
	wantStatus(t, err, http.StatusBadRequest)
}

// TestReplacedNamesAreTaken has the server take what ReplaceName makes.
func TestReplacedNamesAreTaken(t *testing.T) {
	s := newServer(t)
	for _, text := range []string{"", "..", " a ", "é=:\n", "(x3d)", "x|'\x00y"} {
		name := planner.ReplaceName(text)
		wantStatus(t, s.file(s.client, s.folder, name), 0)
		if _, err := s.client.ChildID(t.Context(), s.folder, name); err != nil {
			t.Errorf("%q is not there under its name %q: %v", text, name, err)
		}
	}
}
