package planner

import (
	"strings"
	"testing"

	"synapse-migrate/synapse"
)

// TestCheckRoom compares what a plan brings with what the project may still
// store.
func TestCheckRoom(t *testing.T) {
	limited := func(sum, limit int64) *synapse.StorageUsage {
		return &synapse.StorageUsage{SumFileBytes: sum, MaxAllowedFileBytes: &limit, IsOverLimit: sum > limit}
	}
	tests := []struct {
		name  string
		usage *synapse.StorageUsage
		added int64
		rule  RuleID
		says  string
	}{
		{"no limit", &synapse.StorageUsage{SumFileBytes: 9}, 1 << 50, "", ""},
		{"fits", limited(1000, 3000), 2000, "", ""},
		{"one byte too many", limited(1000, 3000), 2001, RuleLimitsStorage, "has room for 2,000 in"},
		{"full", limited(3000, 3000), 1, RuleLimitsStorage, "has room for 0 in"},
		{"full, and nothing comes", limited(3000, 3000), 0, "", ""},
		{"over the limit, which was said", limited(3001, 3000), 5, "", ""},
		{"unknown", nil, 5, RuleLimitsStorageUnknown, "is unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := DestinationFacts{Usage: tt.usage, Destination: Destination{ProjectID: "syn1", StorageLocationID: 5}}
			findings := checkRoom(f, tt.added)
			if len(findings) == 0 && tt.rule == "" {
				return
			}
			if len(findings) != 1 || findings[0].Rule != tt.rule || !strings.Contains(findings[0].Message, tt.says) {
				t.Errorf("got %+v, want %s: %s", findings, tt.rule, tt.says)
			}
		})
	}
}

// TestAddedBytes: what moves within the project and the location is there
// already.
func TestAddedBytes(t *testing.T) {
	totals := Totals{Actions: []ActionTotal{
		{Action: ActionReuse, Items: 1, SizeBytes: 10}, {Action: ActionCopy, Items: 1, SizeBytes: 5},
		{Action: ActionSkip, Items: 1, SizeBytes: 100}, {Action: ActionBlock, Items: 1, SizeBytes: 1000},
	}}
	for _, tt := range []struct {
		name    string
		mode    Mode
		project string
		want    int64
	}{
		{"copy", ModeCopy, "syn1", 15},
		{"move from another project", ModeMove, "syn2", 15},
		{"move within the project", ModeMove, "syn1", 5},
		{"move from where nothing is told", ModeMove, "", 15},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &Project{source: ProjectSource{Mode: tt.mode, ProjectID: tt.project}}
			p.Facts.Destination.ProjectID = "syn1"
			if got := p.added(totals); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
