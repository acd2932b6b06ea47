package choose

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// ObjectFacts are what is known of one object.
type ObjectFacts struct {
	// Object is as it was listed or, should it have changed since, headed.
	Object planner.Object
	Path   KeyPath
	// Head is the answer to HeadObject; Detail counts where it is HeadSeen.
	Head   HeadAnswer
	Detail planner.Detail
	// SameEndpoint is true when the source and the destination are on the
	// same S3 service, so that equal bucket names mean the same bucket.
	SameEndpoint bool
	// Remark is what a source other than S3 says of the object.
	Remark planner.Remark
}

// Decision is what will be done with one object.
type Decision struct {
	Action planner.Action
	// Rule says why the object is skipped or blocked.
	Rule planner.RuleID
	// Examine asks for HeadObject, and to choose again with its answer.
	Examine bool
	// Probe asks for the copy probe, and to choose again with its outcome.
	Probe       bool
	MD5         string
	MD5Source   planner.MD5Source
	DestKey     string
	ContentType string
	// Notes are rules that the item concerns without being held up.
	Notes []planner.RuleID
}

// Object decides about one object: whether it is left out, and otherwise the
// cheapest action whose needs are met. It is a function of its arguments
// alone. What it decides of several times (see Decision) is the same each
// time but for what the new fact changes.
func Object(o ObjectFacts, f rules.DestinationFacts, opt planner.Options) Decision {
	opt = opt.WithDefaults()
	if o.Remark.Rule != "" {
		return Decision{Action: o.Remark.Action, Rule: o.Remark.Rule}
	}
	if rule := skipRule(o, f.Destination); rule != "" {
		return Decision{Action: planner.ActionSkip, Rule: rule}
	}
	if o.Path.Rule != "" {
		return Blocked(o.Path.Rule)
	}
	if f.Destination.Depth+len(o.Path.Names) > opt.Limits.Depth {
		return Blocked(rules.LimitsDepth)
	}
	d := route(o, f, opt)
	switch {
	case d.Action == planner.ActionBlock || d.Probe:
		return d
	case d.DestKey == planner.OwnerKey(f.Destination):
		return Decision{Action: planner.ActionSkip, Rule: rules.PlaceOwnerTxt}
	}
	return refine(d, o, f, opt)
}

// Blocked leaves an object out by a rule.
func Blocked(rule planner.RuleID) Decision { return Decision{Action: planner.ActionBlock, Rule: rule} }

// inDestination reports whether the object lies in the destination's bucket.
func inDestination(o ObjectFacts, d planner.Destination) bool {
	return o.SameEndpoint && d.Bucket != "" && o.Object.Bucket == d.Bucket
}

// skipRule finds what is no data: markers, owner.txt, Synapse's previews.
func skipRule(o ObjectFacts, d planner.Destination) planner.RuleID {
	switch {
	case rules.IsMarker(o.Object):
		return rules.ObjectsMarker
	case inDestination(o, d) && o.Object.Key == planner.OwnerKey(d):
		return rules.PlaceOwnerTxt
	case inDestination(o, d) && rules.IsPreview(o.Object.Key, d.BaseKey):
		return rules.ObjectsPreview
	}
	return ""
}

// objectActions are those that need no file handle.
var objectActions = planner.Actions(func(t planner.Traits) bool { return t.Action.Active() && !t.ProjectOnly })

// route chooses the action and the key at the destination, by place and
// ownership alone.
func route(o ObjectFacts, f rules.DestinationFacts, opt planner.Options) Decision {
	d := f.Destination
	target := planner.UnderBase(d.BaseKey, o.Path.Relative)
	_, isBelow := planner.Below(o.Object.Key, d.BaseKey)
	c := objectChoice{o: o, f: f, opt: opt, below: inDestination(o, d) && isBelow}
	own := c.below && c.registers() && o.Object.Key == target
	a, against := first(order(objectActions, opt.Force, own), c.unmet)
	switch against {
	case "":
	case ask:
		a = planner.ActionStream // unless the probe says otherwise
	default:
		return Blocked(against)
	}
	decision := Decision{Action: a, Probe: against == ask}
	switch a.Traits().Key {
	case planner.KeyKept:
		decision.DestKey = o.Object.Key
		return decision
	case planner.KeyMirrored:
		decision.DestKey = target
	}
	if c.registers() && opt.Force != planner.ActionUpload && inDestination(o, d) &&
		lookAlike(o.Object.Key, d.BaseKey) {
		decision.Notes = append(decision.Notes, rules.PlaceLookAlike)
	}
	return decision
}

// objectChoice is route under way.
type objectChoice struct {
	o   ObjectFacts
	f   rules.DestinationFacts
	opt planner.Options
	// below is true for an object of the destination's bucket below the base
	// key.
	below bool
}

// registers reports whether the caller can make file handles for objects in
// the destination's bucket.
func (c objectChoice) registers() bool {
	return !c.f.Destination.Managed && c.f.Destination.OwnedByCaller
}

