package main

import (
	"strings"
	"testing"

	"synapse-migrate/migrate/binding"
)

func TestBucketArgumentsComeBackFromTheRunFile(t *testing.T) {
	flags := bucketFlags{
		listedFlags: listedFlags{targetFlags: targetFlags{to: "syn1", ifExists: "skip", action: "copy", noPreviews: true, acceptAccess: true,
			destCredentials: destSource, profile: "lab", destEndpoint: "https://d", destRegion: "eu-west-1", config: "lab.yaml"},
			names: "replace", shardFolders: true},
		source: "s3://lab/x", requesterPays: true,
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
	err := m.take(map[string]string{binding.Command: "carry"})
	if err == nil || !strings.Contains(err.Error(), "migrate carry") {
		t.Errorf("got error %v, want it to name the command", err)
	}
}
