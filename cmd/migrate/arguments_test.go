package main

import (
	"strings"
	"testing"
)

func TestDifferenceNamesTheFirstArgument(t *testing.T) {
	tests := []struct {
		name          string
		file, command map[string]string
		want          string
	}{
		{"same", map[string]string{"to": "syn1"}, map[string]string{"to": "syn1"}, ""},
		{"other", map[string]string{"to": "syn1"}, map[string]string{"to": "syn2"}, `--to "syn1", not "syn2"`},
		{"only in the file", map[string]string{"old": "x"}, nil, `--old "x", not ""`},
		{"only in the command", nil, map[string]string{"new": "x"}, `--new "", not "x"`},
		{"source", map[string]string{"source": "s3://a/"}, map[string]string{"source": "s3://b/"},
			`the source "s3://a/", not "s3://b/"`},
		{"first by name", map[string]string{"b": "1", "a": "1"}, map[string]string{"b": "2", "a": "2"}, `--a "1", not "2"`},
		{"another command", map[string]string{commandArgument: "bucket", "a": "1"},
			map[string]string{commandArgument: "project"}, "migrate bucket, not migrate project"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := difference(test.file, test.command); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBucketArgumentsComeBackFromTheRunFile(t *testing.T) {
	flags := bucketFlags{
		targetFlags: targetFlags{to: "syn1", ifExists: "skip", action: "copy", noPreviews: true, acceptAccess: true,
			destCredentials: destSource, profile: "lab", destEndpoint: "https://d", destRegion: "eu-west-1", config: "lab.yaml"},
		source: "s3://lab/x", names: "replace", shardFolders: true, requesterPays: true,
		md5MetadataKey: "md5", sourceEndpoint: "https://s", sourceRegion: "eu-west-2",
	}
	var m migration
	if err := m.take(flags.arguments()); err != nil {
		t.Fatal(err)
	}
	if got := m.job.(*bucketJob).flags; got != flags {
		t.Errorf("got %+v, want %+v", got, flags)
	}
	if m.target != &m.job.(*bucketJob).flags.targetFlags {
		t.Error("the target is not that of the job")
	}
}

func TestRunFilesOfUnknownCommandsAreRefused(t *testing.T) {
	var m migration
	err := m.take(map[string]string{commandArgument: "carry"})
	if err == nil || !strings.Contains(err.Error(), "migrate carry") {
		t.Errorf("got error %v, want it to name the command", err)
	}
}
