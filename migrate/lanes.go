package migrate

import (
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// laneKind is the way that an item takes through the stages.
type laneKind = planner.Lane

const (
	laneTransfer = planner.LaneTransfer
	laneReady    = planner.LaneReady
	laneReuse    = planner.LaneReuse
)

// laneOf tells which lane an item takes. It looks at the plan alone, never at
// the state, so that the answer is the same at every moment.
func laneOf(i planner.Item, mode planner.Mode) laneKind {
	switch kind := i.Action.Traits().Lane; {
	case i.Shares != 0,
		kind == laneReuse && mode == planner.ModeMove, // the entity keeps its file handle
		kind == laneReady && transfer.PlannedMD5(i) != "":
		return laneReady
	case kind == laneReuse:
		return laneReuse
	}
	return laneTransfer
}

// frees is how many of the items right behind one in the plan may wait for
// it, as far as it is worth to look for them at once: the next version of the
// file, or the older ones once the current one is relocated.
func frees(i planner.Item, p *planner.ProjectSource) int {
	switch {
	case p == nil || i.Origin == nil || p.Versions != planner.VersionsAll:
		return 0
	case p.Mode == planner.ModeMove && i.Origin.Current:
		return int(min(i.Origin.Version-1, feedBatch))
	case p.Mode == planner.ModeMove || i.Origin.Current:
		return 0
	}
	return 1
}

// lane is what the feeder has read for one lane, and how far it has read.
type lane struct {
	kind  laneKind
	queue []checkpoint.Entry
	// after is the last ID that was read; done is true at the end of the
	// plan.
	after int64
	done  bool
}

// hungry reports whether the lane should be filled from the run file.
func (l *lane) hungry() bool {
	most := 0
	if l.kind == laneReuse {
		most = synapse.MaxHandleBatch - 1
	}
	return !l.done && len(l.queue) <= most
}

// batch is what one call may copy the file handles of: no handle twice, since
// the server refuses that (FileHandleManagerImpl, October 2024 snapshot).
// Entries whose handle is known already end it. Without all, only a whole
// batch is returned.
func (l *lane) batch(all bool) []checkpoint.Entry {
	seen := map[string]bool{}
	n := 0
	for _, e := range l.queue {
		handle := handleOf(e.Item)
		if n == synapse.MaxHandleBatch || e.State != checkpoint.StatePlanned || seen[handle] {
			return l.queue[:n:n]
		}
		seen[handle] = true
		n++
	}
	if all || n == synapse.MaxHandleBatch {
		return l.queue[:n:n]
	}
	return nil
}

// drop takes away the first n entries.
func (l *lane) drop(n int) { l.queue = l.queue[n:] }

// handleOf is the file handle that an item has in the source; empty for none.
func handleOf(i planner.Item) string {
	if i.Origin == nil {
		return ""
	}
	return i.Origin.FileHandleID
}
