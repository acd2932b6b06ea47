package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// projectDefaults are the flags as cobra fills them in.
func projectDefaults() projectFlags {
	return projectFlags{
		targetFlags: targetFlags{to: "syn1", ifExists: "fail", destCredentials: destSynapse},
		source:      "syn2", mode: "copy", provenance: "keep",
	}
}

func TestProjectArgumentsComeBackFromTheRunFile(t *testing.T) {
	flags := projectFlags{
		targetFlags: targetFlags{to: "syn1", ifExists: "skip", action: "synapse-copy", destCredentials: destSource,
			config: "lab.yaml"},
		source: "syn2", mode: "move", versions: "latest", provenance: "link", layout: "mirrored",
		only: []string{"syn3", "syn4"}, storageLocations: []int64{1, 22},
		bucketProfiles: []string{"a=b", "c=d, e"},
	}
	var m migration
	if err := m.take(flags.arguments()); err != nil {
		t.Fatal(err)
	}
	if got := m.job.(*projectJob).flags; !reflect.DeepEqual(got, flags) {
		t.Errorf("got %+v, want %+v", got, flags)
	}
	plain := projectDefaults()
	if err := m.take(plain.arguments()); err != nil {
		t.Fatal(err)
	}
	if got := m.job.(*projectJob).flags; !reflect.DeepEqual(got, plain) {
		t.Errorf("got %+v, want %+v", got, plain)
	}
}

func TestProjectFlagsRefuseWhatCannotBe(t *testing.T) {
	tests := []struct {
		name   string
		change func(*projectFlags)
		want   string
	}{
		{"as they are", func(*projectFlags) {}, ""},
		{"bucket as source", func(f *projectFlags) { f.source = "s3://lab/" }, "want the Synapse ID"},
		{"mode", func(f *projectFlags) { f.mode = "link" }, "--mode"},
		{"versions", func(f *projectFlags) { f.versions = "some" }, "--versions"},
		{"provenance", func(f *projectFlags) { f.provenance = "some" }, "--provenance"},
		{"layout", func(f *projectFlags) { f.layout = "flat" }, "--layout"},
		{"action", func(f *projectFlags) { f.action = "move" }, "--action"},
		{"only", func(f *projectFlags) { f.only = []string{"syn1", "x"} }, "--only"},
		{"no such file", func(f *projectFlags) { f.only = []string{"@no-such-file"} }, "no such file"},
		{"location", func(f *projectFlags) { f.storageLocations = []int64{0} }, "--storage-locations"},
		{"profile", func(f *projectFlags) { f.bucketProfiles = []string{"bucket"} }, "want BUCKET=PROFILE"},
		{"two profiles", func(f *projectFlags) { f.bucketProfiles = []string{"a=x", "a=y"} }, "twice"},
		{"replace in a move", func(f *projectFlags) { f.mode, f.ifExists = "move", "replace" }, "--if-exists replace"},
		{"link in a move", func(f *projectFlags) { f.mode, f.provenance = "move", "link" }, "--provenance link"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			flags := projectDefaults()
			test.change(&flags)
			err := flags.check()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one that names %q", err, test.want)
			}
		})
	}
}

func TestOnlyIsOneSetHoweverItIsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ids")
	content := "# files of 2024\nsyn30, SYN4\r\n\tsyn4  # again\n\nsyn5;syn30"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{"syn30", "syn4", "syn5"}
	for _, flag := range [][]string{{"@" + file}, {"syn5", " Syn4", "syn30", "syn4"}, want} {
		got, err := readOnly(flag)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q and error %v, want %q", flag, got, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("# nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readOnly([]string{"@" + file}); err == nil {
		t.Error("a file without IDs would take everything: want an error")
	}
	if _, err := readLimited(file, 3); err == nil {
		t.Error("a file over the limit was read: want an error")
	}
}
