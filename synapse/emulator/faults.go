package emulator

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with some calls. Faults come after the
// throttles: a call that is refused meets none.
type Fault struct {
	// Method is the calls' method; empty is any.
	Method string
	// PathPattern is a path, or that of an endpoint with its wildcards
	// (/repo/v1/entity/{id}); a trailing * stands for any rest; empty is
	// every path.
	PathPattern string
	// Skip is how many matching calls pass first; Count how many are hit
	// after that: 0 is one, negative all.
	Skip, Count int

	// Delay passes before anything else happens.
	Delay time.Duration
	// Status and Reason answer the call instead of the endpoint, which is
	// not executed. 0 lets the endpoint answer.
	Status int
	Reason string
	// LoseRequest cuts the connection before the call is executed,
	// LoseReply after it was, CutBody in the middle of the reply's body.
	LoseRequest, LoseReply, CutBody bool
}

// faults are those injected, the oldest first.
type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// InjectFault makes calls go wrong. Of several faults that match a call, the
// oldest hits it; a call that a fault skips is offered to the next.
func (e *Emulator) InjectFault(f Fault) {
	e.faults.mu.Lock()
	defer e.faults.mu.Unlock()
	if f.Count == 0 {
		f.Count = 1
	}
	e.faults.list = append(e.faults.list, &f)
}

// ClearFaults takes all faults away.
func (e *Emulator) ClearFaults() {
	e.faults.mu.Lock()
	defer e.faults.mu.Unlock()
	e.faults.list = nil
}

// take returns a copy of the fault that hits a request, nil for none.
func (fs *faults) take(r *http.Request, ep *endpoint) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.Count == 0 || !f.concerns(r, ep) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		f.Count--
		hit := *f
		return &hit
	}
	return nil
}

func (f *Fault) concerns(r *http.Request, ep *endpoint) bool {
	if f.Method != "" && f.Method != r.Method {
		return false
	}
	if prefix, open := strings.CutSuffix(f.PathPattern, "*"); open {
		return strings.HasPrefix(r.URL.Path, prefix)
	}
	return f.PathPattern == "" || f.PathPattern == withoutSlash(r.URL.Path) ||
		ep != nil && f.PathPattern == ep.path
}
