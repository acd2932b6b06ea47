package listing

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// blockedBy is the remark that an error of an Examiner leaves; false where it
// is another error.
func blockedBy(err error) (planner.Remark, bool) {
	var by *planner.RuleError
	if !errors.As(err, &by) {
		return planner.Remark{}, false
	}
	return planner.Remark{Action: planner.ActionBlock, Rule: by.Rule}, true
}

// splitsName reports whether a key goes on within the name that the source's
// prefix ends with.
func splitsName(s planner.Source, key string) bool {
	rest, under := strings.CutPrefix(key, s.Prefix)
	return s.IsS3() && s.Prefix != "" && !strings.HasSuffix(s.Prefix, "/") &&
		under && rest != "" && rest[0] != '/'
}

// candidate is one object of a page on its way to an item.
type candidate struct {
	facts    choose.ObjectFacts
	decision choose.Decision
	// at is what the destination holds on the way to the item.
	at destination.Location
	// replaceID is the file entity that gets a new version, and shard where
	// it lies, nil for the object's own folder.
	replaceID string
	shard     *destination.ShardFile
	// there is that file, and kept are versions of it that outlive the
	// overwriting of their object.
	there synapse.Bundle
	kept  *planner.Kept
	// compareID and compareObject are Item.CompareEntityID and CompareObject.
	compareID     string
	compareObject bool
	// sum is the object's MD5 where one came to be known, readBytes what was
	// read for it.
	sum       string
	readBytes int64
}

// active reports whether something will be done with it.
func (c *candidate) active() bool { return c.decision.Action.Active() }

// example is what a finding of the rule shows of the candidate: its key, and
// what that becomes where the rule is about that.
func (c *candidate) example(rule planner.RuleID) string {
	if rule != rules.NamesReplaced {
		return c.facts.Object.Key
	}
	return c.facts.Object.Key + " becomes " + strings.Join(c.facts.Path.Names, "/")
}

// planPage decides about a page of objects and stores it. Looking things up
// is done for many objects at once, everything else in order.
func (b *Planner) planPage(ctx context.Context, page []planner.Object) error {
	candidates := make([]candidate, len(page))
	for i, o := range page {
		if err := b.meet(ctx, &candidates[i], o); err != nil {
			return err
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(b.Workers)
	for i := range candidates {
		if c := &candidates[i]; c.decision.Examine || c.active() && c.at.Files() > 0 {
			group.Go(func() error { return b.examiner.lookUp(groupCtx, c) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return b.store(ctx, candidates)
}

// meet makes a candidate of an object: its path, what it would do by the
// listing alone, and what the destination holds at its path.
func (b *Planner) meet(ctx context.Context, c *candidate, o planner.Object) error {
	h := b.Header
	c.facts = choose.ObjectFacts{
		Object: o, Path: choose.PathOf(o.Key, h.Source.Prefix, b.Options.Names),
		SameEndpoint: h.Source.IsS3() && h.Source.Endpoint == h.Destination.Endpoint,
	}
	if o.Remark != nil {
		c.facts.Remark, c.facts.Object.Remark = *o.Remark, nil
	}
	c.decision = b.examiner.choose(c.facts)
	if c.decision.Probe {
		if err := b.examiner.probe(ctx, o); err != nil {
			return err
		}
		c.decision = b.examiner.choose(c.facts)
	}
	if !c.active() || b.existing == nil {
		return nil
	}
	var err error
	c.at, err = b.existing.Find(ctx, c.facts.Path.Names)
	if err == nil {
		c.decision = choose.WhereTaken(c.decision, c.at)
	}
	return err
}

// store makes items of the candidates, in order, and appends them.
func (b *Planner) store(ctx context.Context, candidates []candidate) error {
	batch := planner.Batch{Items: make([]planner.Item, 0, len(candidates))}
	for i := range candidates {
		c := &candidates[i]
		replaceObject, err := b.occupied.check(ctx, c, b.cursor.After)
		if err != nil {
			return err
		}
		b.cursor.LastItemID++
		item := makeItem(b.cursor.LastItemID, c)
		item.ReplaceObject, item.Kept, item.CompareObject = replaceObject, c.kept, c.compareObject
		b.state.ReadBytes += c.readBytes
		if c.active() {
			b.place(&batch, &item, c)
		}
		b.tally(c.decision.Rule, c)
		if splitsName(b.Header.Source, c.facts.Object.Key) {
			b.tally(rules.PlaceSplitName, c)
		}
		for _, note := range c.decision.Notes {
			b.tally(note, c)
		}
		if c.kept != nil {
			b.state.Tallies.Add(rules.ObjectsVersionKept, c.example(rules.ObjectsVersionKept), c.kept.SizeBytes)
		}
		batch.Items = append(batch.Items, item)
		b.progress.Objects++
		b.progress.SizeBytes += item.Source.SizeBytes
		b.cursor.After = c.facts.Object.Key
	}
	if err := b.save(ctx, batch); err != nil {
		return err
	}
	if b.Observer != nil {
		b.progress.After = b.cursor.After
		b.Observer.Planned(b.progress)
	}
	return nil
}

// makeItem writes down a decision. Items that are left out have neither
// folder nor destination.
func makeItem(id int64, c *candidate) planner.Item {
	d := c.decision
	item := planner.Item{
		ID: id, Name: c.facts.Path.Name(), Source: c.facts.Object,
		Action: d.Action, Rule: d.Rule,
	}
	item.Checksum = c.facts.Detail.StrongestChecksum()
	if !c.active() {
		if item.Rule == rules.ObjectsMigrated {
			item.MD5 = c.sum
		}
		return item
	}
	item.Rule = ""
	item.RecordOrigin = choose.RecordsOrigin(d.Action, item.Source, c.facts.Head, c.facts.Detail)
	item.CompareEntityID = c.compareID
	item.MD5, item.MD5Source = d.MD5, d.MD5Source
	item.DestKey, item.ContentType = d.DestKey, d.ContentType
	item.ReplaceEntityID = c.replaceID
	item.Annotations = choose.Annotations(c.facts.Object.Key, c.facts.Path)
	return item
}

// place puts the item in its folder, making those that are missing.
func (b *Planner) place(batch *planner.Batch, item *planner.Item, c *candidate) {
	made, full := b.folders.enter(c.facts.Path.Folders(), c.at)
	b.state.Full = append(b.state.Full, full...)
	if c.shard == nil {
		item.FolderID = b.folders.add(c.at.Child != nil)
	} else {
		var shard []planner.Folder
		item.FolderID, shard = b.folders.replace(*c.shard)
		made = append(made, shard...)
		b.touch(item.FolderID)
	}
	for _, f := range made {
		if f.EntityID != "" {
			b.state.FoldersFound++
		}
		b.state.HighestPart = max(b.state.HighestPart, destination.ShardNumber(f.Name))
	}
	batch.Folders = append(batch.Folders, made...)
}

// touch counts a child to be replaced in a folder that was left already.
func (b *Planner) touch(folderID int64) {
	for i := range b.state.Full {
		if f := &b.state.Full[i]; f.FolderID == folderID {
			f.Existing--
		}
	}
}
