package choose_test

import (
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
)

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
