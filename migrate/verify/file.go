package verify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// itemsPage is how many items are read from the plan at once.
const itemsPage = 500

// version is an item that becomes, or stays, a version of a file.
type version struct {
	planner.Item
	// brings is the item that brings the file handle: itself, or the one that
	// it shares.
	brings planner.Item
	// key is what the item's object is to be at; empty where the plan can't
	// know it.
	key  string
	read bool
}

// file is the versions of one file, in the order of the plan.
type file struct {
	path     string
	versions []version
	header   synapse.EntityHeader
	found    bool
}

// items streams the items of a folder that something is done with, page by
// page.
func (t *tree) items(ctx context.Context, folderID int64) iter.Seq2[planner.Item, error] {
	return func(yield func(planner.Item, error) bool) {
		filter := planner.Filter{FolderID: &folderID, Actions: active, Limit: itemsPage}
		for {
			var page []planner.Item
			for item, err := range t.deps.Plan.Items(ctx, filter) {
				if err != nil {
					yield(item, err)
					return
				}
				page = append(page, item)
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if len(page) < itemsPage {
				return
			}
			filter.AfterID = page[len(page)-1].ID
		}
	}
}

// files hands out the files of a folder. The versions of one stand together
// in the plan.
func (t *tree) files(
	ctx context.Context, p folderAt, there children, hand func(task) error,
) error {
	var open file
	flush := func() error {
		if len(open.versions) == 0 {
			return nil
		}
		f := open
		open = file{}
		return hand(func(ctx context.Context) ([]Row, error) { return t.compare.compareFile(ctx, f) })
	}
	for item, err := range t.items(ctx, p.planID) {
		if err != nil {
			return err
		}
		if len(open.versions) == 0 || !sameFile(open.versions[0].Item, item) {
			if err := flush(); err != nil {
				return err
			}
			open = file{path: join(p.path, item.Name)}
			open.header, open.found = there.claim(item.Name)
		}
		v, err := t.version(ctx, item)
		if err != nil {
			return err
		}
		open.versions = append(open.versions, v)
	}
	return flush()
}

// sameFile reports whether two items are versions of one file.
func sameFile(a, b planner.Item) bool {
	return a.Name == b.Name && a.Origin != nil && b.Origin != nil &&
		a.Origin.EntityID == b.Origin.EntityID
}

// version adds to an item what else must be known of it.
func (t *tree) version(ctx context.Context, item planner.Item) (version, error) {
	if err := t.seen.plans(ctx, item); err != nil {
		return version{}, err
	}
	v := version{Item: item, brings: item, key: plannedKey(item), read: t.sample.next()}
	if item.Shares == 0 {
		return v, nil
	}
	shared, err := t.item(ctx, item.Shares)
	v.brings, v.key = shared, plannedKey(shared)
	return v, err
}

// plannedKey is the key that an item's object is to have in the destination's
// bucket; empty where Synapse chooses it.
func plannedKey(i planner.Item) string {
	switch key := i.Action.Traits().Key; {
	case key == planner.KeyKept:
		return i.Source.Key
	case i.Origin != nil && i.Origin.Mirror != "":
		return i.Origin.Mirror
	case key == planner.KeyMirrored:
		return i.DestKey
	}
	return ""
}

// compareFile compares the versions of one file.
func (c comparison) compareFile(ctx context.Context, f file) ([]Row, error) {
	rows := make([]Row, len(f.versions))
	for i, v := range f.versions {
		rows[i] = Row{
			ItemID: v.ID, Kind: KindFile, Path: f.path, Action: v.Action,
			SizeBytes: v.Source.SizeBytes,
		}
		if f.found {
			rows[i].EntityID = f.header.ID
			rows[i].differ(FieldEntity, c.plannedEntity(f, v), f.header.ID)
		}
	}
	switch {
	case !f.found:
		for i := range rows {
			rows[i].missing(FieldEntity, f.path)
		}
		return concluded(rows), nil
	case f.header.Type != synapse.TypeFile:
		for i := range rows {
			rows[i].differ(FieldType, synapse.TypeFile, f.header.Type)
		}
		return concluded(rows), nil
	}
	numbers, err := c.versionNumbers(ctx, f, rows)
	if err != nil {
		return unseen(rows, err)
	}
	for i := range rows {
		if err := c.compareVersion(ctx, f, i, numbers[i], &rows[i]); err != nil {
			return nil, err
		}
	}
	return concluded(rows), nil
}

// plannedEntity is the entity that a version is to be of: the one that it is,
// where the plan doesn't know it.
func (c comparison) plannedEntity(f file, v version) string {
	switch {
	case c.moves():
		return v.Origin.EntityID
	case f.versions[0].ReplaceEntityID != "":
		return f.versions[0].ReplaceEntityID
	}
	return f.header.ID
}

// noVersion stands for a version that isn't there, currentVersion for the
// one that is current.
const (
	noVersion      = -1
	currentVersion = 0
)

// versionNumbers finds which versions of the entity are the plan's. A file
// that moves keeps its versions; otherwise they are the entity's last ones,
// in the order of the plan.
func (c comparison) versionNumbers(ctx context.Context, f file, rows []Row) ([]int64, error) {
	numbers := make([]int64, len(f.versions))
	if c.moves() {
		for i, v := range f.versions {
			if !v.Origin.Current {
				numbers[i] = v.Origin.Version
			}
		}
		return numbers, nil
	}
	if len(f.versions) == 1 {
		return numbers, nil
	}
	all, err := c.deps.Synapse.AllVersions(ctx, f.header.ID)
	if err != nil {
		return nil, err
	}
	last := len(numbers) - 1
	if f.versions[0].ReplaceEntityID == "" || len(all) < len(numbers) {
		rows[last].differ(FieldVersions, strconv.Itoa(len(numbers)), strconv.Itoa(len(all)))
	}
	for i := range last {
		numbers[i] = noVersion
		if newer := last - i; newer < len(all) {
			numbers[i] = all[newer].VersionNumber
		}
	}
	return numbers, nil
}

// compareVersion compares one version and its object.
func (c comparison) compareVersion(
	ctx context.Context, f file, i int, number int64, row *Row,
) error {
	v := f.versions[i]
	if number == noVersion {
		row.missing(FieldVersions, "version "+strconv.Itoa(i+1))
		return nil
	}
	b, err := c.bundle(ctx, f.header.ID, number)
	if err != nil {
		rows, err := unseen([]Row{*row}, err)
		if err == nil {
			*row = rows[0]
		}
		return err
	}
	x := c.expected(v)
	x.replaces = f.versions[0].ReplaceEntityID != ""
	if err := c.compareSeen(ctx, f, x, number, b, row); err != nil {
		return err
	}
	return c.compareKept(ctx, x, row)
}

// compareSeen compares what Synapse shows of a version, then its object.
func (c comparison) compareSeen(
	ctx context.Context, f file, x expected, number int64, b synapse.Bundle, row *Row,
) error {
	h := x.compareEntity(row, b)
	if b.Entity != nil {
		if err := c.compareLabel(ctx, f, x, row); err != nil {
			return err
		}
		if err := c.compareProvenance(ctx, f.header.ID, number, b, x, row); err != nil {
			return err
		}
	}
	if h == nil || h.BucketName != x.to.Bucket || !underBase(x.to, h.Key) {
		return nil // the folder's credentials don't reach it
	}
	return c.compareObject(ctx, x, *h, row)
}

// expected is what the plan says of a version, wherever it stands among
// those of its file.
func (c comparison) expected(v version) expected {
	x := expected{
		version: v, to: c.destination(), moves: c.moves(),
		noPreviews: c.deps.Header.Arguments["no-previews"] == "true",
	}
	if p := c.deps.Header.Source.Project; p != nil {
		x.provenance = p.Provenance
	}
	return x
}

// bundle asks for one version, in one call.
func (c comparison) bundle(ctx context.Context, id string, number int64) (synapse.Bundle, error) {
	r := synapse.BundleRequest{
		IncludeEntity: true, IncludeAnnotations: true, IncludeFileHandles: true,
	}
	if number == currentVersion {
		r.IncludeActivity = c.deps.Header.Source.Project != nil
	}
	return c.ask(ctx, id, number, r)
}

// unseen gives rows the verdict about what Synapse doesn't show: it is gone
// since the listing, or the caller may not see it. Other errors are returned.
func unseen(rows []Row, err error) ([]Row, error) {
	gone := errors.Is(err, synapse.ErrNotFound)
	if !gone && !errors.Is(err, synapse.ErrForbidden) {
		return nil, fmt.Errorf("looking at %q: %w", rows[0].Path, err)
	}
	for i := range rows {
		if gone {
			rows[i].missing(FieldEntity, rows[i].Path)
		} else {
			rows[i].note("Synapse refuses: " + err.Error())
		}
	}
	return concluded(rows), nil
}

func concluded(rows []Row) []Row {
	for i := range rows {
		rows[i].conclude()
	}
	return rows
}
