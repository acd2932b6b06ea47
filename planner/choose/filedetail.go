package choose

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// fileDetail settles an action that was chosen: keys, MD5 and notes.
type fileDetail struct{ choice }

// refine looks at the object where that can be done, and finds the keys and
// the MD5.
func (c fileDetail) refine(d FileDecision) FileDecision {
	if d.Action != planner.ActionReuse {
		if d.Examine = c.f.Head == HeadNone && c.canLook(d.Action); d.Examine {
			return c.placed(d)
		}
		if rule := c.refused(d.Action); rule != "" {
			return FileBlocked(rule)
		}
		if _, known := c.size(); !known {
			return FileBlocked(rules.ContentNoSize)
		}
	}
	d = c.placed(d)
	d.MD5, d.MD5Source = c.md5(d.Action)
	if !c.staysOneVersion(d) {
		return FileBlocked(rules.MoveNoMD5)
	}
	return c.withNotes(d)
}

// canLook reports whether there are credentials to look at the object with.
func (c fileDetail) canLook(a planner.Action) bool {
	return a == planner.ActionRegister || c.speaksS3() && (c.reach().Readable || a == planner.ActionCopy)
}

// refused is why what S3 said of the object, or that it said nothing, stands
// against the action.
func (c fileDetail) refused(a planner.Action) planner.RuleID {
	switch c.f.Head {
	case HeadGone:
		return rules.ContentGone
	case HeadRefused:
		return rules.ObjectsCustomerKey
	case HeadDenied:
		if a == planner.ActionRegister {
			return rules.ContentDenied
		}
	case HeadSeen:
		if c.changed() {
			return rules.ContentChanged
		}
		archived, _ := rules.CheckArchive(c.f.Detail)
		return archived
	}
	return ""
}

// changed reports whether the object is not the one that the handle was made
// for: Synapse never looks at an object again.
func (c fileDetail) changed() bool {
	h := c.f.Handle
	if h.ContentSize != nil && *h.ContentSize >= 0 && *h.ContentSize != c.f.Detail.SizeBytes {
		return true
	}
	recorded, ok := planner.MD5Hex(h.ContentMD5)
	found, _ := planner.KnownMD5(c.f.Detail, "")
	return ok && found != "" && found != recorded
}

// placed adds the keys, and how the bytes are read.
func (c fileDetail) placed(d FileDecision) FileDecision {
	traits := d.Action.Traits()
	switch traits.Key {
	case planner.KeyKept:
		d.DestKey = c.place.Key
	case planner.KeyMirrored:
		d.DestKey = c.mirroredKey()
	case planner.KeySynapse:
		if !traits.Crosses && c.mirrors() {
			d.Mirror = c.mirroredKey()
			d.DestKey = d.Mirror
		}
	}
	if traits.Crosses {
		d.Download = !c.speaksS3() || !c.reach().Readable
	}
	return d
}

// mirrors reports whether what Synapse copies is brought to its mirrored
// key.
func (c fileDetail) mirrors() bool {
	return c.p.Layout == planner.LayoutMirrored && !c.d.Managed && c.canWrite &&
		fileNeeds(c).needsMirroredKey() == ""
}

// md5 is the handle's, and where that has none, what can be found without
// it. An empty one is computed, but for a record that is reused as it is.
func (c fileDetail) md5(a planner.Action) (string, planner.MD5Source) {
	if sum, ok := planner.MD5Hex(c.f.Handle.ContentMD5); ok {
		return sum, planner.MD5Handle
	}
	size, _ := c.size()
	switch {
	case a == planner.ActionReuse:
		return "", planner.MD5None
	case size == 0:
		return planner.EmptyMD5, planner.MD5Empty
	case a == planner.ActionStream:
		return "", planner.MD5Passing
	case c.f.Head == HeadSeen:
		if sum, source := planner.KnownMD5(c.f.Detail, c.o.MD5MetadataKey); source != planner.MD5None {
			return sum, source
		}
	}
	return "", planner.MD5Read
}

// staysOneVersion reports whether a file can be given its new handle without
// becoming a new version: the server compares the texts of the MD5s. What
// Synapse copies has the text of the source; other handles get lower case.
func (c fileDetail) staysOneVersion(d FileDecision) bool {
	if !c.moves() || d.Action == planner.ActionReuse {
		return true
	}
	verbatim := d.Action == planner.ActionSynapseCopy && d.Mirror == ""
	return c.hasMD5() && (verbatim || c.f.Handle.ContentMD5 == d.MD5)
}

// withNotes adds what doesn't hold the item up.
func (c fileDetail) withNotes(d FileDecision) FileDecision {
	if c.f.Head == HeadSeen && d.Action != planner.ActionReuse {
		_, restored := rules.CheckArchive(c.f.Detail)
		d.Note(restored)
		if rules.IsKMS(c.f.Detail) {
			d.Note(rules.ObjectsKMS)
		}
	}
	if d.MD5Source == planner.MD5Read && c.f.Head == HeadSeen && c.f.Detail.LooksLikeMD5() {
		d.Note(rules.ObjectsETagUnproven)
	}
	if c.inBucket() && lookAlike(c.place.Key, c.d.BaseKey) {
		d.Note(rules.PlaceLookAlike)
	}
	if d.Action == planner.ActionSynapseCopy && !c.regionsKnown() {
		d.Note(rules.ContentRegionUnknown)
	}
	if d.Action == planner.ActionReuse && c.f.Handle.Status == statusArchived {
		d.Note(rules.ContentArchivedKept)
	}
	d.Note(c.layoutNote(d), c.previewNote(d))
	return d
}

// regionsKnown reports whether it is known that Synapse can copy.
func (c fileDetail) regionsKnown() bool {
	return c.inBucket() || c.f.Location.Reach.Region != "" && c.d.Region != ""
}

// layoutNote says which keys don't mirror the tree.
func (c fileDetail) layoutNote(d FileDecision) planner.RuleID {
	switch {
	case d.DestKey == c.mirroredKey():
		return ""
	case d.DestKey != "":
		return rules.LayoutKept
	case c.p.Layout == planner.LayoutMirrored:
		return rules.LayoutNotMirrored
	}
	return rules.LayoutSynapse
}

// previewNote tells of a preview that Synapse will write for a new handle.
func (c fileDetail) previewNote(d FileDecision) planner.RuleID {
	size, _ := c.size()
	switch {
	case d.Action == planner.ActionReuse && c.moves(),
		d.Action != planner.ActionReuse && c.o.NoPreviews,
		!rules.GetsPreview(d.ContentType, size):
		return ""
	}
	return rules.PreviewsWritten
}
