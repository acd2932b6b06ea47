package project

import (
	"context"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/planner/seal"
	"synapse-migrate/synapse"
)

// entries are the versions of a page's files, in the order of their items,
// with what is decided without a look at their objects.
func (p *pager) entries(ctx context.Context, v *visit) ([]*entry, error) {
	var all []*entry
	for _, c := range v.children {
		if c.header.Type != synapse.TypeFile || c.gone || c.elsewhere {
			continue
		}
		versions := olderOf(c)
		if !c.moved {
			versions = versionsOf(c, p.source.Mode)
		}
		for _, e := range versions {
			if err := p.prepare(ctx, v, e); err != nil {
				return nil, err
			}
			all = append(all, e)
		}
	}
	return all, nil
}

// versionsOf are the versions of a file that travel: the oldest first; where
// the file itself moves, the current one before all others.
func versionsOf(c *child, m planner.Mode) []*entry {
	current := &entry{c: c, bundle: c.bundle, version: c.bundle.Entity.VersionNumber, current: true}
	if c.bundle.Activity != nil {
		current.activityID = c.bundle.Activity.ID
	}
	if m == planner.ModeMove {
		return append([]*entry{current}, olderOf(c)...)
	}
	return append(olderOf(c), current)
}

// olderOf are the versions before a file's current one, the oldest first.
func olderOf(c *child) []*entry {
	var all []*entry
	for _, v := range slices.Backward(c.older) {
		all = append(all, &entry{
			c: c, bundle: v.bundle, version: v.number,
			activityID: v.activityID, hidden: v.hidden,
		})
	}
	return all
}

// prepare gathers the facts of a version and chooses.
func (p *pager) prepare(ctx context.Context, v *visit, e *entry) error {
	e.path = planner.JoinPath(v.folder.Path, e.c.header.Name)
	e.facts = choose.FileFacts{
		EntityID: e.c.header.ID, Version: e.version, Current: e.current,
		Folder: v.folder.Path, Name: e.c.header.Name, Handle: planner.DataHandle(e.bundle),
		PlaceRequirements: p.requirementsAt(v, e.c),
	}
	if h := e.facts.Handle; h != nil {
		var err error
		if e.bucket, err = p.where.bucket(ctx, e.c.header.ID, h); err != nil {
			return err
		}
		e.facts.Location = e.bucket.Facts
		if e.facts.Shared, err = p.bringer(ctx, h.ID); err != nil {
			return err
		}
	}
	p.choose(e)
	if !e.decision.NeedReach {
		return nil
	}
	if err := p.where.reach(ctx, e); err != nil {
		return err
	}
	p.choose(e)
	return nil
}

// requirementsAt are the access requirements of the place that a child leaves:
// none for one that has left it already.
func (p *pager) requirementsAt(v *visit, c *child) []int64 {
	switch {
	case c.moved:
		return nil
	case v.folder.Origin != nil:
		return v.folder.Origin.Requirements
	}
	return p.state.Requirements
}

// bringer is the stored item that brings a file handle; nil for none.
func (p *pager) bringer(ctx context.Context, handleID string) (*planner.Item, error) {
	id, err := p.store.ItemOfHandle(ctx, handleID)
	if err != nil || id == 0 {
		return nil, err
	}
	item, err := seal.ItemWithID(ctx, p.reviewer, id)
	return &item, err
}

// addFile adds the items of one file to the batch: its versions in order.
func (p *pager) addFile(batch *planner.Batch, v *visit, versions []*entry) {
	p.beside.settle(versions)
	p.noteFile(versions)
	var before int64
	for _, e := range versions {
		p.share(e)
		item := p.item(v, e)
		if e.active() {
			if item.Follows = before; before == 0 {
				item.ReplaceEntityID = e.replaceID
				p.state.Load.Count(e.c.at != nil)
			}
			if before == 0 || p.source.Mode == planner.ModeCopy {
				before = item.ID
			}
			p.bring(item, e)
		}
		p.count(e, item)
		batch.Items = append(batch.Items, item)
	}
}

