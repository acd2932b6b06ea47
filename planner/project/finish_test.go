package project

import (
	"testing"

	"synapse-migrate/planner"
)

// TestAddedBytes: what moves within the project and the location is there
// already.
func TestAddedBytes(t *testing.T) {
	totals := planner.Totals{Actions: []planner.ActionTotal{
		{Action: planner.ActionReuse, Items: 1, SizeBytes: 10}, {Action: planner.ActionCopy, Items: 1, SizeBytes: 5},
		{Action: planner.ActionSkip, Items: 1, SizeBytes: 100}, {Action: planner.ActionBlock, Items: 1, SizeBytes: 1000},
	}}
	for _, tt := range []struct {
		name    string
		mode    planner.Mode
		project string
		want    int64
	}{
		{"copy", planner.ModeCopy, "syn1", 15},
		{"move from another project", planner.ModeMove, "syn2", 15},
		{"move within the project", planner.ModeMove, "syn1", 5},
		{"move from where nothing is told", planner.ModeMove, "", 15},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &ending{terms: terms{source: planner.ProjectSource{Mode: tt.mode, ProjectID: tt.project}}}
			e.facts.Destination.ProjectID = "syn1"
			if got := e.added(totals); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
