package verify

import (
	"context"
	"hash/maphash"
	"slices"

	"synapse-migrate/planner"
)

// inactive are the actions that do nothing.
var inactive = []planner.Action{planner.ActionSkip, planner.ActionBlock}

// active are all others.
var active = []planner.Action{
	planner.ActionReuse, planner.ActionRegister, planner.ActionCopy, planner.ActionSynapseCopy,
	planner.ActionStream, planner.ActionUpload,
}

// leftOut remembers, by hash, where the items that the plan leaves out would
// be: what is there is not the plan's, but not extra either.
type leftOut struct {
	seed   maphash.Seed
	places []uint64
}

// add notes an item's place.
func (l *leftOut) add(place string) {
	l.places = append(l.places, maphash.String(l.seed, place))
}

// sorted must be called once all are added.
func (l *leftOut) sorted() { slices.Sort(l.places) }

// has reports whether an item that was left out would be there.
func (l *leftOut) has(place string) bool {
	_, found := slices.BinarySearch(l.places, maphash.String(l.seed, place))
	return found
}

// placeInSource is where a file of a project lies there: its parent and
// name, which no two entities share.
func placeInSource(parentID, name string) string { return parentID + "/" + name }

// leaveOut gives each item that the plan leaves out its row.
func (w *walker) leaveOut(ctx context.Context, hand func(task) error) error {
	for item, err := range w.deps.Plan.Items(ctx, planner.Filter{Actions: inactive}) {
		if err != nil {
			return err
		}
		w.left.add(w.placeOf(item))
		row := Row{
			ItemID: item.ID, Kind: KindFile, Path: w.pathOf(item), Action: item.Action,
			Rule: item.Rule, SizeBytes: item.Source.SizeBytes, Verdict: VerdictLeftOut,
		}
		if item.Origin != nil && item.Origin.EntityType != "" {
			row.Kind = KindOther
		}
		if err := hand(done(row)); err != nil {
			return err
		}
	}
	w.left.sorted()
	return nil
}

// placeOf is where an item would be that is left out.
func (w *walker) placeOf(item planner.Item) string {
	if o := item.Origin; o != nil {
		return placeInSource(o.ParentID, item.Name)
	}
	return w.pathOf(item)
}

// pathOf is what an item is called that is left out: its path below the
// destination, where its key makes one.
func (w *walker) pathOf(item planner.Item) string {
	if item.Origin != nil {
		return item.Source.Key
	}
	names := planner.NamesPolicy(w.deps.Header.Arguments["names"])
	return join(planner.PathOf(item.Source.Key, w.deps.Header.Source.Prefix, names).Names...)
}