// unmet is the rule that stands against a need, empty where it is met. One that
// isn't known here is not: an object has no file handle to reuse or to copy.
func (c objectChoice) unmet(n planner.Need) planner.RuleID {
	var met bool
	switch n {
	case planner.NeedBytes, planner.NeedKey, planner.NeedUploadSize:
		met = true // refine looks at them, once the action is chosen
	case planner.NeedRegistrar:
		met = c.registers()
	case planner.NeedBelow:
		if !c.below && c.opt.Force == planner.ActionRegister {
			return rules.PlaceOutside
		}
		met = c.below
	case planner.NeedWriter:
		met = c.f.STS != rules.STSRefused
	case planner.NeedCopier:
		met = c.opt.CopyWithSource ||
			c.f.STS != rules.STSRefused && c.o.SameEndpoint && c.f.Copy != rules.CopyImpossible
		if met && !c.opt.CopyWithSource && c.f.Copy == rules.CopyUnknown {
			return ask
		}
	}
	if !met {
		return rules.PlaceCantBeDone
	}
	return ""
}

// lookAlike reports whether a key begins with the base key without lying
// below it.
func lookAlike(key, baseKey string) bool {
	_, isBelow := planner.Below(key, baseKey)
	return !isBelow && len(key) >= len(baseKey) && key[:len(baseKey)] == baseKey
}

// refine checks the limits of the action and what HeadObject said, and finds
// the MD5.
func refine(d Decision, o ObjectFacts, f rules.DestinationFacts, opt planner.Options) Decision {
	if o.Remark.Look && o.Head == HeadNone {
		d.Examine = true
		return d
	}
	if rule := rules.CheckSize(d.Action, o.Object.SizeBytes, opt.Limits); rule != "" {
		return Blocked(rule)
	}
	if rule := rules.CheckKey(d.DestKey, opt.Limits); rule != "" {
		return Blocked(rule)
	}
	if o.Head == HeadNone {
		// S3 alone can refuse what it lists: one request for each object tells.
		d.Examine = d.Action != planner.ActionStream || o.Object.Bucket != ""
	}
	if d.Examine {
		return d
	}
	if rule := headRule(o.Head); rule != "" {
		return Blocked(rule)
	}
	if o.Head == HeadSeen {
		if d = withDetail(d, o, opt); d.Action == planner.ActionBlock {
			return d
		}
	}
	if d.Action == planner.ActionStream {
		d.MD5, d.MD5Source = passingMD5(o.Object.SizeBytes)
	}
	if o.Remark.MD5 != "" {
		d.MD5, d.MD5Source = o.Remark.MD5, planner.MD5List
	}
	if o.Path.Replaced {
		d.Notes = append(d.Notes, rules.NamesReplaced)
	}
	return withPreviewNote(d, o.Object.SizeBytes, opt)
}

// passingMD5 is where the MD5 of a streamed object comes from.
func passingMD5(sizeBytes int64) (string, planner.MD5Source) {
	if sizeBytes == 0 {
		return planner.EmptyMD5, planner.MD5Empty
	}
	return "", planner.MD5Passing
}

// headRule is the rule that an answer other than a description breaks.
func headRule(a HeadAnswer) planner.RuleID {
	switch a {
	case HeadGone:
		return rules.ObjectsGone
	case HeadDenied:
		return rules.ObjectsUnreadable
	case HeadRefused:
		return rules.ObjectsCustomerKey
	}
	return ""
}

// withDetail adds what HeadObject said.
func withDetail(d Decision, o ObjectFacts, opt planner.Options) Decision {
	archived, note := rules.CheckArchive(o.Detail)
	if archived != "" {
		return Blocked(archived)
	}
	if note != "" {
		d.Notes = append(d.Notes, note)
	}
	if rules.IsKMS(o.Detail) && d.Action != planner.ActionStream {
		d.Notes = append(d.Notes, rules.ObjectsKMS)
	}
	d.ContentType = o.Detail.ContentType
	d.MD5, d.MD5Source = planner.KnownMD5(o.Detail, opt.MD5MetadataKey)
	if d.MD5Source == planner.MD5None {
		d.MD5Source = planner.MD5Read
	}
	if d.MD5Source == planner.MD5Read && d.Action != planner.ActionStream && o.Detail.LooksLikeMD5() {
		d.Notes = append(d.Notes, rules.ObjectsETagUnproven)
	}
	return d
}

// withPreviewNote tells of previews that Synapse will or may write.
func withPreviewNote(d Decision, sizeBytes int64, opt planner.Options) Decision {
	switch {
	case opt.NoPreviews:
	case d.ContentType == "" && d.Action == planner.ActionStream && sizeBytes > 0:
		d.Notes = append(d.Notes, rules.PreviewsUnknown)
	case rules.GetsPreview(d.ContentType, sizeBytes):
		d.Notes = append(d.Notes, rules.PreviewsWritten)
	}
	return d
}
