package sandbox_test

import (
	"net/http"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
)

func TestControls(t *testing.T) {
	box := sandboxtest.Start(t)
	profile := func() int {
		t.Helper()
		return box.Synapse(t, box.Owner, http.MethodGet, "/repo/v1/userProfile", nil, nil)
	}
	if calls := box.Calls(); calls.Total() != 0 {
		t.Errorf("calls before anybody made one: %+v", calls)
	}
	box.InjectFault(describe.Fault{PathPattern: "/repo/v1/userProfile", Status: 502, Count: 2})
	if first, second, third := profile(), profile(), profile(); first != 502 || second != 502 || third != 200 {
		t.Errorf("with a fault: statuses %d, %d, %d", first, second, third)
	}
	box.InjectFault(describe.Fault{Status: 500, Count: -1})
	box.ClearFaults()
	if status := profile(); status != http.StatusOK {
		t.Errorf("after the faults: status %d", status)
	}
	box.SetStatus("DOWN", "back soon")
	if status := profile(); status != http.StatusServiceUnavailable {
		t.Errorf("in maintenance: status %d", status)
	}
	box.SetStatus("READ_WRITE", "")
	if status := profile(); status != http.StatusOK {
		t.Errorf("after maintenance: status %d", status)
	}
	calls := box.Calls()
	got := calls.ByStatus["GET /repo/v1/userProfile"]
	if got[200] != 3 || got[502] != 2 || got[503] != 1 || calls.Of("GET /repo/v1/userProfile") != 6 {
		t.Errorf("calls: %+v", calls)
	}
	box.ResetCounts()
	if calls := box.Calls(); calls.Total() != 0 {
		t.Errorf("calls after the reset: %+v", calls)
	}
}

func TestThrottleIsOnUnlessSwitchedOff(t *testing.T) {
	box := sandboxtest.Start(t)
	refused := func() (n int) {
		for range 610 {
			if box.Synapse(t, box.Owner, http.MethodGet, "/repo/v1/userProfile", nil, nil) == 429 {
				n++
			}
		}
		return n
	}
	if n := refused(); n == 0 {
		t.Error("no call of 610 was refused")
	}
	if box.Calls().Throttled == 0 {
		t.Error("no refusal was counted")
	}
	box.SetThrottle(false)
	if n := refused(); n != 0 {
		t.Errorf("%d calls were refused without throttles", n)
	}
}

func TestControlsRefuseWhatTheyDoNotKnow(t *testing.T) {
	box := sandboxtest.Start(t)
	tests := []struct {
		name, method, path string
		document           any
		want               int
	}{
		{"unknown field", http.MethodPost, describe.PathFaults, map[string]any{"stauts": 500}, 400},
		{"unknown status", http.MethodPost, describe.PathStatus, describe.Status{Status: "UP"}, 400},
		{"unknown endpoint", http.MethodGet, "/sandbox/moon", nil, 404},
		{"wrong method", http.MethodPut, describe.PathCalls, nil, 405},
		{"description", http.MethodGet, describe.PathDescription, nil, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := box.Synapse(t, describe.User{}, tt.method, tt.path, tt.document, nil)
			if req != tt.want {
				t.Errorf("status %d, want %d", req, tt.want)
			}
		})
	}
}

func TestSnapshotTellsWhetherAnythingChanged(t *testing.T) {
	box := sandboxtest.Start(t)
	before := box.Snapshot()
	must(t, box, http.StatusOK, http.MethodGet, "/repo/v1/entity/"+box.External.ID, nil)
	if box.Snapshot() != before {
		t.Error("a read changed the snapshot")
	}
	must(t, box, http.StatusCreated, http.MethodPost, "/repo/v1/entity", document{
		"concreteType": "org.sagebionetworks.repo.model.Folder", "name": "new", "parentId": box.External.ID,
	})
	if box.Snapshot() == before {
		t.Error("a new folder left the snapshot as it was")
	}
}
