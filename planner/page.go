package planner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/synapse"
)

// candidate is one object of a page on its way to an item.
type candidate struct {
	facts    ObjectFacts
	decision Decision
	// at is what the destination holds on the way to the item.
	at location
	// replaceID is the file entity that gets a new version, and shard where
	// it lies, nil for the object's own folder.
	replaceID string
	shard     *shardFile
	// there is that file, and kept are versions of it that outlive the
	// overwriting of their object.
	there synapse.Bundle
	kept  *Kept
	// compareID and compareObject are Item.CompareEntityID and CompareObject.
	compareID     string
	compareObject bool
	// sum is the object's MD5 where one came to be known, readBytes what was
	// read for it.
	sum       string
	readBytes int64
}

// active reports whether something will be done with it.
func (c *candidate) active() bool { return c.decision.Action.active() }

// example is what a finding of the rule shows of the candidate: its key, and
// what that becomes where the rule is about that.
func (c *candidate) example(rule RuleID) string {
	if rule != RuleNamesReplaced {
		return c.facts.Object.Key
	}
	return c.facts.Object.Key + " becomes " + strings.Join(c.facts.Path.Names, "/")
}

// active reports whether an action does anything.
func (a Action) active() bool { return a != ActionSkip && a != ActionBlock }

// planPage decides about a page of objects and stores it. Looking things up
// is done for many objects at once, everything else in order.
func (b *Bucket) planPage(ctx context.Context, page []Object) error {
	candidates := make([]candidate, len(page))
	for i, o := range page {
		if err := b.meet(ctx, &candidates[i], o); err != nil {
			return err
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(b.Workers)
	for i := range candidates {
		if c := &candidates[i]; c.decision.Examine || c.active() && c.at.files() > 0 {
			group.Go(func() error { return b.lookUp(groupCtx, c) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return b.store(ctx, candidates)
}

// meet makes a candidate of an object: its path, what it would do by the
// listing alone, and what the destination holds at its path.
func (b *Bucket) meet(ctx context.Context, c *candidate, o Object) error {
	h := b.Header
	c.facts = ObjectFacts{
		Object: o, Path: PathOf(o.Key, h.Source.Prefix, b.Options.Names),
		SameEndpoint: h.Source.IsS3() && h.Source.Endpoint == h.Destination.Endpoint,
	}
	if o.Remark != nil {
		c.facts.Remark, c.facts.Object.Remark = *o.Remark, nil
	}
	c.decision = b.choose(c.facts)
	if c.decision.Probe {
		if err := b.probe(ctx, o); err != nil {
			return err
		}
		c.decision = b.choose(c.facts)
	}
	if !c.active() || b.existing == nil {
		return nil
	}
	var err error
	c.at, err = b.existing.find(ctx, c.facts.Path.Names)
	if err == nil {
		c.decision = whereTaken(c.decision, c.at)
	}
	return err
}

// choose decides by what is known now.
func (b *Bucket) choose(o ObjectFacts) Decision {
	f := b.Facts
	f.Copy = b.state.Copy
	return Choose(o, f, b.Options)
}

// probe finds out, once, whether the credentials that write the destination
// can read the source. No answer counts as no: bytes then take the way that
// is sure to work.
func (b *Bucket) probe(ctx context.Context, o Object) error {
	b.state.Copy = CopyImpossible
	if b.CopyProbe == nil {
		return nil
	}
	_, err := b.CopyProbe.Head(ctx, o.Bucket, o.Key)
	switch {
	case err == nil:
		b.state.Copy = CopyPossible
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return nil
}

// lookUp asks S3 about the object, and Synapse about the file that has its
// name.
func (b *Bucket) lookUp(ctx context.Context, c *candidate) error {
	if c.decision.Examine {
		if err := b.head(ctx, &c.facts); err != nil {
			return err
		}
		c.decision = b.choose(c.facts)
	}
	if !c.active() {
		return nil
	}
	if c.at.child == nil {
		return b.lookIntoShards(ctx, c)
	}
	bundle, err := b.file(ctx, c.at.child.ID)
	if err != nil {
		return err
	}
	like, err := b.likeFile(ctx, bundle, c)
	if err != nil || !c.active() {
		return err
	}
	c.replace(like, c.at.child.ID, bundle, b.Options.IfExists)
	return nil
}

// replace decides about a candidate whose name a file has.
func (c *candidate) replace(like Likeness, fileID string, there synapse.Bundle, policy ExistsPolicy) {
	c.decision, c.replaceID, c.compareID = whereFile(c.decision, like, fileID, policy)
	c.there = there
	if c.replaceID != "" && replacesInPlace(there, c.facts.Object) {
		c.decision.Notes = append(c.decision.Notes, RuleObjectsVersionLost)
	}
}

// file asks Synapse about a file and its handle.
func (b *Bucket) file(ctx context.Context, id string) (synapse.Bundle, error) {
	bundle, err := b.Existing.Bundle(ctx, id, synapse.BundleRequest{
		IncludeEntity: true, IncludeFileHandles: true,
	})
	if err != nil {
		return synapse.Bundle{}, fmt.Errorf("looking at file %s: %w", id, err)
	}
	return bundle, nil
}

// head asks S3 about an object. What it answers is a fact; only what asking
// again may cure is an error.
func (b *Bucket) head(ctx context.Context, f *ObjectFacts) error {
	d, err := b.Examine.Head(ctx, f.Object.Bucket, f.Object.Key)
	if remark, left := blockedBy(err); left && ctx.Err() == nil {
		f.Remark = remark
		return nil
	}
	answer, err := headAnswer(ctx, f.Object, err)
	if err != nil {
		return err
	}
	f.Head = answer
	if answer == HeadSeen {
		bucket, key := f.Object.Bucket, f.Object.Key
		f.Detail, f.Object = d, d.Object
		f.Object.Bucket, f.Object.Key = bucket, key
	}
	return nil
}

// headAnswer sorts what a HeadObject ended with. The error is one that
// asking again may cure.
func headAnswer(ctx context.Context, o Object, err error) (HeadAnswer, error) {
	var status interface{ HTTPStatusCode() int }
	switch {
	case err == nil:
		return HeadSeen, nil
	case ctx.Err() != nil:
		return HeadNone, ctx.Err()
	case errors.Is(err, ErrNotFound):
		return HeadGone, nil
	case errors.Is(err, ErrCredentials):
	case errors.Is(err, ErrDenied):
		return HeadDenied, nil
	case errors.As(err, &status) && status.HTTPStatusCode() == http.StatusBadRequest:
		return HeadRefused, nil
	}
	return HeadNone, fmt.Errorf("examining %s: %w", o.place(), err)
}

// store makes items of the candidates, in order, and appends them.
func (b *Bucket) store(ctx context.Context, candidates []candidate) error {
	batch := Batch{Items: make([]Item, 0, len(candidates))}
	for i := range candidates {
		c := &candidates[i]
		replaceObject, err := b.checkTaken(ctx, c)
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
			b.tally(RulePlaceSplitName, c)
		}
		for _, note := range c.decision.Notes {
			b.tally(note, c)
		}
		if c.kept != nil {
			b.state.Tallies.Add(RuleObjectsVersionKept, c.example(RuleObjectsVersionKept), c.kept.SizeBytes)
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
func makeItem(id int64, c *candidate) Item {
	d := c.decision
	item := Item{
		ID: id, Name: c.facts.Path.Name(), Source: c.facts.Object,
		Action: d.Action, Rule: d.Rule,
	}
	item.Checksum = c.facts.Detail.strongestChecksum()
	if !c.active() {
		if item.Rule == RuleObjectsMigrated {
			item.MD5 = c.sum
		}
		return item
	}
	item.Rule = ""
	item.RecordOrigin = recordsOrigin(d.Action, item.Source, c.facts.Head, c.facts.Detail)
	item.CompareEntityID = c.compareID
	item.MD5, item.MD5Source = d.MD5, d.MD5Source
	item.DestKey, item.ContentType = d.DestKey, d.ContentType
	item.ReplaceEntityID = c.replaceID
	item.Annotations = annotations(c.facts.Object.Key, c.facts.Path)
	return item
}

// place puts the item in its folder, making those that are missing.
func (b *Bucket) place(batch *Batch, item *Item, c *candidate) {
	made, full := b.folders.enter(c.facts.Path.Folders(), c.at)
	b.state.Full = append(b.state.Full, full...)
	if c.shard == nil {
		item.FolderID = b.folders.add(c.at.child != nil)
	} else {
		var shard []Folder
		item.FolderID, shard = b.folders.replace(*c.shard)
		made = append(made, shard...)
		b.touch(item.FolderID)
	}
	for _, f := range made {
		if f.EntityID != "" {
			b.state.FoldersFound++
		}
		b.state.HighestPart = max(b.state.HighestPart, shardNumber(f.Name))
	}
	batch.Folders = append(batch.Folders, made...)
}

// touch counts a child to be replaced in a folder that was left already.
func (b *Bucket) touch(folderID int64) {
	for i := range b.state.Full {
		if f := &b.state.Full[i]; f.FolderID == folderID {
			f.Existing--
		}
	}
}
