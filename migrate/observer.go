package migrate

import (
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
)

// Observer watches a run. Its methods are never called concurrently, and
// never after Run has returned. They hold up workers while they run, so they
// should only take notes.
type Observer interface {
	// Progress tells how the run stands, every Options.ProgressEvery and
	// once at the end.
	Progress(p Progress)
	// Finished tells of an item that is done or failed, after that has been
	// recorded.
	Finished(o Outcome)
}

// Outcome is the end of one item in this run.
type Outcome struct {
	// Entry is as recorded: its State is done or failed.
	Entry checkpoint.Entry
	// Err is why the item failed, an *ItemError; nil when it is done.
	Err error
	// Adopted is true when the entity had been there already.
	Adopted bool
}

// Limit is what holds the rate of a run down at an instant.
type Limit string

// The limits.
const (
	// LimitSynapse: as many calls as Synapse takes at once are under way or
	// wait for the call budget, or nothing else is going on.
	LimitSynapse Limit = "synapse"
	// LimitS3: Synapse would take more, but objects are still being brought,
	// read or looked at.
	LimitS3 Limit = "s3"
	// LimitRunFile: nothing but commits to the run file is under way.
	LimitRunFile Limit = "run file"
	// LimitNone: nothing is under way.
	LimitNone Limit = "none"
)

// Bytes counts object data.
type Bytes struct {
	// Read and Written crossed this machine, in and out.
	Read    int64 `json:"read"`
	Written int64 `json:"written"`
	// Copied were copied within S3.
	Copied int64 `json:"copied"`
}

// Counts are the items that came to their end in this run.
type Counts struct {
	Done   int64 `json:"done"`
	Failed int64 `json:"failed"`
	// Adopted are those among Done whose entity was there already.
	Adopted int64 `json:"adopted"`
	// DoneBytes is the size of the items done.
	DoneBytes int64 `json:"doneBytes"`
	// Folders were created.
	Folders int64 `json:"folders"`
}

// Progress is how a run stands.
type Progress struct {
	Elapsed time.Duration
	Counts  Counts
	Bytes   Bytes
	// Arrived are the bytes that came to where they belong or were found
	// there, of items that are still under way too.
	Arrived int64
	// SynapseCalls were begun by the run; the client's retries come on top.
	SynapseCalls int64
	// Active is the number of effects under way by phase.
	Active map[effect.Phase]int
	// Limit is what holds the rate down right now.
	Limit Limit
	// Pauses are the sides that are down, for which items wait. The run goes on
	// by itself once they are back.
	Pauses []effect.Pause
}

// End is how a run came to its end.
type End string

// The ends.
const (
	// EndDone: nothing is left to do. Items may have failed.
	EndDone End = "done"
	// EndDrained: items are left because Options.Drain said so.
	EndDrained End = "drained"
	// EndTooManyErrors: items are left because of Options.MaxErrors.
	EndTooManyErrors End = "too many errors"
	// EndStopped: cancelled, or stopped by the error that Run returns.
	EndStopped End = "stopped"
)

// Summary is what a run has done.
type Summary struct {
	End    End    `json:"end"`
	Counts Counts `json:"counts"`
	Bytes  Bytes  `json:"bytes"`
	// Retried failed items were taken up again (Options.RetryFailed).
	Retried int64 `json:"retried"`
	// SynapseCalls were begun by the run; the client's retries come on top.
	SynapseCalls int64         `json:"synapseCalls"`
	Duration     time.Duration `json:"durationNanoseconds"`
	// Limited is how long each limit held the run's rate down; it adds up
	// to Duration.
	Limited map[Limit]time.Duration `json:"limitedNanoseconds"`
}

// LimitedShare is the share of the run's time, from 0 to 1, for which l held
// its rate down.
func (s Summary) LimitedShare(l Limit) float64 {
	if s.Duration <= 0 {
		return 0
	}
	return float64(s.Limited[l]) / float64(s.Duration)
}
