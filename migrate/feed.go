package migrate

import (
	"context"

	"synapse-migrate/migrate/checkpoint"
)

// feedBatch is how many entries one read of the run file brings: few enough
// to hold, many enough that reading costs nothing beside the calls.
const feedBatch = 500

// handout is an entry on its way to the workers of a stage.
type handout struct {
	entry checkpoint.Entry
	// begun is true when this run has worked on the entry already, so that
	// it ends in this run even when no more items are handed out.
	begun bool
}

// feeder hands out the items of the plan: each lane in the order of the plan,
// and none of them held up by another. Of a project's plan it hands out what
// waits for nothing, and looks again when something has ended.
type feeder struct {
	records       *recorder
	items         *items
	transfers     chan<- handout
	registrations chan<- handout
	batches       chan<- []checkpoint.Entry

	ready, transfer, reuse lane
	// seen is how many items had ended when the plan was last read from its
	// beginning.
	seen int64
	// always can be received from.
	always chan struct{}
}

// newFeeder reads the plan once for each lane that it may have items for.
func newFeeder(
	r *recorder, i *items, transfers, registrations chan<- handout, batches chan<- []checkpoint.Entry,
) *feeder {
	f := &feeder{
		records: r, items: i, transfers: transfers, registrations: registrations, batches: batches,
		ready:    lane{kind: laneReady},
		transfer: lane{kind: laneTransfer},
		reuse:    lane{kind: laneReuse, done: i.project == nil},
		always:   make(chan struct{}),
	}
	close(f.always)
	return f
}

// lanes are all of them.
func (f *feeder) lanes() []*lane { return []*lane{&f.ready, &f.transfer, &f.reuse} }

// feed hands out items until there are none left, or no more are to be handed
// out. It returns an error only to stop the run.
func (f *feeder) feed(ctx context.Context) error {
	for !f.items.effects.Drain.Begun() {
		if err := f.fill(ctx); err != nil {
			return err
		}
		if f.empty() && !f.again() {
			return nil
		}
		f.hand()
	}
	return ctx.Err()
}

// fill reads what waited for the items that have ended, and one batch for
// each lane that is hungry.
func (f *feeder) fill(ctx context.Context) error {
	for _, freed := range f.items.inFlight.takeFreed() {
		if err := f.follow(ctx, freed); err != nil {
			return err
		}
	}
	for _, l := range f.lanes() {
		if !l.hungry() {
			continue
		}
		f.items.inFlight.reading()
		batch, err := f.records.pending(ctx, l.after, feedBatch)
		if err != nil {
			return err
		}
		l.done = len(batch) == 0
		for _, e := range batch {
			l.after = e.ID
			if f.take(e, l) {
				l.queue = append(l.queue, e)
			}
		}
	}
	return nil
}

// follow puts those that waited for an item before all others: while a file
// is fresh in memory, its next version takes fewer calls.
func (f *feeder) follow(ctx context.Context, freed freeing) error {
	f.items.inFlight.reading()
	batch, err := f.records.pending(ctx, freed.id, freed.behind)
	if err != nil {
		return err
	}
	for _, l := range f.lanes() {
		var first []checkpoint.Entry
		for _, e := range batch {
			if e.Follows == freed.id && f.take(e, l) {
				first = append(first, e)
			}
		}
		l.queue = append(first, l.queue...)
	}
	return nil
}

// take reports whether an entry that was read belongs into a lane, and is then
// in flight.
func (f *feeder) take(e checkpoint.Entry, l *lane) bool {
	return laneOf(e.Item, f.items.mode()) == l.kind && f.items.inFlight.begin(e.ID, l.kind)
}

// empty reports whether all has been handed out that was found.
func (f *feeder) empty() bool {
	for _, l := range f.lanes() {
		if !l.done || len(l.queue) > 0 {
			return false
		}
	}
	return true
}

// again has the plan read once more from its beginning, when items have ended
// since the last time. It returns false when there is nothing left to wait
// for: in a plan without a project, no item waits for another.
func (f *feeder) again() bool {
	if f.items.project == nil {
		return false
	}
	all, _, ends := f.items.inFlight.status(laneReuse)
	if ends == f.seen {
		return all > 0
	}
	f.seen = ends
	for _, l := range f.lanes() {
		l.after, l.done = 0, false
	}
	return true
}

// hand gives one item, or one batch, to a worker. It waits until a worker
// takes it or an item ends, unless there is something to read meanwhile.
func (f *feeder) hand() {
	ready, transfer, reuse := f.offer(&f.ready), f.offer(&f.transfer), f.offer(&f.reuse)
	batches, batch := f.batches, f.reuse.batch(f.lastBatch())
	if len(batch) == 0 {
		batches = nil
	}
	select {
	case ready.to <- ready.handout:
		f.ready.drop(1)
	case transfer.to <- transfer.handout:
		f.transfer.drop(1)
	case reuse.to <- reuse.handout:
		f.reuse.drop(1)
	case batches <- batch:
		f.reuse.drop(len(batch))
	case <-f.unread():
	case <-f.items.inFlight.wake:
	case <-f.items.effects.Drain.Done():
	}
}

// offer is what a lane has for a worker; with a nil channel for nothing.
type offer struct {
	to      chan<- handout
	handout handout
}

// offer is the lane's first entry, for the stage that its state asks for.
func (f *feeder) offer(l *lane) offer {
	if len(l.queue) == 0 {
		return offer{}
	}
	e := l.queue[0]
	switch {
	case l.kind == laneTransfer && e.State == checkpoint.StatePlanned:
		return offer{f.transfers, handout{entry: e}}
	case l.kind == laneReuse && e.State == checkpoint.StatePlanned:
		return offer{}
	}
	return offer{f.registrations, handout{entry: e}}
}

// lastBatch reports whether no more entries will come to fill a batch, but
// for what waits for objects that are under way.
func (f *feeder) lastBatch() bool {
	_, ready, _ := f.items.inFlight.status(laneReady)
	_, reuse, _ := f.items.inFlight.status(laneReuse)
	return f.reuse.done && f.ready.done && ready == 0 && reuse == len(f.reuse.queue) && !f.items.inFlight.hasFreed()
}

// unread is ready as long as a lane is to be filled.
func (f *feeder) unread() <-chan struct{} {
	for _, l := range f.lanes() {
		if l.hungry() {
			return f.always
		}
	}
	return nil
}
