package describe

import "time"

// Paths of the sandbox's own endpoints, on the address of its Synapse.
const (
	// PathDescription: GET answers a Description.
	PathDescription = "/sandbox"
	// PathSnapshot: GET answers everything that Synapse holds.
	PathSnapshot = "/sandbox/snapshot"
	// PathCalls: GET answers Calls; DELETE sets them to nothing.
	PathCalls = "/sandbox/calls"
	// PathS3: GET answers S3Counts; DELETE sets them to nothing.
	PathS3 = "/sandbox/s3"
	// PathFaults: POST takes a Fault; DELETE takes all away.
	PathFaults = "/sandbox/faults"
	// PathThrottle: POST takes a Throttle.
	PathThrottle = "/sandbox/throttle"
	// PathStatus: POST takes a Status.
	PathStatus = "/sandbox/status"
	// PathTokenLife: POST takes a TokenLife.
	PathTokenLife = "/sandbox/token-life"
)

// Calls is what Synapse was asked.
type Calls struct {
	// ByStatus counts the answers of each endpoint, keyed by method and
	// path pattern ("POST /repo/v1/entity") and by status.
	ByStatus map[string]map[int]int64 `json:"byStatus"`
	// Throttled is the number of calls that were answered 429.
	Throttled int64 `json:"throttled"`
	// MaxInFlight is the largest number of calls at one time.
	MaxInFlight int `json:"maxInFlight"`
}

// Total counts the calls of all endpoints, refused ones included.
func (c Calls) Total() int64 {
	var n int64
	for endpoint := range c.ByStatus {
		n += c.Of(endpoint)
	}
	return n
}

// Of counts the calls of one endpoint, refused ones included.
func (c Calls) Of(endpoint string) int64 {
	var n int64
	for _, count := range c.ByStatus[endpoint] {
		n += count
	}
	return n
}

// Fault makes some calls to Synapse go wrong, once or more often.
type Fault struct {
	// Method is the calls' method; empty is any.
	Method string `json:"method,omitempty"`
	// PathPattern is a path, or that of an endpoint with its wildcards
	// (/repo/v1/entity/{id}); a trailing * stands for any rest; empty is
	// every path.
	PathPattern string `json:"pathPattern,omitempty"`
	// Skip is how many matching calls pass first; Count how many are hit
	// after that: 0 is one, negative all.
	Skip  int `json:"skip,omitempty"`
	Count int `json:"count,omitempty"`

	// Delay passes before anything else happens; nanoseconds in JSON.
	Delay time.Duration `json:"delay,omitempty"`
	// Status and Reason answer the call instead of the endpoint, which is
	// not executed. 0 lets the endpoint answer.
	Status int    `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// LoseRequest cuts the connection before the call is executed,
	// LoseReply after it was, CutBody in the middle of the reply's body.
	LoseRequest bool `json:"loseRequest,omitempty"`
	LoseReply   bool `json:"loseReply,omitempty"`
	CutBody     bool `json:"cutBody,omitempty"`
}

// Throttle switches Synapse's limits: 3 calls in flight, 600 in 60 s.
type Throttle struct {
	On bool `json:"on"`
}

// Status opens or closes Synapse: READ_WRITE, READ_ONLY or DOWN, with the
// operator's message.
type Status struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

// TokenLife is how long credentials may live that STS issues from now on,
// in nanoseconds in JSON; 0 is as long as was asked for.
type TokenLife struct {
	Life time.Duration `json:"life"`
}
