package planner

// HeadAnswer is what HeadObject answered about an object.
type HeadAnswer string

// The answers. HeadNone means that it was not asked.
const (
	HeadNone HeadAnswer = ""
	HeadSeen HeadAnswer = "seen"
	// HeadGone is a 404, HeadDenied a 403, HeadRefused a 400: S3 describes
	// an object under SSE-C to nobody without its key.
	HeadGone    HeadAnswer = "gone"
	HeadDenied  HeadAnswer = "denied"
	HeadRefused HeadAnswer = "refused"
)

// ObjectFacts are what is known of one object.
type ObjectFacts struct {
	// Object is as it was listed or, should it have changed since, headed.
	Object Object
	Path   KeyPath
	// Head is the answer to HeadObject; Detail counts where it is HeadSeen.
	Head   HeadAnswer
	Detail Detail
	// SameEndpoint is true when the source and the destination are on the
	// same S3 service, so that equal bucket names mean the same bucket.
	SameEndpoint bool
	// Remark is what a source other than S3 says of the object.
	Remark Remark
}

// Decision is what will be done with one object.
type Decision struct {
	Action Action
	// Rule says why the object is skipped or blocked.
	Rule RuleID
	// Examine asks for HeadObject, and to choose again with its answer.
	Examine bool
	// Probe asks for the copy probe, and to choose again with its outcome.
	Probe       bool
	MD5         string
	MD5Source   MD5Source
	DestKey     string
	ContentType string
	// Notes are rules that the item concerns without being held up.
	Notes []RuleID
}

// Choose decides about one object: whether it is left out, and otherwise the
// cheapest action whose needs are met. It is a function of its arguments
// alone. What it decides of several times (see Decision) is the same each
// time but for what the new fact changes.
func Choose(o ObjectFacts, f DestinationFacts, opt Options) Decision {
	opt = opt.withDefaults()
	if o.Remark.Rule != "" {
		return Decision{Action: o.Remark.Action, Rule: o.Remark.Rule}
	}
	if rule := skipRule(o, f.Destination); rule != "" {
		return Decision{Action: ActionSkip, Rule: rule}
	}
	if o.Path.Rule != "" {
		return blocked(o.Path.Rule)
	}
	if f.Destination.Depth+len(o.Path.Names) > opt.Limits.Depth {
		return blocked(RuleLimitsDepth)
	}
	d := route(o, f, opt)
	switch {
	case d.Action == ActionBlock || d.Probe:
		return d
	case d.DestKey == ownerKey(f.Destination):
		return Decision{Action: ActionSkip, Rule: RulePlaceOwnerTxt}
	}
	return refine(d, o, f, opt)
}

func blocked(rule RuleID) Decision { return Decision{Action: ActionBlock, Rule: rule} }

// inDestination reports whether the object lies in the destination's bucket.
func inDestination(o ObjectFacts, d Destination) bool {
	return o.SameEndpoint && d.Bucket != "" && o.Object.Bucket == d.Bucket
}

// skipRule finds what is no data: markers, owner.txt, Synapse's previews.
func skipRule(o ObjectFacts, d Destination) RuleID {
	switch {
	case isMarker(o.Object):
		return RuleObjectsMarker
	case inDestination(o, d) && o.Object.Key == ownerKey(d):
		return RulePlaceOwnerTxt
	case inDestination(o, d) && isPreview(o.Object.Key, d.BaseKey):
		return RuleObjectsPreview
	}
	return ""
}

// ownerKey is where the proof of the bucket's ownership lies.
func ownerKey(d Destination) string { return underBase(d.BaseKey, "owner.txt") }

// route chooses the action and the key at the destination, by place and
// ownership alone.
func route(o ObjectFacts, f DestinationFacts, opt Options) Decision {
	d := f.Destination
	if d.Managed || !d.OwnedByCaller {
		return forced(Decision{Action: ActionUpload}, opt.Force)
	}
	inBucket := inDestination(o, d)
	_, isBelow := below(o.Object.Key, d.BaseKey)
	target := underBase(d.BaseKey, o.Path.Relative)
	own := inBucket && isBelow && o.Object.Key == target
	switch {
	case inBucket && isBelow && (own || opt.Force == "" || opt.Force == ActionRegister) &&
		opt.Force != ActionUpload:
		return Decision{Action: ActionRegister, DestKey: o.Object.Key}
	case opt.Force == ActionRegister:
		return blocked(RulePlaceOutside)
	case opt.Force == ActionUpload:
		return Decision{Action: ActionUpload}
	}
	decision := byCredentials(o, f, opt)
	if decision.Action == ActionCopy || decision.Action == ActionStream {
		decision.DestKey = target
	}
	if inBucket && lookAlike(o.Object.Key, d.BaseKey) {
		decision.Notes = append(decision.Notes, RulePlaceLookAlike)
	}
	return forced(decision, opt.Force)
}

