package planner

import (
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// settle decides about the versions of one file together: by what the
// destination has under its name, and by what becomes of the current one. A
// file whose current version stays behind is left out as a whole: it would
// show old content as the current one.
func (p *Project) settle(versions []*entry) {
	i := slices.IndexFunc(versions, func(e *entry) bool { return e.current })
	current := versions[i]
	switch {
	case !current.active():
	case current.c.at != nil:
		p.whereNameTaken(current, len(versions) == 1)
	case p.mayNotMove(current.bundle):
		current.decision = fileBlocked(RuleMoveNoPermission)
	}
	if current.active() {
		for _, e := range versions {
			e.replaceID = current.replaceID
		}
		leaveThoseThere(versions)
		return
	}
	for _, e := range versions {
		if e.active() {
			e.decision = leftWith(current.decision)
		}
	}
}

// leftWith is the decision about an older version of a file whose current
// one is left out.
func leftWith(current FileDecision) FileDecision {
	if current.Action == ActionSkip {
		return FileDecision{Action: ActionSkip, Rule: current.Rule}
	}
	return fileBlocked(RuleSourceCurrentLeft)
}

// mayNotMove reports whether the caller lacks the rights to move a file.
func (p *Project) mayNotMove(b synapse.Bundle) bool {
	return p.source.Mode == ModeMove && b.Permissions != nil && !b.Permissions.CanMove
}

// whereNameTaken decides about a file whose name something in the
// destination has; alone is true when no other version of it travels.
func (p *Project) whereNameTaken(e *entry, alone bool) {
	there := e.c.there
	switch {
	case e.c.at.Type != synapse.TypeFile:
		e.decision = fileBlocked(RuleObjectsOtherEntity)
	case p.source.Mode == ModeMove:
		e.decision = fileBlocked(RuleMoveNameTaken)
	case p.holds(there, e):
		e.decision = FileDecision{Action: ActionSkip, Rule: RuleObjectsMigrated}
		if !sameAnnotations(annotationsOf(there), annotationsOf(e.bundle)) {
			e.decision.note(RuleContentOtherAnnotations)
		}
	case p.Options.IfExists == ExistsSkip:
		e.decision = FileDecision{Action: ActionSkip, Rule: RuleObjectsFileKept}
	case p.Options.IfExists == ExistsReplace:
		e.replaceID = e.c.at.ID
		if replacesInPlace(there, SourceObject(e.facts, e.decision)) {
			e.decision.note(RuleObjectsVersionLost)
		}
	case !p.mayHold(there, e):
		e.decision = fileBlocked(RuleObjectsFileDiffers)
	case alone && p.comparesObject(there, e.decision):
		e.compareID = e.c.at.ID
		e.decision.note(RuleContentComparedFile)
	default:
		e.decision = fileBlocked(RuleContentNotCompared)
	}
}

// annotationsOf are those in a bundle.
func annotationsOf(b synapse.Bundle) map[string]synapse.AnnotationValue {
	if b.Annotations == nil {
		return nil
	}
	return b.Annotations.Annotations
}

// mayHold reports whether a file of the destination may hold the version's
// content, of which nothing but reading tells the MD5.
func (p *Project) mayHold(there synapse.Bundle, e *entry) bool {
	h := dataHandle(there)
	return h != nil && locationOf(h) == p.Facts.Destination.StorageLocationID &&
		sizeOf(h) == e.sizeBytes() && e.sum() == ""
}

// comparesObject reports whether the run compares what would be brought with
// the object of the destination's file: they are to lie at one key.
func (p *Project) comparesObject(there synapse.Bundle, d FileDecision) bool {
	writes := d.Action == ActionCopy || d.Action == ActionStream
	return writes && !d.Shares && p.atKey(dataHandle(there), d.DestKey)
}

// holds reports whether a file of the destination holds the version's
// content already: it lies in the destination's storage location, with equal
// size and equal MD5.
func (p *Project) holds(there synapse.Bundle, e *entry) bool {
	h, sum := dataHandle(there), e.sum()
	return h != nil && locationOf(h) == p.Facts.Destination.StorageLocationID &&
		sizeOf(h) == e.sizeBytes() && sum != "" && strings.EqualFold(h.ContentMD5, sum)
}

// sum is the MD5 of the version's content, empty where neither its file
// handle nor S3 tells.
func (e *entry) sum() string {
	if sum, ok := md5Hex(e.facts.Handle.ContentMD5); ok {
		return sum
	}
	if e.facts.Head != HeadSeen {
		return ""
	}
	sum, _ := knownMD5(e.facts.Detail, "")
	return sum
}

// leaveThoseThere leaves out the oldest versions of a file where they are all
// that the destination's file has: only what came since is added to it.
func leaveThoseThere(versions []*entry) {
	var bring []*entry
	for _, e := range versions {
		if e.active() {
			bring = append(bring, e)
		}
	}
	there := bring[len(bring)-1].c.thereVersions
	if len(there) >= len(bring) {
		return
	}
	for i, v := range slices.Backward(there) {
		e := bring[len(there)-1-i]
		if !strings.EqualFold(v.ContentMD5, e.sum()) || e.sum() == "" ||
			v.ContentSize != strconv.FormatInt(e.sizeBytes(), 10) {
			return
		}
	}
	for _, e := range bring[:len(there)] {
		e.decision = FileDecision{Action: ActionSkip, Rule: RuleObjectsMigrated}
	}
}
