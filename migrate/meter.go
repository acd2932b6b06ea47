package migrate

import (
	"maps"
	"sync"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
)

// synapseInFlight is how many requests of one user Synapse takes at once
// (UserConcurrentConnectionThrottler, October 2024 snapshot).
const synapseInFlight = 3

// limitOf tells what holds the rate down while so many effects are under way
// in each phase.
func limitOf(active map[effect.Phase]int) Limit {
	moving := active[effect.PhaseCheck] + active[effect.PhaseHash] + active[effect.PhaseCopy] +
		active[effect.PhaseStream] + active[effect.PhaseUpload]
	switch {
	case active[effect.PhaseSynapse] >= synapseInFlight:
		return LimitSynapse
	case moving > 0:
		return LimitS3
	case active[effect.PhaseSynapse] > 0:
		return LimitSynapse
	case active[effect.PhaseRecord] > 0:
		return LimitRunFile
	}
	return LimitNone
}

// meter counts what a run does, and tells its observer. It is safe for
// concurrent use.
type meter struct {
	observer Observer
	telling  sync.Mutex // held while the observer is called
	// pauses tells which sides are down; nil for none.
	pauses func() []effect.Pause

	mu      sync.Mutex
	began   time.Time
	changed time.Time
	active  map[effect.Phase]int
	limit   Limit
	limited map[Limit]time.Duration
	counts  Counts
	bytes   Bytes
	arrived int64
	calls   int64
}

// newMeter returns a meter whose time begins now. The observer may be nil.
func newMeter(o Observer) *meter {
	now := time.Now()
	return &meter{
		observer: o,
		began:    now,
		changed:  now,
		active:   map[effect.Phase]int{},
		limit:    LimitNone,
		limited:  map[Limit]time.Duration{},
	}
}

// Enter notes that an effect begins; the caller calls end at its end.
func (m *meter) Enter(p effect.Phase) (end func()) {
	m.shift(p, 1)
	return func() { m.shift(p, -1) }
}

func (m *meter) shift(p effect.Phase, by int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	m.active[p] += by
	m.limit = limitOf(m.active)
	if p == effect.PhaseSynapse && by > 0 {
		m.calls++
	}
}

// NotCalled takes back the count of a call to Synapse that was not begun.
func (m *meter) NotCalled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls--
}

// settle books the time since the last change; the caller holds mu.
func (m *meter) settle() {
	now := time.Now()
	m.limited[m.limit] += now.Sub(m.changed)
	m.changed = now
}

// Read counts bytes that came in through this machine.
func (m *meter) Read(bytes int64) { m.add(&m.bytes.Read, bytes) }

// Written counts bytes that went out through this machine.
func (m *meter) Written(bytes int64) { m.add(&m.bytes.Written, bytes) }

// Copied counts bytes that were copied within S3.
func (m *meter) Copied(bytes int64) { m.add(&m.bytes.Copied, bytes) }

// Arrived counts bytes that are where they belong.
func (m *meter) Arrived(bytes int64) { m.add(&m.arrived, bytes) }

func (m *meter) add(to *int64, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*to += bytes
}

// runCounts are what the run has done so far.
func (m *meter) runCounts() checkpoint.RunCounts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return checkpoint.RunCounts{
		SynapseCalls: m.calls,
		BytesRead:    m.bytes.Read, BytesWritten: m.bytes.Written, BytesCopied: m.bytes.Copied,
	}
}

// folder counts a folder that was created.
func (m *meter) folder() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Folders++
}

// finished counts an item's end and tells the observer. It returns how many
// have failed so far.
func (m *meter) finished(o Outcome) (failed int64) {
	m.mu.Lock()
	switch o.Entry.State {
	case checkpoint.StateDone:
		m.counts.Done++
		m.counts.DoneBytes += o.Entry.Source.SizeBytes
		if o.Adopted {
			m.counts.Adopted++
		}
	case checkpoint.StateFailed:
		m.counts.Failed++
	}
	failed = m.counts.Failed
	m.mu.Unlock()
	if m.observer != nil {
		m.telling.Lock()
		defer m.telling.Unlock()
		m.observer.Finished(o)
	}
	return failed
}

// progress tells the observer how the run stands.
func (m *meter) progress() {
	if m.observer == nil {
		return
	}
	m.telling.Lock()
	defer m.telling.Unlock()
	m.observer.Progress(m.snapshot())
}

func (m *meter) snapshot() Progress {
	var down []effect.Pause
	if m.pauses != nil {
		down = m.pauses()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return Progress{
		Elapsed:      time.Since(m.began),
		Counts:       m.counts,
		Bytes:        m.bytes,
		Arrived:      m.arrived,
		SynapseCalls: m.calls,
		Active:       maps.Clone(m.active),
		Limit:        m.limit,
		Pauses:       down,
	}
}

// summary is the account of the run up to now.
func (m *meter) summary() Summary {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	return Summary{
		Counts:       m.counts,
		Bytes:        m.bytes,
		SynapseCalls: m.calls,
		Duration:     m.changed.Sub(m.began),
		Limited:      maps.Clone(m.limited),
	}
}
