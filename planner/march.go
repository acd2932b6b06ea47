package planner

import (
	"context"
	"fmt"
	"iter"
)

// march lists the destination's prefix in step with the source: both are in
// key order, and a destination key is the base key with the relative path of
// a source key, so one pass over each finds every pair, in flat memory.
type march struct {
	next func() ([]Object, error, bool)
	stop func()
	page []Object
}

// startMarch begins after the key that was decided last.
func (b *Bucket) startMarch(ctx context.Context) *march {
	s, d := b.Header.Source, b.Facts.Destination
	prefix := underBase(d.BaseKey, relative(s.Prefix, s.Prefix))
	after := ""
	if b.cursor.After != "" {
		after = underBase(d.BaseKey, relative(b.cursor.After, s.Prefix))
	}
	m := &march{}
	m.next, m.stop = iter.Pull2(b.Destination.List(ctx, d.Bucket, prefix, after))
	return m
}

// at returns the object under a key, nil when there is none. Keys must be
// asked for in order.
func (m *march) at(key string) (*Object, error) {
	for {
		for len(m.page) > 0 && m.page[0].Key < key {
			m.page = m.page[1:]
		}
		if len(m.page) > 0 {
			if m.page[0].Key == key {
				return &m.page[0], nil
			}
			return nil, nil
		}
		page, err, ok := m.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, nil
		}
		m.page = page
	}
}

// stopMarch ends the listing of the destination.
func (b *Bucket) stopMarch() {
	if b.march != nil {
		b.march.stop()
		b.march = nil
	}
}

// checkTaken looks whether the key that an object would be brought to holds
// other content, and decides what then. It reports whether the key may be
// overwritten.
func (b *Bucket) checkTaken(ctx context.Context, c *candidate) (replace bool, err error) {
	moved := c.decision.Action == ActionCopy || c.decision.Action == ActionStream
	if !moved || b.Destination == nil {
		return false, nil
	}
	if b.march == nil {
		b.march = b.startMarch(ctx)
	}
	there, err := b.march.at(c.decision.DestKey)
	if err != nil {
		d := b.Facts.Destination
		return false, fmt.Errorf("listing s3://%s/%s: %w", d.Bucket, d.BaseKey, err)
	}
	if there == nil {
		return false, nil
	}
	like, err := b.likeObject(ctx, *there, c)
	switch {
	case err != nil || !c.active() || like == LikenessSame:
		return false, err
	case like == LikenessUnknown && b.Options.IfExists == ExistsFail:
		c.compare()
		return false, nil
	}
	c.decision, replace = whereObject(c.decision, b.Options.IfExists)
	if !replace {
		return false, nil
	}
	return b.mayOverwrite(ctx, c, *there)
}

// mayOverwrite finds out what is kept of the file that a candidate replaces
// before the object is overwritten, and blocks the candidate where that can't
// be done, or where another file refers to the object, as far as its MD5 is
// known to find them by.
func (b *Bucket) mayOverwrite(ctx context.Context, c *candidate, there Object) (bool, error) {
	there.Bucket = b.Facts.Destination.Bucket
	way := inTheWay{object: there}
	rule, err := b.keep(ctx, c, &way)
	if err == nil && rule == "" {
		rule, err = b.checkUse(ctx, c, way)
	}
	switch {
	case err != nil:
		return false, err
	case rule != "":
		c.decision, c.kept = blocked(rule), nil
		return false, nil
	case c.kept == nil:
		c.decision.Notes = append(c.decision.Notes, RuleObjectsObjectReplaced)
	}
	return true, nil
}

// keep decides what is kept of the file that a candidate replaces, if any.
func (b *Bucket) keep(ctx context.Context, c *candidate, way *inTheWay) (rule RuleID, err error) {
	if c.replaceID == "" {
		return "", nil
	}
	seen, err := seeVersions(ctx, b.Existing, c.there, way.object.SizeBytes)
	if err != nil {
		return "", fmt.Errorf("looking at the versions of %s: %w", c.replaceID, err)
	}
	c.kept, rule = keepVersions(c.replaceID, seen, way, b.Facts.Destination, b.Options.Limits)
	return rule, nil
}

// checkUse finds an object that another file refers to.
func (b *Bucket) checkUse(ctx context.Context, c *candidate, way inTheWay) (RuleID, error) {
	if way.md5 == "" { // an ETag that isn't one finds nothing
		way.md5, _ = md5Hex(way.object.ETag)
	}
	if way.md5 == "" || b.Existing == nil {
		return "", nil
	}
	used, err := inUse(ctx, b.Existing, way, c.replaceID)
	if used {
		return RuleObjectsObjectInUse, err
	}
	return "", err
}

// compare has the run compare the object that lies at a candidate's key with
// what would be brought there.
func (c *candidate) compare() {
	c.compareObject = true
	if c.compareID == "" {
		c.decision.Notes = append(c.decision.Notes, RuleContentCompared)
	}
}

// whereObject decides about an object whose key at the destination holds
// other content.
func whereObject(d Decision, policy ExistsPolicy) (Decision, bool) {
	switch policy {
	case ExistsSkip:
		return Decision{Action: ActionSkip, Rule: RuleObjectsObjectKept}, false
	case ExistsReplace:
		return d, true
	}
	return blocked(RuleObjectsObjectDiffers), false
}
