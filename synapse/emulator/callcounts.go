package emulator

import (
	"maps"
	"net/http"
	"sync"
)

type counter struct {
	mu       sync.Mutex
	byStatus map[string]map[int]int64
	inFlight int
	most     int
}

// CallStats is what an Emulator has been asked since it was made or
// ResetCalls. Unknown paths are counted as their method and the word unknown.
type CallStats struct {
	// ByStatus counts the answers of each endpoint, keyed as Calls.
	ByStatus map[string]map[int]int64
	// Throttled is the number of calls that were answered 429.
	Throttled int64
	// MaxInFlight is the largest number of calls at one time.
	MaxInFlight int
}

// Calls counts the calls of each endpoint, refused ones included, keyed by
// method and path pattern: "POST /repo/v1/entity".
func (e *Emulator) Calls() map[string]int64 {
	total := map[string]int64{}
	for endpoint, answers := range e.CallStats().ByStatus {
		for _, n := range answers {
			total[endpoint] += n
		}
	}
	return total
}

// CallStats is a copy of all counts.
func (e *Emulator) CallStats() CallStats {
	c := &e.calls
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := CallStats{ByStatus: map[string]map[int]int64{}, MaxInFlight: c.most}
	for endpoint, answers := range c.byStatus {
		stats.ByStatus[endpoint] = maps.Clone(answers)
		stats.Throttled += answers[http.StatusTooManyRequests]
	}
	return stats
}

// ResetCalls sets all counts to nothing; calls in flight stay in flight.
func (e *Emulator) ResetCalls() {
	c := &e.calls
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byStatus, c.most = nil, c.inFlight
}

func (c *counter) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight++
	c.most = max(c.most, c.inFlight)
}

func (c *counter) end(endpoint string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
	if c.byStatus == nil {
		c.byStatus = map[string]map[int]int64{}
	}
	if c.byStatus[endpoint] == nil {
		c.byStatus[endpoint] = map[int]int64{}
	}
	c.byStatus[endpoint][status]++
}
