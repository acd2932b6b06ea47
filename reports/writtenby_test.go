package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/reports"
)

// TestPlanSaysWhoWrites: credentials that nothing is written with are not said
// to write.
func TestPlanSaysWhoWrites(t *testing.T) {
	const with = "written with Synapse's temporary credentials"
	tests := []struct {
		actions []planner.Action
		want    string
	}{
		{[]planner.Action{planner.ActionCopy}, with + "\n"},
		{[]planner.Action{planner.ActionStream, planner.ActionBlock}, with + "\n"},
		{[]planner.Action{planner.ActionUpload}, "written by Synapse itself\n"},
		{[]planner.Action{planner.ActionSynapseCopy, planner.ActionReuse}, "written by Synapse itself\n"},
		{[]planner.Action{planner.ActionSynapseCopy, planner.ActionStream}, with + ", and by Synapse itself\n"},
		{[]planner.Action{planner.ActionRegister, planner.ActionSkip}, "no object is written there\n"},
		{nil, "no object is written there\n"},
	}
	for _, test := range tests {
		plan := samplePlan()
		plan.Header.Destination.Credentials = "Synapse's temporary credentials"
		plan.Totals.Actions = nil
		for _, a := range test.actions {
			plan.Totals.Actions = append(plan.Totals.Actions, planner.ActionTotal{Action: a, Items: 1})
		}
		var out bytes.Buffer
		if err := reports.PlanText(&out, plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("%v: got %q, want %q", test.actions, out.String(), test.want)
		}
	}
}

// TestEveryItemHasAReason: also those that are migrated, in each report that
// has every item.
func TestEveryItemHasAReason(t *testing.T) {
	actions := []planner.Action{planner.ActionReuse, planner.ActionRegister, planner.ActionCopy,
		planner.ActionSynapseCopy, planner.ActionStream, planner.ActionUpload}
	destinations := map[string]planner.Destination{
		"Synapse's own bucket":             {Managed: true},
		"somebody else created":            {},
		"no credentials that write the de": {OwnedByCaller: true},
	}
	file := sampleFile()
	for _, action := range actions {
		for part, destination := range destinations {
			file.plan.Header.Destination = destination
			file.entries[0].Action = action
			var out bytes.Buffer
			if err := reports.Write(t.Context(), &out, "json", file); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), `"reason":""`) {
				t.Errorf("%s: an item has no reason", action)
			}
			if action == planner.ActionUpload && !strings.Contains(out.String(), part) {
				t.Errorf("an upload to %q doesn't say so", part)
			}
		}
	}
	file.plan.Header.Arguments = map[string]string{"action": "upload"}
	var out bytes.Buffer
	if err := reports.Write(t.Context(), &out, "csv", file); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "--action upload asks for it") {
		t.Error("the CSV report doesn't say that an action was forced")
	}
}
