package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
)

// says fails the test where a command's messages lack one of the texts.
func (s *site) says(o outcome, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(o.stderr, text) {
			s.t.Errorf("the messages lack %q:\n%s", text, o.stderr)
		}
	}
}

// sourceArgs are a migration of the source's raw/ without questions.
func (s *site) sourceArgs(more ...string) []string {
	return append([]string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast}, more...)
}

func TestMistakesAreNamedWithTheNextStep(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	wrong := s.OwnerKeys
	wrong.SecretAccessKey = "wrong"
	elsewhere := *s
	elsewhere.env = append(elsewhere.env[:len(elsewhere.env):len(elsewhere.env)], "SYNAPSE_AUTH_TOKEN=nonsense")
	tests := []struct {
		name   string
		site   *site
		source string
		says   []string
	}{
		{"mistyped prefix", s, "s3://" + s.Source + "/row/", []string{"there is no object", "hint: look at the prefix"}},
		{"mistyped bucket", s, "s3://no-such-bucket/raw/", []string{"NoSuchBucket", "hint: look at the bucket's name"}},
		{"bucket of others", s, "s3://" + s.Foreign + "/", []string{"access denied", "s3:ListBucket"}},
		{"wrong keys", s.with(wrong), "s3://" + s.Source + "/raw/", []string{"SignatureDoesNotMatch", "--profile"}},
		{"wrong token", &elsewhere, "s3://" + s.Source + "/raw/", []string{"401", "make a new one"}},
	}
	before := s.Snapshot()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := test.site.want(exitFailed, "bucket", test.source, "--to", s.External.ID, "--yes")
			s.says(o, test.says...)
			s.noSecret("the output", o.stdout+o.stderr)
			if _, err := os.Stat(s.path(runFileFor(s.External.ID))); !os.IsNotExist(err) {
				t.Errorf("a run file was left behind, which refuses the right command: %v", err)
			}
		})
	}
	if s.Snapshot() != before {
		t.Error("Synapse changed")
	}
}

func TestFolderInTheTrashIsNoMatterOfCredentials(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	s.want(exitDone, s.sourceArgs("--dry-run")...)
	s.Synapse(t, s.Owner, "DELETE", "/repo/v1/entity/"+s.External.ID, nil, nil)
	s.says(s.want(exitFailed, s.sourceArgs()...), "trash can", "destination folder is gone", "hint: restore the folder")
}

func TestRevokedTokenStopsTheRunWithTheWayOn(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 30)
	s.fill(s.Source, objects)
	s.InjectFault(describe.Fault{Method: "POST", PathPattern: "/repo/v1/entity", Skip: 10, Count: -1,
		Status: 401, Reason: "Invalid access token"})
	s.says(s.want(exitFailed, s.sourceArgs()...), "make a new one", "give the same command again")
	s.ClearFaults()
	s.want(exitDone, s.sourceArgs()...)
	s.holds(s.External.ID, wanted(objects, "raw/"))
}

func TestSameFolderInOtherLettersIsTheSameRun(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	s.want(exitDone, s.sourceArgs("--dry-run")...)
	o := s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", strings.ToUpper(s.External.ID), "--dry-run")
	s.says(o, "using the plan of")
	o = s.want(exitFailed, "bucket", "s3://"+s.Source+"/", "--to", s.External.ID, "--dry-run")
	s.says(o, `the source "s3://`+s.Source+`/raw/", not`)
}

func TestFailuresAreShownAtOnceAndInTheReport(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := study("raw/", 20)
	s.fill(s.Source, objects)
	s.want(exitDone, s.sourceArgs("--dry-run")...)
	var key string
	for key = range objects {
		break
	}
	s.Put(t, s.Source, key, "changed since it was planned")
	o := s.want(exitIncomplete, s.sourceArgs()...)
	s.says(o, "1 failed", "needs a new plan")
	for _, where := range []outcome{o, s.want(exitDone, "status")} {
		if !strings.Contains(where.stdout, key) || !strings.Contains(where.stdout, "changed since planned") {
			t.Errorf("the output doesn't name the failed object %q and its reason:\n%s", key, where.stdout)
		}
	}

	var report struct {
		Folders []struct {
			ID       int64
			Path     string
			EntityID string
		}
		Items []struct {
			Name, Key, State string
			FolderID         int64
		}
	}
	if err := json.Unmarshal([]byte(s.want(exitDone, "report", "--format", "json").stdout), &report); err != nil {
		t.Fatal(err)
	}
	paths, entities := map[int64]string{}, map[int64]string{}
	for _, folder := range report.Folders {
		paths[folder.ID], entities[folder.ID] = folder.Path+"/", folder.EntityID
	}
	for _, item := range report.Items {
		if item.State == "done" && entities[item.FolderID] == "" {
			t.Errorf("%q is done, and its folder has no entity ID", item.Key)
		}
		if got, want := paths[item.FolderID]+item.Name, strings.TrimPrefix(item.Key, "raw/"); got != want {
			t.Errorf("%q: got path %q, want %q", item.Key, got, want)
		}
	}
}

func TestMaxErrorsStopsTheRun(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 100)
	s.fill(s.Source, objects)
	s.want(exitDone, s.sourceArgs("--dry-run")...)
	changed := map[string]string{}
	for key := range objects {
		changed[key] = "changed since it was planned"
	}
	s.fill(s.Source, changed)
	o := s.want(exitFailed, s.sourceArgs("--max-errors=3", "--workers=1")...)
	s.says(o, "stopped by --max-errors", "are left")
}
