package listing

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// examiner asks S3 about objects, and Synapse about files that may hold them
// already. Many candidates are examined at once.
type examiner struct {
	header  planner.Header
	facts   rules.DestinationFacts
	options planner.Options
	source  planner.Lister
	// examine, copyProbe, destinationHead, hash and existing are the Planner's.
	examine, copyProbe, destinationHead planner.Examiner

	hash     func(context.Context, planner.Object) (string, error)
	existing destination.Contents
}

// choose decides by what is known now.
func (x *examiner) choose(o choose.ObjectFacts) choose.Decision {
	return choose.Object(o, x.facts, x.options)
}

// probe finds out, once, whether the credentials that write the destination
// can read the source. No answer counts as no: bytes then take the way that
// is sure to work.
func (x *examiner) probe(ctx context.Context, o planner.Object) error {
	x.facts.Copy = rules.CopyImpossible
	if x.copyProbe == nil {
		return nil
	}
	_, err := x.copyProbe.Head(ctx, o.Bucket, o.Key)
	switch {
	case err == nil:
		x.facts.Copy = rules.CopyPossible
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return nil
}

// lookUp asks S3 about the object, and Synapse about the file that has its
// name.
func (x *examiner) lookUp(ctx context.Context, c *candidate) error {
	if c.decision.Examine {
		if err := x.head(ctx, &c.facts); err != nil {
			return err
		}
		c.decision = x.choose(c.facts)
	}
	if !c.active() {
		return nil
	}
	if c.at.Child == nil {
		return x.lookIntoShards(ctx, c)
	}
	bundle, err := x.file(ctx, c.at.Child.ID)
	if err != nil {
		return err
	}
	like, err := x.likeFile(ctx, bundle, c)
	if err != nil || !c.active() {
		return err
	}
	c.replace(like, c.at.Child.ID, bundle, x.options.IfExists)
	return nil
}

// replace decides about a candidate whose name a file has.
func (c *candidate) replace(like planner.Likeness, fileID string, there synapse.Bundle, policy planner.ExistsPolicy) {
	c.decision, c.replaceID, c.compareID = choose.WhereFile(c.decision, like, fileID, policy)
	c.there = there
	if c.replaceID != "" && destination.ReplacesInPlace(there, c.facts.Object) {
		c.decision.Notes = append(c.decision.Notes, rules.ObjectsVersionLost)
	}
}

// file asks Synapse about a file and its handle.
func (x *examiner) file(ctx context.Context, id string) (synapse.Bundle, error) {
	bundle, err := x.existing.Bundle(ctx, id, synapse.BundleRequest{
		IncludeEntity: true, IncludeFileHandles: true,
	})
	if err != nil {
		return synapse.Bundle{}, fmt.Errorf("looking at file %s: %w", id, err)
	}
	return bundle, nil
}

// head asks S3 about an object. What it answers is a fact; only what asking
// again may cure is an error.
func (x *examiner) head(ctx context.Context, f *choose.ObjectFacts) error {
	d, err := x.examine.Head(ctx, f.Object.Bucket, f.Object.Key)
	if remark, left := blockedBy(err); left && ctx.Err() == nil {
		f.Remark = remark
		return nil
	}
	answer, err := choose.SortHead(ctx, f.Object, err)
	if err != nil {
		return err
	}
	f.Head = answer
	if answer == choose.HeadSeen {
		bucket, key := f.Object.Bucket, f.Object.Key
		f.Detail, f.Object = d, d.Object
		f.Object.Bucket, f.Object.Key = bucket, key
	}
	return nil
}