// forced blocks an object whose action is not the one asked for.
func forced(d Decision, force Action) Decision {
	if force != "" && !d.Probe && d.Action != force {
		return blocked(RulePlaceCantBeDone)
	}
	return d
}

// lookAlike reports whether a key begins with the base key without lying
// below it.
func lookAlike(key, baseKey string) bool {
	_, isBelow := below(key, baseKey)
	return !isBelow && len(key) >= len(baseKey) && key[:len(baseKey)] == baseKey
}

// byCredentials chooses between copy, stream and upload, for an object that
// must be brought below the base key.
func byCredentials(o ObjectFacts, f DestinationFacts, opt Options) Decision {
	canWrite := f.STS != STSRefused
	switch {
	case opt.CopyWithSource && opt.Force != ActionStream:
		return Decision{Action: ActionCopy}
	case !canWrite:
		return Decision{Action: ActionUpload}
	case opt.Force == ActionStream || !o.SameEndpoint || f.Copy == CopyImpossible:
		return Decision{Action: ActionStream}
	case f.Copy == CopyPossible:
		return Decision{Action: ActionCopy}
	}
	return Decision{Action: ActionStream, Probe: true}
}

// refine checks the limits of the action and what HeadObject said, and finds
// the MD5.
func refine(d Decision, o ObjectFacts, f DestinationFacts, opt Options) Decision {
	if o.Remark.Look && o.Head == HeadNone {
		d.Examine = true
		return d
	}
	if rule := checkSize(d.Action, o.Object.SizeBytes, opt.Limits); rule != "" {
		return blocked(rule)
	}
	if rule := checkKey(d.DestKey, opt.Limits); rule != "" {
		return blocked(rule)
	}
	if o.Head == HeadNone {
		// S3 alone can refuse what it lists: one request for each object tells.
		d.Examine = d.Action != ActionStream || o.Object.Bucket != ""
	}
	if d.Examine {
		return d
	}
	if rule := headRule(o.Head); rule != "" {
		return blocked(rule)
	}
	if o.Head == HeadSeen {
		if d = withDetail(d, o, opt); d.Action == ActionBlock {
			return d
		}
	}
	if d.Action == ActionStream {
		d.MD5, d.MD5Source = passingMD5(o.Object.SizeBytes)
	}
	if o.Remark.MD5 != "" {
		d.MD5, d.MD5Source = o.Remark.MD5, MD5List
	}
	if o.Path.Replaced {
		d.Notes = append(d.Notes, RuleNamesReplaced)
	}
	return withPreviewNote(d, o.Object.SizeBytes, opt)
}

// passingMD5 is where the MD5 of a streamed object comes from.
func passingMD5(sizeBytes int64) (string, MD5Source) {
	if sizeBytes == 0 {
		return emptyMD5, MD5Empty
	}
	return "", MD5Passing
}

// headRule is the rule that an answer other than a description breaks.
func headRule(a HeadAnswer) RuleID {
	switch a {
	case HeadGone:
		return RuleObjectsGone
	case HeadDenied:
		return RuleObjectsUnreadable
	case HeadRefused:
		return RuleObjectsCustomerKey
	}
	return ""
}

// withDetail adds what HeadObject said.
func withDetail(d Decision, o ObjectFacts, opt Options) Decision {
	archived, note := checkArchive(o.Detail)
	if archived != "" {
		return blocked(archived)
	}
	if note != "" {
		d.Notes = append(d.Notes, note)
	}
	if isKMS(o.Detail) && d.Action != ActionStream {
		d.Notes = append(d.Notes, RuleObjectsKMS)
	}
	d.ContentType = o.Detail.ContentType
	d.MD5, d.MD5Source = knownMD5(o.Detail, opt.MD5MetadataKey)
	if d.MD5Source == MD5None {
		d.MD5Source = MD5Read
	}
	if d.MD5Source == MD5Read && d.Action != ActionStream && o.Detail.looksLikeMD5() {
		d.Notes = append(d.Notes, RuleObjectsETagUnproven)
	}
	return d
}

// withPreviewNote tells of previews that Synapse will or may write.
func withPreviewNote(d Decision, sizeBytes int64, opt Options) Decision {
	switch {
	case opt.NoPreviews:
	case d.ContentType == "" && d.Action == ActionStream && sizeBytes > 0:
		d.Notes = append(d.Notes, RulePreviewsUnknown)
	case getsPreview(d.ContentType, sizeBytes):
		d.Notes = append(d.Notes, RulePreviewsWritten)
	}
	return d
}
