package verify

import (
	"cmp"
	"context"
	"hash/maphash"
	"path"
	"regexp"
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
)

// inactive are the actions that do nothing.
var inactive = planner.Actions(func(t planner.Traits) bool { return !t.Action.Active() })

// active are all others.
var active = planner.ActiveActions()

// occupied are the rules that leave an item out for what was at its place in
// the destination already.
var occupied = []planner.RuleID{
	rules.ObjectsMigrated, rules.ObjectsFileDiffers, rules.ObjectsFileKept,
	rules.ObjectsOtherEntity,
}

// isCompared reports whether an item is compared though the plan leaves it
// out: since the destination had it already, or had another file in its
// place. Of a project's file that goes for the current version.
func isCompared(i planner.Item) bool {
	return (i.Origin == nil || i.Origin.Current) &&
		(i.Rule == rules.ObjectsMigrated || i.Rule == rules.ObjectsFileDiffers)
}

// leftOut remembers, by hash, where the items that the plan leaves out would
// be: what is there is not the plan's, but not extra either.
type leftOut struct {
	seed  maphash.Seed
	paths []leftOutPath
	// folders are those of the plan's paths in which something was there.
	folders map[uint64]struct{}
}

// leftOutPath is where an item would be.
type leftOutPath struct {
	hash uint64
	// item is its ID where it is compared, nothing where it isn't, and
	// claimed once something was found there.
	item int64
}

const (
	nothing = 0
	claimed = -1
)

// add notes where an item would be, and its ID where it is compared.
func (l *leftOut) add(at string, item int64) {
	l.paths = append(l.paths, leftOutPath{maphash.String(l.seed, at), item})
}

// addFolders notes the folders above a path.
func (l *leftOut) addFolders(at string) {
	for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
		hash := maphash.String(l.seed, dir)
		if _, known := l.folders[hash]; known {
			return // and so are those above it
		}
		l.folders[hash] = struct{}{}
	}
}

// sorted must be called once all are added. Of those at one path, the ones
// to compare come first.
func (l *leftOut) sorted() {
	slices.SortFunc(l.paths, func(a, b leftOutPath) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(b.item, a.item))
	})
}

// claim takes an item that would be at a path, for an entity that is there. It
// returns the item's ID where it is compared, and whether there was one that
// nothing had claimed.
func (l *leftOut) claim(at string) (item int64, found bool) {
	hash := maphash.String(l.seed, at)
	i, _ := slices.BinarySearchFunc(l.paths, hash, func(p leftOutPath, h uint64) int {
		return cmp.Compare(p.hash, h)
	})
	for ; i < len(l.paths) && l.paths[i].hash == hash; i++ {
		if item = l.paths[i].item; item != claimed {
			l.paths[i].item = claimed
			return item, true
		}
	}
	return nothing, false
}

// hasFolder reports whether items that were there would be below a path.
func (l *leftOut) hasFolder(path string) bool {
	_, found := l.folders[maphash.String(l.seed, path)]
	return found
}

// unclaimed are the IDs of the items to compare that nothing was found for.
func (l *leftOut) unclaimed() (items []int64) {
	for _, p := range l.paths {
		if p.item > 0 {
			items = append(items, p.item)
		}
	}
	slices.Sort(items)
	return items
}

// shardPattern is the form of the names of sub-folders that the files of a
// crowded folder are spread over (--shard-folders).
var shardPattern = regexp.MustCompile(`^part-[0-9]{4,15}$`)

// beforeShard is the path that a file in a sub-folder has without that;
// empty for one that is in none.
func beforeShard(at string) string {
	dir, name := path.Split(at)
	above, shard := path.Split(strings.TrimSuffix(dir, "/"))
	if !shardPattern.MatchString(shard) {
		return ""
	}
	return above + name
}

// claimed takes the item that was left out of which an entity in a folder is.
func (t *tree) claimed(p folderAt, name string) (item int64, found bool) {
	if t.deps.Header.Source.Project != nil {
		if p.sourceID == "" {
			return nothing, false
		}
		return t.left.claim(sourcePath(p.sourceID, name))
	}
	at := join(p.path, name)
	if item, found = t.left.claim(at); found {
		return item, true
	}
	if before := beforeShard(at); before != "" {
		return t.left.claim(before)
	}
	return nothing, false
}

// sourcePath is where a file of a project lies there: its parent and
// name, which no two entities share.
func sourcePath(parentID, name string) string { return parentID + "/" + name }

// leaveOut gives each item that the plan leaves out its row, but for those
// that are compared where they are met.
func (t *tree) leaveOut(ctx context.Context, hand func(task) error) error {
	for item, err := range t.deps.Plan.Items(ctx, planner.Filter{Actions: inactive}) {
		if err != nil {
			return err
		}
		if err := t.seen.plans(ctx, item); err != nil {
			return err
		}
		at := t.comparedPath(item)
		if item.Origin == nil && slices.Contains(occupied, item.Rule) {
			t.left.addFolders(at)
		}
		if isCompared(item) {
			t.left.add(at, item.ID)
			t.sample.from++
			continue
		}
		t.left.add(at, nothing)
		if err := hand(done(t.leftRow(item))); err != nil {
			return err
		}
	}
	t.left.sorted()
	return nil
}

// leftRow is the row of an item that is left out.
func (t *tree) leftRow(item planner.Item) Row {
	row := Row{
		ItemID: item.ID, Kind: KindFile, Path: t.pathOf(item), Action: item.Action,
		Rule: item.Rule, SizeBytes: item.Source.SizeBytes, Verdict: VerdictLeftOut,
	}
	if item.Origin != nil && item.Origin.EntityType != "" {
		row.Kind = KindOther
	}
	return row
}

// comparedPath is where an item would be that is left out.
func (t *tree) comparedPath(item planner.Item) string {
	if o := item.Origin; o != nil {
		return sourcePath(o.ParentID, item.Name)
	}
	return t.pathOf(item)
}

// pathOf is what an item is called that is left out: its path below the
// destination, where its key makes one.
func (t *tree) pathOf(item planner.Item) string {
	if item.Origin != nil {
		return item.Source.Key
	}
	names := planner.NamesPolicy(t.deps.Header.Arguments["names"])
	return join(choose.PathOf(item.Source.Key, t.deps.Header.Source.Prefix, names).Names...)
}
