package planner

// refine looks at the object where that can be done, and finds the keys and
// the MD5.
func (c choice) refine(d FileDecision) FileDecision {
	if d.Action != ActionReuse {
		if d.Examine = c.f.Head == HeadNone && c.canLook(d.Action); d.Examine {
			return c.placed(d)
		}
		if rule := c.refused(d.Action); rule != "" {
			return fileBlocked(rule)
		}
		if _, known := c.size(); !known {
			return fileBlocked(RuleContentNoSize)
		}
	}
	d = c.placed(d)
	d.MD5, d.MD5Source = c.md5(d.Action)
	if !c.staysOneVersion(d) {
		return fileBlocked(RuleMoveNoMD5)
	}
	return c.withNotes(d)
}

// canLook reports whether there are credentials to look at the object with.
func (c choice) canLook(a Action) bool {
	return a == ActionRegister || c.speaksS3() && (c.reach().Readable || a == ActionCopy)
}

// refused is why what S3 said of the object, or that it said nothing, stands
// against the action.
func (c choice) refused(a Action) RuleID {
	switch c.f.Head {
	case HeadGone:
		return RuleContentGone
	case HeadRefused:
		return RuleObjectsCustomerKey
	case HeadDenied:
		if a == ActionRegister {
			return RuleContentDenied
		}
	case HeadSeen:
		if c.changed() {
			return RuleContentChanged
		}
		archived, _ := checkArchive(c.f.Detail)
		return archived
	}
	return ""
}

// changed reports whether the object is not the one that the handle was made
// for: Synapse never looks at an object again.
func (c choice) changed() bool {
	h := c.f.Handle
	if h.ContentSize != nil && *h.ContentSize >= 0 && *h.ContentSize != c.f.Detail.SizeBytes {
		return true
	}
	recorded, ok := md5Hex(h.ContentMD5)
	found, _ := knownMD5(c.f.Detail, "")
	return ok && found != "" && found != recorded
}

// placed adds the keys, and how the bytes are read.
func (c choice) placed(d FileDecision) FileDecision {
	switch d.Action {
	case ActionReuse, ActionRegister:
		d.DestKey = c.place.Key
	case ActionCopy, ActionStream:
		d.DestKey = c.mirroredKey()
	case ActionSynapseCopy:
		if c.mirrors() {
			d.Mirror = c.mirroredKey()
			d.DestKey = d.Mirror
		}
	}
	if d.Action == ActionStream || d.Action == ActionUpload {
		d.Download = !c.speaksS3() || !c.reach().Readable
	}
	return d
}

// mirrors reports whether what Synapse copies is brought to its mirrored
// key.
func (c choice) mirrors() bool {
	return c.p.Layout == LayoutMirrored && !c.d.Managed && c.canWrite &&
		c.needsMirroredKey() == ""
}

// md5 is the handle's, and where that has none, what can be found without
// it. An empty one is computed, but for a record that is reused as it is.
func (c choice) md5(a Action) (string, MD5Source) {
	if sum, ok := md5Hex(c.f.Handle.ContentMD5); ok {
		return sum, MD5Handle
	}
	size, _ := c.size()
	switch {
	case a == ActionReuse:
		return "", MD5None
	case size == 0:
		return emptyMD5, MD5Empty
	case a == ActionStream:
		return "", MD5Passing
	case c.f.Head == HeadSeen:
		if sum, source := knownMD5(c.f.Detail, c.o.MD5MetadataKey); source != MD5None {
			return sum, source
		}
	}
	return "", MD5Read
}

// staysOneVersion reports whether a file can be given its new handle without
// becoming a new version: the server compares the texts of the MD5s. What
// Synapse copies has the text of the source; other handles get lower case.
func (c choice) staysOneVersion(d FileDecision) bool {
	if !c.moves() || d.Action == ActionReuse {
		return true
	}
	verbatim := d.Action == ActionSynapseCopy && d.Mirror == ""
	return c.hasMD5() && (verbatim || c.f.Handle.ContentMD5 == d.MD5)
}

// withNotes adds what doesn't hold the item up.
func (c choice) withNotes(d FileDecision) FileDecision {
	if c.f.Head == HeadSeen && d.Action != ActionReuse {
		_, restored := checkArchive(c.f.Detail)
		d.note(restored)
		if isKMS(c.f.Detail) {
			d.note(RuleObjectsKMS)
		}
	}
	if d.MD5Source == MD5Read && c.f.Head == HeadSeen && c.f.Detail.looksLikeMD5() {
		d.note(RuleObjectsETagUnproven)
	}
	if c.inBucket() && lookAlike(c.place.Key, c.d.BaseKey) {
		d.note(RulePlaceLookAlike)
	}
	if d.Action == ActionSynapseCopy && !c.regionsKnown() {
		d.note(RuleContentRegionUnknown)
	}
	if d.Action == ActionReuse && c.f.Handle.Status == statusArchived {
		d.note(RuleContentArchivedKept)
	}
	d.note(c.layoutNote(d), c.previewNote(d))
	return d
}

// regionsKnown reports whether it is known that Synapse can copy.
func (c choice) regionsKnown() bool {
	return c.inBucket() || c.f.Location.Reach.Region != "" && c.d.Region != ""
}

// layoutNote says which keys don't mirror the tree.
func (c choice) layoutNote(d FileDecision) RuleID {
	switch {
	case d.DestKey == c.mirroredKey():
		return ""
	case d.DestKey != "":
		return RuleLayoutKept
	case c.p.Layout == LayoutMirrored:
		return RuleLayoutNotMirrored
	}
	return RuleLayoutSynapse
}

// previewNote tells of a preview that Synapse will write for a new handle.
func (c choice) previewNote(d FileDecision) RuleID {
	size, _ := c.size()
	switch {
	case d.Action == ActionReuse && c.moves(),
		d.Action != ActionReuse && c.o.NoPreviews,
		!getsPreview(d.ContentType, size):
		return ""
	}
	return RulePreviewsWritten
}
