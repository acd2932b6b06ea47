package project

import (
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// settle decides about the versions of one file together: by what the
// destination has under its name, and by what becomes of the current one. A
// file whose current version stays behind is left out as a whole: it would
// show old content as the current one.
func (s settlement) settle(versions []*entry) {
	i := slices.IndexFunc(versions, func(e *entry) bool { return e.current })
	current := versions[i]
	switch {
	case !current.active():
	case current.c.at != nil:
		s.whereNameTaken(current, len(versions) == 1)
	case s.mayNotMove(current.bundle):
		current.decision = choose.FileBlocked(rules.MoveNoPermission)
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
func leftWith(current choose.FileDecision) choose.FileDecision {
	if current.Action == planner.ActionSkip {
		return choose.FileDecision{Action: planner.ActionSkip, Rule: current.Rule}
	}
	return choose.FileBlocked(rules.SourceCurrentLeft)
}

// mayNotMove reports whether the caller lacks the rights to move a file.
func (s settlement) mayNotMove(b synapse.Bundle) bool {
	return s.source.Mode == planner.ModeMove && b.Permissions != nil && !b.Permissions.CanMove
}

// whereNameTaken decides about a file whose name something in the
// destination has; alone is true when no other version of it travels.
func (s settlement) whereNameTaken(e *entry, alone bool) {
	there := e.c.there
	switch {
	case e.c.at.Type != synapse.TypeFile:
		e.decision = choose.FileBlocked(rules.ObjectsOtherEntity)
	case s.source.Mode == planner.ModeMove:
		e.decision = choose.FileBlocked(rules.MoveNameTaken)
	case s.holds(there, e):
		e.decision = choose.FileDecision{Action: planner.ActionSkip, Rule: rules.ObjectsMigrated}
		if !sameAnnotations(annotationsOf(there), annotationsOf(e.bundle)) {
			e.decision.Note(rules.ContentOtherAnnotations)
		}
	case s.options.IfExists == planner.ExistsSkip:
		e.decision = choose.FileDecision{Action: planner.ActionSkip, Rule: rules.ObjectsFileKept}
	case s.options.IfExists == planner.ExistsReplace:
		e.replaceID = e.c.at.ID
		if destination.ReplacesInPlace(there, choose.SourceObject(e.facts, e.decision)) {
			e.decision.Note(rules.ObjectsVersionLost)
		}
	case !s.mayHold(there, e):
		e.decision = choose.FileBlocked(rules.ObjectsFileDiffers)
	case alone && s.comparesObject(there, e.decision):
		e.compareID = e.c.at.ID
		e.decision.Note(rules.ContentComparedFile)
	default:
		e.decision = choose.FileBlocked(rules.ContentNotCompared)
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
func (s settlement) mayHold(there synapse.Bundle, e *entry) bool {
	h := planner.DataHandle(there)
	return h != nil && planner.LocationOf(h) == s.facts.Destination.StorageLocationID &&
		planner.SizeOf(h) == e.sizeBytes() && e.sum() == ""
}

// comparesObject reports whether the run compares what would be brought with
// the object of the destination's file: they are to lie at one key.
func (s settlement) comparesObject(there synapse.Bundle, d choose.FileDecision) bool {
	return d.Action.Traits().Key == planner.KeyMirrored && !d.Shares && s.atKey(planner.DataHandle(there), d.DestKey)
}

// holds reports whether a file of the destination holds the version's
// content already: it lies in the destination's storage location, with equal
// size and equal MD5.
func (s settlement) holds(there synapse.Bundle, e *entry) bool {
	h, sum := planner.DataHandle(there), e.sum()
	return h != nil && planner.LocationOf(h) == s.facts.Destination.StorageLocationID &&
		planner.SizeOf(h) == e.sizeBytes() && sum != "" && strings.EqualFold(h.ContentMD5, sum)
}

// sum is the MD5 of the version's content, empty where neither its file
// handle nor S3 tells.
func (e *entry) sum() string {
	if sum, ok := planner.MD5Hex(e.facts.Handle.ContentMD5); ok {
		return sum
	}
	if e.facts.Head != choose.HeadSeen {
		return ""
	}
	sum, _ := planner.KnownMD5(e.facts.Detail, "")
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
		e.decision = choose.FileDecision{Action: planner.ActionSkip, Rule: rules.ObjectsMigrated}
	}
}
