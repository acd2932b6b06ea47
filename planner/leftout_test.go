package planner_test

import (
	"testing"

	"synapse-migrate/planner"
)

func TestLeftOutPath(t *testing.T) {
	object := func(key string) planner.Item { return planner.Item{Source: planner.Object{Key: key}} }
	tests := []struct {
		name   string
		source planner.Source
		item   planner.Item
		want   string
	}{
		{"bucket", planner.Source{Bucket: "b"}, object("run7/a/x\x01.bam"), "run7/a/x\x01.bam"},
		{"prefix", planner.Source{Bucket: "b", Prefix: "run7/"}, object("run7/a/b.bam"), "a/b.bam"},
		{"part of a name", planner.Source{Bucket: "b", Prefix: "run7/a"}, object("run7/ab/c.bam"), "ab/c.bam"},
		{"marker", planner.Source{Bucket: "b", Prefix: "run7/"}, object("run7/a/"), "a/"},
		{"directory", planner.Source{Directory: &planner.DirectorySource{Path: "/d"}}, object("a/b"), "a/b"},
		{"list", planner.Source{URLs: &planner.URLSource{Path: "l"}}, object("a/b"), "a/b"},
		{"project", planner.Source{Project: &planner.ProjectSource{}}, planner.Item{
			Source: planner.Object{Bucket: "partner", Key: "7f/c"}, Origin: &planner.Origin{Path: "data/c"}}, "data/c"},
	}
	for _, test := range tests {
		if got := test.source.LeftOutPath(test.item); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
