package main

import (
	"bufio"
	"fmt"
	"strings"

	"synapse-migrate/planner"
)

// confirm asks before anything is written. Without a terminal it needs
// --yes.
func confirm(env environment, yes bool, plan planner.Plan) error {
	if yes {
		return nil
	}
	if !isTerminal(env.stdin) || !isTerminal(env.stderr) {
		return &exitError{code: exitUsage,
			err:  fmt.Errorf("there is no terminal to ask on"),
			hint: "--yes runs the plan without asking"}
	}
	items, size := planned(plan)
	_, _ = fmt.Fprintf(env.stderr, "Migrate %d objects (%d bytes) into %s %q? Type yes to go on: ",
		items, size, plan.Header.Destination.FolderID, plan.Header.Destination.FolderName)
	answer, _ := bufio.NewReader(env.stdin).ReadString('\n')
	if strings.TrimSpace(strings.ToLower(answer)) != "yes" {
		return hinted(fmt.Errorf("not confirmed, nothing was changed"),
			"the plan is kept; the same command asks again")
	}
	return nil
}

// planned counts what a plan migrates.
func planned(plan planner.Plan) (items, size int64) {
	for _, t := range plan.Totals.Actions {
		if t.Action != planner.ActionSkip && t.Action != planner.ActionBlock {
			items, size = items+t.Items, size+t.SizeBytes
		}
	}
	return items, size
}
