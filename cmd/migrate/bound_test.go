package main

import (
	"os"
	"strings"
	"testing"
)

// A run file that was made at one Synapse and S3 is not carried out, compared
// or cleaned at another one, though all IDs and buckets are there too.
func TestRunFilesAreBoundToTheirServers(t *testing.T) {
	first, second := newSite(t, "--throttle=false"), newSite(t, "--throttle=false")
	objects := study("raw/", 3)
	first.fill(first.Source, objects)
	second.fill(second.Source, objects)
	plan := []string{"bucket", "s3://" + first.Source + "/raw/", "--to", first.External.ID, fast, "--run", first.path("a.migrate")}
	first.want(exitDone, append(plan, "--dry-run")...)
	if first.External.ID != second.External.ID {
		t.Fatal("the sandboxes have other IDs: this test shows nothing")
	}
	run := "--run=" + first.path("a.migrate")
	commands := [][]string{append(plan, "--yes"), {"resume", run, "--yes", fast}, {"verify", run, fast}, {"clean", run, "--yes"}}
	second.ResetCounts()
	other := *second
	for _, command := range commands {
		o := second.want(exitFailed, command...)
		for _, says := range []string{first.SynapseEndpoint, second.SynapseEndpoint, "hint:", "--run file"} {
			if !strings.Contains(o.stderr, says) {
				t.Errorf("migrate %s doesn't say %s:\n%s", command[0], says, o.stderr)
			}
		}
	}
	// The first's Synapse, and the second's S3.
	other.env = append(other.env[:len(other.env):len(other.env)], first.Environment()...)
	other.env = append(other.env, "AWS_ENDPOINT_URL_S3="+second.S3Endpoint, "AWS_ENDPOINT_URL="+second.S3Endpoint)
	for _, command := range commands {
		o := other.want(exitFailed, command...)
		if !strings.Contains(o.stderr, first.S3Endpoint) || !strings.Contains(o.stderr, second.S3Endpoint) {
			t.Errorf("migrate %s doesn't name both S3 endpoints:\n%s", command[0], o.stderr)
		}
	}
	if n := second.Calls().Of("POST /repo/v1/entity") + first.Calls().Of("POST /repo/v1/entity"); n != 0 {
		t.Errorf("%d entities were made", n)
	}
	if _, err := os.Stat(first.path("a.migrate")); err != nil {
		t.Error(err)
	}
	first.want(exitDone, append(plan, "--yes")...)
}
