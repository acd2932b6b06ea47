package planner_test

import (
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
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
	object := func(key string) choose.ObjectFacts {
		o := seen("src", key, 9)
		o.Path = choose.PathOf(key, "", options.Names)
		return o
	}
	facts := whereCopies(rules.CopyPossible)
	streams := whereCopies(rules.CopyImpossible)
	climbing := whereCopies(rules.CopyPossible)
	climbing.Destination.BaseKey = "base/../other"
	for name, tt := range map[string]struct {
		object choose.ObjectFacts
		facts  rules.DestinationFacts
		want   planner.RuleID
	}{
		"copied":              {object("../up.txt"), facts, rules.PlaceDotSegment},
		"streamed":            {object("../../shared/x/planted.txt"), streams, rules.PlaceDotSegment},
		"two dots in a name":  {object("a..b/c"), facts, ""},
		"below such a base":   {object("x"), climbing, rules.PlaceDotSegment},
		"uploaded by Synapse": {object("../up.txt"), managedFacts(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			equal(t, "rule", choose.Object(tt.object, tt.facts, options).Rule, tt.want)
		})
	}
}
