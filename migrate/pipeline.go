package migrate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/action"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/register"
	"synapse-migrate/planner"
)

// Run carries out the sealed plan that the run file holds, from wherever it
// stands, and returns what it did. Items that fail are no error of the run:
// they are recorded, observed and counted. An error is ErrStopped together
// with its cause; the Summary is valid then too. After Options.Drain or
// Options.MaxErrors the error is nil and Summary.End says so. Cancelling ctx
// ends the run at once; like any other end it leaves a run file to go on
// from.
func Run(ctx context.Context, o Options, d Deps) (Summary, error) {
	o = o.withDefaults()
	if d.PartClient == nil {
		transport := partTransport(o.Workers*o.PartConcurrency, d.PartRoots)
		defer transport.CloseIdleConnections()
		d.PartClient = partClient(transport)
	}
	records := newRecorder(d, newMeter(d.Observer), o)
	retried, err := records.begin(ctx, d, o.RetryFailed)
	end := EndStopped
	if err == nil {
		end, err = carryOut(ctx, o, d, records)
	}
	s := records.meter.summary()
	s.Retried, s.End = retried, end
	if err != nil && ctx.Err() != nil && !effect.Stops(err) {
		err = cancelled(ctx)
	}
	if err != nil {
		s.End = EndStopped
		return s, fmt.Errorf("%w: %w", ErrStopped, err)
	}
	return s, nil
}

