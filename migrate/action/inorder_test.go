package action

import (
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"testing"
)

func TestPassingBeginsAnew(t *testing.T) {
	plan := partPlan{3 * synapse.MinPartSizeBytes, synapse.MinPartSizeBytes}
	tests := []struct {
		state string
		bytes int64
		want  int
	}{
		{"000", 0, 3}, {"111", 0, 3}, {"100", synapse.MinPartSizeBytes, 2},
		{"110", synapse.MinPartSizeBytes, 2}, {"010", synapse.MinPartSizeBytes, 3},
		{"111", 3 * synapse.MinPartSizeBytes, 0}, {"101", 3 * synapse.MinPartSizeBytes, 3},
	}
	for _, test := range tests {
		p := &passing{bytes: test.bytes}
		if got := p.unsent(plan, test.state); len(got) != test.want {
			t.Errorf("%s, %d bytes hashed: sends %v, want %d", test.state, test.bytes, got, test.want)
		}
	}
}

func TestUnproven(t *testing.T) {
	item := func(etag string, from planner.MD5Source) checkpoint.Entry {
		return checkpoint.Entry{Item: planner.Item{
			Source: planner.Object{ETag: etag}, MD5Source: from,
		}}
	}
	tests := []struct {
		entry checkpoint.Entry
		want  bool
	}{
		{item("AB", planner.MD5Handle), false},
		{item("ab-2", planner.MD5Handle), true},
		{item("", planner.MD5Read), true},
		{item("ab-2", planner.MD5Read), false},
	}
	for _, test := range tests {
		if got := unproven(test.entry, "ab"); got != test.want {
			t.Errorf("unproven(%+v) = %v, want %v", test.entry.Item, got, test.want)
		}
	}
}
