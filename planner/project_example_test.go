package planner_test

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func ExampleCheckProject() {
	facts := planner.ProjectFacts{
		EntityID: "syn12", Readable: true, Path: []string{"syn4489", "syn12"},
		Source: planner.ProjectSource{
			EntityID: "syn12", ConcreteType: synapse.TypeProject, Mode: planner.ModeMove,
		},
	}
	for _, f := range planner.CheckProject(facts) {
		fmt.Printf("%s %s: %s\n", f.Severity, f.Rule, f.Message)
	}
	// Output: stop source/permissions: you may not move what lies in source syn12: that takes UPDATE and CHANGE_PERMISSIONS
}
