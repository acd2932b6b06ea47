package main

import (
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// TestRemaining: the progress is told what is left of items, bytes and calls,
// and the budget that these are paid from.
func TestRemaining(t *testing.T) {
	var plan planner.Plan
	plan.Totals.Actions = []planner.ActionTotal{{Action: planner.ActionRegister, Items: 10}}
	plan.Cost.SynapseCalls = 30
	counts := checkpoint.Counts{Tallies: []checkpoint.Tally{
		{Action: planner.ActionRegister, State: checkpoint.StateDone, Items: 5, SizeBytes: 50},
		{Action: planner.ActionRegister, State: checkpoint.StatePlanned, Items: 3, SizeBytes: 30},
		{Action: planner.ActionRegister, State: checkpoint.StateFailed, Items: 2, SizeBytes: 20},
	}}
	s := &session{budget: synapse.NewBudget(synapse.BudgetOptions{})}
	for _, c := range []struct {
		retryFailed         bool
		items, bytes, calls int64
	}{
		{false, 3, 30, 9},
		{true, 5, 50, 15},
	} {
		got := remaining(plan, counts, c.retryFailed, s)
		if got.Items != c.items || got.SizeBytes != c.bytes || got.SynapseCalls != c.calls || got.Budget != s.budget {
			t.Errorf("retrying what failed %t: got %+v, want %+v", c.retryFailed, got, c)
		}
	}
}
