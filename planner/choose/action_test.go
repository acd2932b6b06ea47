package choose

import (
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// A need that a chooser doesn't know isn't met, whatever the facts.
func TestUnknownNeedsAreNotMet(t *testing.T) {
	const unknown planner.Need = "one more"
	facts := ownExternal()
	if rule := (objectChoice{f: facts, below: true}).unmet(unknown); rule == "" {
		t.Error("met for an object")
	}
	file := newChoice(FileFacts{}, facts, planner.Options{}, planner.ProjectOptions{})
	if rule := (fileNeeds{file}).unmet(unknown); rule == "" {
		t.Error("met for a file")
	}
}

// What takes a file handle of a source project is not done with an object,
// even where it is asked for.
func TestObjectsHaveNoFileHandles(t *testing.T) {
	const key = "run7/a"
	for _, a := range planner.Actions(func(t planner.Traits) bool { return t.ProjectOnly }) {
		for _, bucket := range []string{"src", "dest"} {
			o := ObjectFacts{
				Object: planner.Object{Bucket: bucket, Key: "base/" + key, SizeBytes: 5},
				Path:   PathOf(key, "", planner.NamesFail), SameEndpoint: true,
			}
			got := Object(o, ownExternal(), planner.Options{Force: a})
			if want := Blocked(rules.PlaceCantBeDone); got.Action != want.Action || got.Rule != want.Rule {
				t.Errorf("%s in %s: got %s %s, want %s", a, bucket, got.Action, got.Rule, want.Rule)
			}
		}
	}
}
