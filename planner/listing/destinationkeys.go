package listing

import (
	"context"
	"fmt"
	"iter"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
)

// march lists the destination's prefix in step with the source: both are in
// key order, and a destination key is the base key with the relative path of
// a source key, so one pass over each finds every pair, in flat memory.
type march struct {
	next func() ([]planner.Object, error, bool)
	stop func()
	page []planner.Object
}

// occupied finds the keys of the destination's bucket that hold other objects.
type occupied struct {
	*examiner
	// keys lists the destination's bucket; nil doesn't look.
	keys  planner.Lister
	march *march
}

// startMarch begins after the key that was decided last.
func (o *occupied) startMarch(ctx context.Context, decided string) *march {
	s, d := o.header.Source, o.facts.Destination
	prefix := planner.UnderBase(d.BaseKey, planner.RelativeKey(s.Prefix, s.Prefix))
	after := ""
	if decided != "" {
		after = planner.UnderBase(d.BaseKey, planner.RelativeKey(decided, s.Prefix))
	}
	m := &march{}
	m.next, m.stop = iter.Pull2(o.keys.List(ctx, d.Bucket, prefix, after))
	return m
}

// at returns the object under a key, nil when there is none. Keys must be
// asked for in order.
func (m *march) at(key string) (*planner.Object, error) {
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

// stop ends the listing of the destination.
func (o *occupied) stop() {
	if o.march != nil {
		o.march.stop()
		o.march = nil
	}
}

// check looks whether the key that an object would be brought to holds
// other content, and decides what then. It reports whether the key may be
// overwritten. Candidates are checked in the order of their keys, of which after
// is the last one decided.
func (o *occupied) check(ctx context.Context, c *candidate, after string) (replace bool, err error) {
	if c.decision.Action.Traits().Key != planner.KeyMirrored || o.keys == nil {
		return false, nil
	}
	if o.march == nil {
		o.march = o.startMarch(ctx, after)
	}
	there, err := o.march.at(c.decision.DestKey)
	if err != nil {
		d := o.facts.Destination
		return false, fmt.Errorf("listing s3://%s/%s: %w", d.Bucket, d.BaseKey, err)
	}
	if there == nil {
		return false, nil
	}
	like, err := o.likeObject(ctx, *there, c)
	switch {
	case err != nil || !c.active():
		return false, err
	case like == planner.LikenessSame:
		if there.SizeBytes > 0 && there.ETag == c.facts.Object.ETag {
			c.decision.Notes = append(c.decision.Notes, rules.ContentSameETag)
		}
		return false, nil
	case like == planner.LikenessUnknown && o.options.IfExists == planner.ExistsFail:
		c.compare()
		return false, nil
	}
	c.decision, replace = choose.WhereObject(c.decision, o.options.IfExists)
	if !replace {
		return false, nil
	}
	return o.mayOverwrite(ctx, c, *there)
}

// mayOverwrite finds out what is kept of the file that a candidate replaces
// before the object is overwritten, and blocks the candidate where that can't
// be done, or where another file refers to the object, as far as its MD5 is
// known to find them by.
func (o *occupied) mayOverwrite(ctx context.Context, c *candidate, there planner.Object) (bool, error) {
	there.Bucket = o.facts.Destination.Bucket
	way := destination.Obstacle{Object: there}
	rule, err := o.keep(ctx, c, &way)
	if err == nil && rule == "" {
		rule, err = o.checkUse(ctx, c, way)
	}
	switch {
	case err != nil:
		return false, err
	case rule != "":
		c.decision, c.kept = choose.Blocked(rule), nil
		return false, nil
	case c.kept == nil:
		c.decision.Notes = append(c.decision.Notes, rules.ObjectsObjectReplaced)
	}
	return true, nil
}

// keep decides what is kept of the file that a candidate replaces, if any.
func (o *occupied) keep(ctx context.Context, c *candidate, way *destination.Obstacle) (rule planner.RuleID, err error) {
	if c.replaceID == "" {
		return "", nil
	}
	seen, err := destination.SeeVersions(ctx, o.existing, c.there, way.Object.SizeBytes)
	if err != nil {
		return "", fmt.Errorf("looking at the versions of %s: %w", c.replaceID, err)
	}
	c.kept, rule = destination.KeepVersions(c.replaceID, seen, way, o.facts.Destination, o.options.Limits)
	return rule, nil
}

// checkUse finds an object that another file refers to.
func (o *occupied) checkUse(ctx context.Context, c *candidate, way destination.Obstacle) (planner.RuleID, error) {
	if way.MD5 == "" { // an ETag that isn't one finds nothing
		way.MD5, _ = planner.MD5Hex(way.Object.ETag)
	}
	if way.MD5 == "" || o.existing == nil {
		return "", nil
	}
	used, err := destination.InUse(ctx, o.existing, way, c.replaceID)
	if used {
		return rules.ObjectsObjectInUse, err
	}
	return "", err
}

// compare has the run compare the object that lies at a candidate's key with
// what would be brought there.
func (c *candidate) compare() {
	c.compareObject = true
	if c.compareID == "" {
		c.decision.Notes = append(c.decision.Notes, rules.ContentCompared)
	}
}
