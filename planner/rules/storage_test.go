package rules

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
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
		rule  planner.RuleID
		says  string
	}{
		{"no limit", &synapse.StorageUsage{SumFileBytes: 9}, 1 << 50, "", ""},
		{"fits", limited(1000, 3000), 2000, "", ""},
		{"one byte too many", limited(1000, 3000), 2001, LimitsStorage, "has room for 2,000 in"},
		{"full", limited(3000, 3000), 1, LimitsStorage, "has room for 0 in"},
		{"full, and nothing comes", limited(3000, 3000), 0, "", ""},
		{"over the limit, which was said", limited(3001, 3000), 5, "", ""},
		{"over the limit, which wasn't said", &synapse.StorageUsage{SumFileBytes: 3200, MaxAllowedFileBytes: new(int64(3000))},
			5, LimitsStorage, "has room for 0 in"},
		{"unknown", nil, 5, LimitsStorageUnknown, "is unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := DestinationFacts{Usage: tt.usage, Destination: planner.Destination{ProjectID: "syn1", StorageLocationID: 5}}
			findings := CheckRoom(f, tt.added)
			if len(findings) == 0 && tt.rule == "" {
				return
			}
			if len(findings) != 1 || findings[0].Rule != tt.rule || !strings.Contains(findings[0].Message, tt.says) {
				t.Errorf("got %+v, want %s: %s", findings, tt.rule, tt.says)
			}
		})
	}
}
