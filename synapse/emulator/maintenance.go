package emulator

import (
	"net/http"
	"strings"
	"sync/atomic"
)

// Status is whether Synapse is open for business.
type Status string

// The states of a stack (StackStatusFilter, October 2024). In all but the
// first, every call is refused, reads too.
const (
	StatusReadWrite Status = "READ_WRITE"
	StatusReadOnly  Status = "READ_ONLY"
	StatusDown      Status = "DOWN"
)

type stackStatus struct {
	Status         Status  `json:"status"`
	CurrentMessage *string `json:"currentMessage"`
	PendingMessage *string `json:"pendingMaintenanceMessage"`
}

type maintenance struct {
	current atomic.Pointer[stackStatus]
}

func (m *maintenance) status() stackStatus {
	if s := m.current.Load(); s != nil {
		return *s
	}
	return stackStatus{Status: StatusReadWrite}
}

// SetStatus opens or closes Synapse. The message is what refused calls are
// told; empty is the server's own.
func (e *Emulator) SetStatus(s Status, message string) {
	status := &stackStatus{Status: s}
	if message != "" {
		status.CurrentMessage = &message
	}
	e.maintenance.current.Store(status)
}

// refuseInMaintenance is 503 while Synapse is closed. Paths that contain the
// words below pass, wherever they contain them: the server tests the whole
// path, so /entity/{id}/version passes as well.
func (e *Emulator) refuseInMaintenance(path string) error {
	s := e.maintenance.status()
	if s.Status == StatusReadWrite {
		return nil
	}
	for _, word := range [...]string{"/admin", "/migration", "/version", "/status"} {
		if strings.Contains(path, word) {
			return nil
		}
	}
	reason := "Synapse is down for maintenance."
	if s.CurrentMessage != nil {
		reason = *s.CurrentMessage
	}
	return failf(http.StatusServiceUnavailable, "%s", reason)
}
