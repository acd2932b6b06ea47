package migrate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
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
	r := &run{
		options: o,
		deps:    d,
		to:      d.Plan.Header.Destination,
		project: d.Plan.Header.Source.Project,
		meter:   newMeter(d.Observer),
		flight:  newFlight(),
		etags:   newRecent[string, string](rememberedEtags),
		links:   newRecent[int64, string](rememberedEtags),
	}
	r.folders = newFolderMaker(r)
	retried, err := r.begin(ctx)
	if err == nil {
		err = r.work(ctx)
	}
	s := r.meter.summary()
	s.Retried = retried
	if err != nil && ctx.Err() != nil && !effect.Stops(err) {
		err = cancelled(ctx)
	}
	if err != nil {
		s.End = EndStopped
		return s, fmt.Errorf("%w: %w", ErrStopped, err)
	}
	if s.End, err = r.end(ctx); err != nil {
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

// run is one run under way.
type run struct {
	options Options
	deps    Deps
	to      planner.Destination
	// project is the source, nil for others.
	project *planner.ProjectSource
	meter   *meter
	effects *effect.Effects
	folders *folderMaker
	flight  *flight
	// etags are those of files that were written a moment ago, by ID.
	etags *recent[string, string]
	// links are the activities made for an item, by its ID.
	links *recent[int64, string]

	// refusals watches for a run that may do nothing.
	refusals refusals

	// bareLeft is true where folders that no item needs are left to be made.
	bareLeft atomic.Bool
}

// rememberedEtags is how many etags are kept in memory, at most twice that:
// the next version of a file comes soon, or after a restart.
const rememberedEtags = 4096

// mode is what becomes of the source's entities; copy for other sources than
// projects.
func (r *run) mode() planner.Mode {
	if r.project == nil || r.project.Mode == "" {
		return planner.ModeCopy
	}
	return r.project.Mode
}

// Reasons to hand out no more items.
var (
	errDrained       = errors.New("drained")
	errTooManyErrors = errors.New("too many errors")
)

// begin checks the plan against the run file.
func (r *run) begin(ctx context.Context) (retried int64, err error) {
	items := r.deps.Checkpoint
	if err := items.Begin(ctx, r.deps.Plan.Digest, r.counts); err != nil {
		return 0, err
	}
	if !r.options.RetryFailed {
		return 0, nil
	}
	retried, err = items.RetryFailed(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return retried, nil
}

// counts are what the run has done so far.
func (r *run) counts() checkpoint.RunCounts {
	s := r.meter.summary()
	c := checkpoint.RunCounts{
		SynapseCalls: s.SynapseCalls,
		BytesRead:    s.Bytes.Read, BytesWritten: s.Bytes.Written, BytesCopied: s.Bytes.Copied,
	}
	if r.deps.Calls != nil {
		c.SynapseCalls, c.S3Calls = r.deps.Calls()
	}
	return c
}

// end is how a run ended that nothing stopped.
func (r *run) end(ctx context.Context) (End, error) {
	end := EndDrained
	switch reason := r.effects.Drain.Why(); {
	case errors.Is(reason, errTooManyErrors):
		end = EndTooManyErrors
	case !errors.Is(reason, errDrained):
		return EndDone, nil
	}
	left, err := r.pending(ctx, 0, 1)
	if err != nil {
		return EndStopped, err
	}
	if len(left) == 0 && !r.bareLeft.Load() {
		return EndDone, nil
	}
	return end, nil
}

// work runs the stages until every item has come to its end, or no more are
// handed out, or something stops the run.
func (r *run) work(parent context.Context) error {
	g, ctx := errgroup.WithContext(parent)
	r.effects = effect.New(r.to.Bucket, r.options.Attempts, r.meter, effect.NewDrain(ctx), r.options.Logger)
	r.meter.pauses = r.effects.Pauses
	watching := r.watch(ctx)

	transfers := make(chan ticket)
	batches := make(chan []checkpoint.Entry)
	registrations := make(chan ticket, r.options.RegisterWorkers)
	feeder := newFeeder(r, transfers, registrations, batches)
	var feeding sync.WaitGroup
	feeding.Add(3)
	g.Go(func() error {
		defer feeding.Done()
		defer close(batches)
		defer close(transfers)
		return feeder.feed(ctx)
	})
	g.Go(func() error {
		defer feeding.Done()
		return pool(ctx, r.options.Workers, transfers,
			func(ctx context.Context, t ticket) error {
				return r.transferOne(ctx, t.entry, registrations)
			})
	})
	g.Go(func() error {
		defer feeding.Done()
		return pool(ctx, reuseWorkers, batches,
			func(ctx context.Context, batch []checkpoint.Entry) error {
				return r.reuse(ctx, batch, registrations)
			})
	})
	g.Go(func() error {
		feeding.Wait()
		close(registrations)
		return nil
	})
	g.Go(func() error {
		err := pool(ctx, r.options.RegisterWorkers, registrations, r.registerOne)
		if err != nil {
			return err
		}
		return r.bareFolders(ctx)
	})

	err := g.Wait()
	watching.Wait()
	r.meter.progress()
	return err
}

// watch starts what goes on beside the stages: waiting for Drain, and
// telling the observer. Both end with ctx.
func (r *run) watch(ctx context.Context) *sync.WaitGroup {
	var w sync.WaitGroup
	w.Go(func() {
		select {
		case <-r.options.Drain:
			r.effects.Drain.Begin(errDrained)
		case <-ctx.Done():
		}
	})
	w.Go(func() {
		tick := time.NewTicker(r.options.ProgressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.meter.progress()
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

// partTransport is for presigned URLs: as many idle connections to one host
// as there are parts under way.
func partTransport(idle int, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Proxy:                 http.ProxyFromEnvironment,
		MaxIdleConnsPerHost:   idle,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute,
	}
}

// partClient never follows a redirect: a body can't be sent twice, and a
// presigned URL is for the host that it names.
func partClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}
