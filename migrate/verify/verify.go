package verify

import (
	"context"
	"hash/maphash"
	"strings"
	"sync/atomic"

	"synapse-migrate/planner"
)

// Run compares the destination with the plan and emits a row for each item,
// each folder that can be missed, each entity that is extra, and each object
// that no file refers to: first what the plan leaves out, then folder by folder,
// at the end the objects. With one state of the
// destination the rows and their order are the same each time. Emit is never
// called concurrently; its error ends the run.
//
// What can't be found out about one item is a row. Refused credentials, a
// folder that can't be listed and a Synapse that doesn't answer are errors.
func Run(ctx context.Context, o Options, d Deps, emit func(Row) error) (Summary, error) {
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	w := &walker{
		deps: d, sample: newSampler(o.Read, d.Active),
		left: leftOut{seed: maphash.MakeSeed(), folders: map[uint64]struct{}{}},
	}
	var err error
	if w.seen, err = newSightings(ctx, w.destination()); err != nil {
		return Summary{}, err
	}
	defer w.seen.close()
	s := Summary{Verdicts: map[Verdict]int64{}, Proofs: map[Proof]int64{}}
	if o.Read.Sample > 0 && !o.Read.All {
		s.Seed = o.Read.Seed
	}
	told := func(r Row) error {
		s.add(r)
		if o.Progress != nil {
			o.Progress(r)
		}
		return emit(r)
	}
	if err = ordered(ctx, o.Workers, w.walk, told); err == nil {
		err = w.unregistered(ctx, o.Workers, told)
	}
	s.ReadObjects, s.ReadBytes = w.readObjects.Load(), w.readBytes.Load()
	return s, err
}

// walker goes through a destination along its plan.
type walker struct {
	deps   Deps
	sample *sampler
	left   leftOut
	seen   *sightings
	// hidden are the versions whose file handle Synapse doesn't show.
	hidden atomic.Int64

	readObjects, readBytes atomic.Int64
}

// destination is the plan's.
func (w *walker) destination() planner.Destination { return w.deps.Header.Destination }

// moves reports whether the files keep their entities.
func (w *walker) moves() bool {
	p := w.deps.Header.Source.Project
	return p != nil && p.Mode == planner.ModeMove
}

// underBase reports whether a key lies where the folder's credentials reach.
func underBase(d planner.Destination, key string) bool {
	_, below := planner.Below(key, d.BaseKey)
	return below
}

// join is a path of names.
func join(names ...string) string {
	var parts []string
	for _, n := range names {
		if n != "" {
			parts = append(parts, n)
		}
	}
	return strings.Join(parts, "/")
}
