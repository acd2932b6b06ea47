package rules_test

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

func ExampleCheckRun() {
	facts := rules.DestinationFacts{FolderID: "syn123", Missing: true}
	for _, f := range rules.CheckRun(facts, planner.Options{}) {
		fmt.Printf("%s %s: %s (%s)\n", f.Severity, f.Rule, f.Message, f.Hint)
	}
	// Output: stop destination/missing: syn123 does not exist (check the ID given to --to)
}

func ExampleCheckProject() {
	facts := rules.ProjectFacts{
		EntityID: "syn12", Readable: true, Path: []string{"syn4489", "syn12"},
		Source: planner.ProjectSource{
			EntityID: "syn12", ConcreteType: synapse.TypeProject, Mode: planner.ModeMove,
		},
	}
	for _, f := range rules.CheckProject(facts) {
		fmt.Printf("%s %s: %s\n", f.Severity, f.Rule, f.Message)
	}
	// Output: stop source/permissions: you may not move what is in source syn12: that takes UPDATE and CHANGE_PERMISSIONS
}
