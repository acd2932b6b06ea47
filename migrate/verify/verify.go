package verify

import (
	"context"
	"hash/maphash"
	"iter"
	"strings"
	"sync/atomic"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
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
	v := &verification{deps: d}
	var err error
	if v.seen, err = newSightings(ctx, v.destination()); err != nil {
		return Summary{}, err
	}
	defer v.seen.close()
	t := &tree{
		verification: v, compare: comparison{v}, sample: newSampler(o.Read, d.Active),
		left: leftOut{seed: maphash.MakeSeed(), folders: map[uint64]struct{}{}},
	}
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
	if err = ordered(ctx, o.Workers, t.walk, told); err == nil {
		objects := objectSearch{v}
		err = objects.unregistered(ctx, o.Workers, told)
	}
	s.ReadObjects, s.ReadBytes = v.readObjects.Load(), v.readBytes.Load()
	return s, err
}

// verification is what all parts of a verification share.
type verification struct {
	deps Deps
	seen *sightings
	// hidden are the versions whose file handle Synapse doesn't show.
	hidden atomic.Int64

	readObjects, readBytes atomic.Int64
}

// tree goes through the destination's folders along the plan, and hands out
// what is to be compared.
type tree struct {
	*verification
	compare comparison
	sample  *sampler
	left    leftOut
}

// comparison compares the versions of a file, and their objects, with the plan.
type comparison struct{ *verification }

// objectSearch finds the objects that no file refers to.
type objectSearch struct{ *verification }

// destination is the plan's.
func (v *verification) destination() planner.Destination { return v.deps.Header.Destination }

// moves reports whether the files keep their entities.
func (v *verification) moves() bool {
	p := v.deps.Header.Source.Project
	return p != nil && p.Mode == planner.ModeMove
}

// underBase reports whether a key lies where the folder's credentials reach.
func underBase(d planner.Destination, key string) bool {
	_, below := planner.Below(key, d.BaseKey)
	return below
}

// ask asks for one version, and notes which objects it refers to.
func (v *verification) ask(
	ctx context.Context, id string, number int64, r synapse.BundleRequest,
) (b synapse.Bundle, err error) {
	if number == currentVersion {
		b, err = v.deps.Synapse.Bundle(ctx, id, r)
	} else {
		b, err = v.deps.Synapse.VersionBundle(ctx, id, number, r)
	}
	if err != nil {
		return b, err
	}
	return b, v.seen.see(ctx, id, b)
}

// list goes through the children of an entity.
func (v *verification) list(ctx context.Context, id string) iter.Seq2[synapse.EntityHeader, error] {
	return func(yield func(synapse.EntityHeader, error) bool) {
		r := synapse.ChildrenRequest{ParentID: id, IncludeTypes: synapse.ChildTypes()}
		for page, err := range synapse.ChildrenPages(ctx, v.deps.Synapse.ChildrenPage, r) {
			if err != nil {
				yield(synapse.EntityHeader{}, err)
				return
			}
			for _, h := range page.Page {
				if err := v.seen.list(ctx, h); err != nil {
					yield(synapse.EntityHeader{}, err)
					return
				}
				if !yield(h, nil) {
					return
				}
			}
		}
		if err := v.seen.listed(ctx, id); err != nil {
			yield(synapse.EntityHeader{}, err)
		}
	}
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
