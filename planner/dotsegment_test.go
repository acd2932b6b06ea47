package planner_test

import (
	"testing"

	"synapse-migrate/planner"
)

func TestDotSegment(t *testing.T) {
	for key, want := range map[string]bool{
		"":                           false,
		"base/a/b.txt":               false,
		"base/.hidden/..b/c..":       false,
		"base/...":                   false,
		"base//b":                    false,
		"base/100%/b":                false,
		"base/a.b":                   false,
		"..":                         true,
		"../up.txt":                  true,
		"base/../../shared/x":        true,
		"base/.":                     true,
		"base/./x":                   true,
		"base/ .. /x":                true,
		"base/a\\..\\x":              true,
		"base/%2e%2E/x":              true,
		"base/a%2f..%2fx":            true,
		"base/a/..":                  true,
		"base/x/.%2e":                true,
		"base/a..b/%252e%252e/twice": false,
	} {
		if got := planner.DotSegment(key); got != want {
			t.Errorf("%q: got %t, want %t", key, got, want)
		}
	}
}

func TestNoDestinationKeyHasDotSegments(t *testing.T) {
	options := planner.Options{Names: planner.NamesReplace}
	object := func(key string) planner.ObjectFacts {
		o := seen("src", key, 9)
		o.Path = planner.PathOf(key, "", options.Names)
		return o
	}
	facts := whereCopies(planner.CopyPossible)
	streams := whereCopies(planner.CopyImpossible)
	climbing := whereCopies(planner.CopyPossible)
	climbing.Destination.BaseKey = "base/../other"
	for name, tt := range map[string]struct {
		object planner.ObjectFacts
		facts  planner.DestinationFacts
		want   planner.RuleID
	}{
		"copied":              {object("../up.txt"), facts, planner.RulePlaceDotSegment},
		"streamed":            {object("../../shared/x/planted.txt"), streams, planner.RulePlaceDotSegment},
		"two dots in a name":  {object("a..b/c"), facts, ""},
		"below such a base":   {object("x"), climbing, planner.RulePlaceDotSegment},
		"uploaded by Synapse": {object("../up.txt"), managedFacts(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			equal(t, "rule", planner.Choose(tt.object, tt.facts, options).Rule, tt.want)
		})
	}
}