// share has a version take the file handle that an earlier item of the page
// brings.
func (p *pager) share(e *entry) {
	item := p.brought[e.handleID()]
	if item == nil || e.facts.Shared != nil || !e.active() {
		return
	}
	e.facts.Shared = item
	p.choose(e)
	e.replaceObject, e.compareObject = false, false
}

// bring remembers that an item brings a file handle.
func (p *pager) bring(item planner.Item, e *entry) {
	id := e.handleID()
	if item.Shares == 0 && p.brought[id] == nil && id != "" {
		p.brought[id] = &item
	}
}

// item writes down what was decided about a version.
func (p *pager) item(v *visit, e *entry) planner.Item {
	p.lastItemID++
	d := e.decision
	item := planner.Item{
		ID: p.lastItemID, Name: e.c.header.Name, Action: d.Action, Rule: d.Rule,
		Source: choose.SourceObject(e.facts, d), Origin: p.origin(v, e),
	}
	if item.Source.Key == "" {
		item.Source.Key = e.path
	}
	if item.Rule == rules.ObjectsMigrated {
		item.MD5 = e.sum()
	}
	if !e.active() {
		item.Origin.Path = e.path
		return item
	}
	item.FolderID, item.Rule = v.folder.ID, ""
	item.MD5, item.MD5Source = d.MD5, d.MD5Source
	item.DestKey, item.ContentType = d.DestKey, d.ContentType
	item.ReplaceObject, item.Kept = e.replaceObject, d.Kept
	item.CompareObject, item.CompareEntityID = e.compareObject, e.compareID
	item.Checksum = e.facts.Detail.StrongestChecksum()
	item.RecordOrigin = !d.Shares && choose.RecordsOrigin(d.Action, item.Source, e.facts.Head, e.facts.Detail)
	if d.Shares {
		item.Shares = e.facts.Shared.ID
	}
	return item
}

// origin is what the version is in the source.
func (p *pager) origin(v *visit, e *entry) *planner.Origin {
	entity := e.bundle.Entity
	o := &planner.Origin{
		EntityID: e.c.header.ID, ParentID: v.sourceID, Version: e.version, Current: e.current,
		VersionLabel: entity.VersionLabel, VersionComment: entity.VersionComment,
		Description: entity.Description, FileHandleID: entity.DataFileHandleID,
		StorageLocationID: planner.LocationOf(e.facts.Handle), Mirror: e.decision.Mirror,
	}
	if e.current {
		o.Etag = entity.Etag
	}
	if a := annotationsOf(e.bundle); len(a) > 0 {
		o.Annotations = a
	}
	if p.source.Mode == planner.ModeCopy && p.source.Provenance == planner.ProvenanceKeep {
		o.ActivityID = e.activityID
	}
	if h := e.facts.Handle; h != nil {
		o.HandleType, o.FileName = h.ConcreteType, h.FileName
	}
	return o
}

// count counts a version in all that the plan sums up.
func (p *pager) count(e *entry, item planner.Item) {
	size := item.Source.SizeBytes
	p.progress.Objects++
	p.progress.SizeBytes += size
	if e.bucket != nil {
		e.bucket.count(item.Action, size)
	}
	p.state.Tallies.Add(e.decision.Rule, e.example(), size)
	if item.Origin != nil && item.Origin.Mirror != "" {
		p.state.Tallies.Add(rules.LayoutHandleLeft, e.example(), size)
	}
	if e.unseen() {
		p.state.Tallies.Add(rules.ContentNotLooked, e.example(), size)
	}
	if item.ReplaceEntityID != "" {
		p.state.Tallies.Add(rules.ObjectsFileReplaced, e.example(), size)
	}
	if e.hidden && e.active() {
		p.state.Tallies.Add(rules.ContentProvenance, e.example(), size)
	}
	if item.Kept != nil {
		p.state.Tallies.Add(rules.ObjectsVersionKept, e.example(), item.Kept.SizeBytes)
	}
	for _, note := range e.decision.Notes {
		p.state.Tallies.Add(note, e.example(), size)
	}
}