// cancelled is why ctx is done: its error, and the cause where that is
// another (a signal).
func cancelled(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// Reasons to begin no more items.
var (
	errDrained       = errors.New("drained")
	errTooManyErrors = errors.New("too many errors")
)

// reuseWorkers copy the file handles of batches: a second one so that the
// register workers don't wait for the answer to the first.
const reuseWorkers = 2

// carryOut runs the stages until every item has come to its end, or no more are
// handed out, or something stops the run. It says how the run ended.
func carryOut(parent context.Context, o Options, d Deps, records *recorder) (End, error) {
	g, ctx := errgroup.WithContext(parent)
	p := newPipeline(ctx, o, d, records)
	watching := p.watch(ctx)

	// Feed: the run file's items, in lanes that don't hold one another up.
	transfers := make(chan handout)
	batches := make(chan []checkpoint.Entry)
	registrations := make(chan handout, o.RegisterWorkers)
	feeder := newFeeder(records, p.items, transfers, registrations, batches)
	var feeding sync.WaitGroup
	feeding.Add(3)
	g.Go(func() error {
		defer feeding.Done()
		defer close(batches)
		defer close(transfers)
		return feeder.feed(ctx)
	})
	// Transfer: bytes to where they belong, and file handles in batches.
	g.Go(func() error {
		defer feeding.Done()
		return pool(ctx, o.Workers, transfers, func(ctx context.Context, h handout) error {
			return p.transfer(ctx, h.entry, registrations)
		})
	})
	g.Go(func() error {
		defer feeding.Done()
		return pool(ctx, reuseWorkers, batches, func(ctx context.Context, batch []checkpoint.Entry) error {
			return p.reuse(ctx, batch, registrations)
		})
	})
	g.Go(func() error {
		feeding.Wait()
		close(registrations)
		return nil
	})
	// Register: file handles and entities; at last the folders that no item
	// needed. Each step is recorded as soon as it is done.
	g.Go(func() error {
		if err := pool(ctx, o.RegisterWorkers, registrations, p.register); err != nil {
			return err
		}
		return p.emptyFolders(ctx)
	})

	err := g.Wait()
	watching.Wait()
	records.meter.progress()
	if err != nil {
		return EndStopped, err
	}
	return p.end(parent)
}

// pipeline is one run under way: its stages, and what they share.
type pipeline struct {
	options   Options
	effects   *effect.Effects
	records   *recorder
	items     *items
	actions   map[planner.Action]action.Action
	earlier   register.EarlierVersions
	registrar *register.Registrar
	empty     *emptyFolders
}

// newPipeline connects the parts of a run.
func newPipeline(ctx context.Context, o Options, d Deps, records *recorder) *pipeline {
	to, project := d.Plan.Header.Destination, d.Plan.Header.Source.Project
	effects := effect.New(to.Bucket, o.Attempts, records.meter, effect.NewDrain(ctx), o.Logger)
	records.meter.pauses = effects.Pauses
	registrar := register.New(register.Deps{
		Effects: effects, Synapse: d.Synapse, Records: records, Source: d.Source,
		To: to, Project: project, NoPreviews: o.NoPreviews, FolderMade: records.meter.folder,
	})
	do := action.Deps{
		Effects: effects, Records: records, Meter: records.meter, Mover: d.Mover, Source: d.Source,
		Own: d.Own, Synapse: d.Synapse, Held: registrar.Held, PartClient: d.PartClient, To: to,
		UploadPartSizeBytes: o.UploadPartSizeBytes, CopyPartSizeBytes: o.CopyPartSizeBytes,
		PartConcurrency: o.PartConcurrency, AllowPlainHTTP: o.AllowPlainHTTP, NoPreviews: o.NoPreviews,
	}
	return &pipeline{
		options: o, effects: effects, records: records, registrar: registrar,
		actions: action.New(do), earlier: registrar.EarlierVersions(action.Inside(do)),
		items: &items{
			project: project, effects: effects, records: records, inFlight: newInFlight(),
			maxErrors: o.MaxErrors, look: registrar.DestinationGone,
		},
		empty: &emptyFolders{registrar: registrar, effects: effects, workers: o.RegisterWorkers},
	}
}

// transfer brings an entry through the S3 side and hands it on. Its error
// stops the run.
func (p *pipeline) transfer(ctx context.Context, e checkpoint.Entry, on chan<- handout) error {
	e.Attempts++
	ok, err := p.items.attempt(ctx, &e, p.transferEntry)
	if err != nil || !ok {
		p.items.ended(e)
		return err
	}
	return handOn(ctx, e, on)
}

// transferEntry does what an entry needs before it can be registered.
func (p *pipeline) transferEntry(ctx context.Context, e *checkpoint.Entry) error {
	do, ok := p.actions[e.Action]
	if !ok {
		return fmt.Errorf("%w: %q", effect.ErrNoSuchAction, e.Action)
	}
	if err := register.CheckWaited(ctx, p.records, *e); err != nil {
		return err
	}
	if err := p.earlier.Keep(ctx, *e); err != nil {
		return err
	}
	return do.Transfer(ctx, e)
}

// register brings an entry to its end. Its error stops the run.
func (p *pipeline) register(ctx context.Context, h handout) error {
	e := h.entry
	defer p.items.ended(e)
	if !h.begun {
		if p.effects.Drain.Begun() {
			return ctx.Err()
		}
		e.Attempts++
	}
	_, err := p.items.attempt(ctx, &e, p.registrar.Register)
	return err
}

// emptyFolders makes the folders of a project's plan that no item needed.
func (p *pipeline) emptyFolders(ctx context.Context) error {
	if p.items.project == nil {
		return nil
	}
	return p.empty.make(ctx, p.records.file)
}

// end is how a run ended that nothing stopped.
func (p *pipeline) end(ctx context.Context) (End, error) {
	end := EndDrained
	switch reason := p.effects.Drain.Why(); {
	case errors.Is(reason, errTooManyErrors):
		end = EndTooManyErrors
	case !errors.Is(reason, errDrained):
		return EndDone, nil
	}
	left, err := p.records.pending(ctx, 0, 1)
	if err != nil {
		return EndStopped, err
	}
	if len(left) == 0 && !p.empty.left.Load() {
		return EndDone, nil
	}
	return end, nil
}

// watch starts what goes on beside the stages: waiting for Drain, and
// telling the observer. Both end with ctx.
func (p *pipeline) watch(ctx context.Context) *sync.WaitGroup {
	var w sync.WaitGroup
	w.Go(func() {
		select {
		case <-p.options.Drain:
			p.effects.Drain.Begin(errDrained)
		case <-ctx.Done():
		}
	})
	w.Go(func() {
		tick := time.NewTicker(p.options.ProgressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.records.meter.progress()
			case <-ctx.Done():
				return
			}
		}
	})
	return &w
}

// pool has n workers take values until the channel is closed, one of them
// returns an error, or ctx is done.
func pool[T any](
	ctx context.Context, n int, from <-chan T, work func(context.Context, T) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	for range n {
		g.Go(func() error {
			for {
				select {
				case v, more := <-from:
					if !more {
						return nil
					}
					if err := work(ctx, v); err != nil {
						return err
					}
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		})
	}
	return g.Wait()
}
