package project

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// entry is one version of a file on its way to an item.
type entry struct {
	c       *child
	bundle  synapse.Bundle
	version int64
	current bool
	// activityID made the version; hidden is true where that can't be seen.
	activityID string
	hidden     bool
	// bucket is where its handle says that it lies; nil without a handle.
	bucket   *bucketState
	facts    choose.FileFacts
	decision choose.FileDecision
	// path is that of the file below the source.
	path string
	// replaceID is the destination's file that gets a new version, and
	// replaceObject allows overwriting the key.
	replaceID     string
	replaceObject bool
	// compareObject and compareID are Item.CompareObject and CompareEntityID.
	compareObject bool
	compareID     string
}

func (e *entry) active() bool { return e.decision.Action.Active() }

// handleID is that of the file handle, empty where it can't be seen.
func (e *entry) handleID() string {
	if e.facts.Handle == nil {
		return ""
	}
	return e.facts.Handle.ID
}

// sizeBytes is the handle's size, 0 where none is known.
func (e *entry) sizeBytes() int64 { return planner.SizeOf(e.facts.Handle) }

// example is how findings show it.
func (e *entry) example() string {
	if e.current {
		return e.c.header.ID + " " + e.path
	}
	return fmt.Sprintf("%s.%d %s", e.c.header.ID, e.version, e.path)
}

// pager makes items and folders of the pages of children.
type pager struct {
	terms
	where    *reaching
	beside   settlement
	store    planner.Store
	reviewer planner.Reviewer
	// state and progress are the planner's, which it keeps with each page.
	state      *state
	progress   *planner.Progress
	lastItemID int64
	// brought are the items of the page at hand that bring a file handle.
	brought map[string]*planner.Item
}

// plan decides about a page of children. Synapse was asked about them before;
// S3 is asked about many at once, and everything else is done in order.
func (p *pager) plan(ctx context.Context, v *visit) (*planner.Batch, error) {
	v.asked.Wait()
	if err := v.failed(); err != nil {
		return nil, err
	}
	if v.first {
		p.state.enter(v.folder.ID, v.existing, p.options.Limits.Children)
	}
	p.noteFolder(v)
	entries, err := p.entries(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := p.where.examine(ctx, entries); err != nil {
		return nil, err
	}
	if err := p.each(ctx, entries, (*entry).active, p.beside.checkTaken); err != nil {
		return nil, err
	}
	batch := &planner.Batch{}
	p.brought = map[string]*planner.Item{}
	for _, c := range v.children {
		entries = p.addChild(batch, v, c, entries)
	}
	p.state.pass(v)
	return batch, nil
}

// failed is the first error of what was asked about the page.
func (v *visit) failed() error {
	if v.self != nil && v.self.err != nil {
		return v.self.err
	}
	for _, c := range v.children {
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// addChild adds what becomes of one child to the batch. Entries begin with
// those of the child, if it has any; the rest is returned.
func (p *pager) addChild(batch *planner.Batch, v *visit, c *child, entries []*entry) []*entry {
	p.progress.After = planner.JoinPath(v.folder.Path, c.header.Name)
	n := 0
	for n < len(entries) && entries[n].c == c {
		n++
	}
	switch {
	case c.header.Type == synapse.TypeFolder:
		p.addFolder(batch, v, c)
	case c.moved:
		p.addMoved(batch, v, entries[:n])
	case c.header.Type != synapse.TypeFile:
		p.addOther(batch, v, c, planner.Item{Action: planner.ActionSkip, Rule: rules.ContentOtherEntity})
	case c.gone:
		p.addOther(batch, v, c, planner.Item{Action: planner.ActionBlock, Rule: rules.ObjectsGone})
	case c.elsewhere:
		p.state.Tallies.Add(rules.SourceOtherLocation, childExample(v, c), planner.SizeOf(planner.DataHandle(c.bundle)))
	default:
		p.addFile(batch, v, entries[:n])
	}
	return entries[n:]
}

// childExample is how findings show a child.
func childExample(v *visit, c *child) string {
	return c.header.ID + " " + planner.JoinPath(v.folder.Path, c.header.Name)
}

// addOther adds an entity that stays where it is.
func (p *pager) addOther(batch *planner.Batch, v *visit, c *child, item planner.Item) {
	p.lastItemID++
	item.ID, item.Name = p.lastItemID, c.header.Name
	item.Source.Key = planner.JoinPath(v.folder.Path, c.header.Name)
	item.Origin = &planner.Origin{
		EntityID: c.header.ID, ParentID: v.sourceID, Path: item.Source.Key, EntityType: c.header.Type,
		Version: c.header.VersionNumber, Current: true,
	}
	example := childExample(v, c)
	if item.Rule == rules.ContentOtherEntity {
		example = fmt.Sprintf("%s (%s) %s", c.header.ID, rules.TypeName(c.header.Type), item.Source.Key)
	}
	if c.header.Type == synapse.TypeFile {
		item.Origin.EntityType = ""
	}
	p.state.Tallies.Add(item.Rule, example, 0)
	batch.Items = append(batch.Items, item)
	p.progress.Objects++
}

// addFolder adds a folder to the plan, or an item that says why not.
func (p *pager) addFolder(batch *planner.Batch, v *visit, c *child) {
	if c.folder == nil {
		action := planner.ActionBlock
		if c.rule == rules.SourceDestinationInside {
			action = planner.ActionSkip
		} else {
			p.state.Tallies.Add(rules.SourceFolderLeft, childExample(v, c)+"/", 0)
		}
		p.addOther(batch, v, c, planner.Item{Action: action, Rule: c.rule})
		return
	}
	f := c.folder
	if !c.gone { // else its listing tells
		readFolder(f.Origin, c.bundle)
		f.Origin.Requirements = p.placeRequirements(c.bundle)
		p.noteContent(c, childExample(v, c)+"/")
	}
	p.state.Load.Count(f.EntityID != "")
	if f.EntityID != "" {
		p.state.FoldersFound++
	}
	batch.Folders = append(batch.Folders, *f)
}

// readFolder keeps what travels with a folder.
func readFolder(o *planner.FolderOrigin, b synapse.Bundle) {
	o.Description = b.Entity.Description
	if a := annotationsOf(b); len(a) > 0 {
		o.Annotations = a
	}
}
