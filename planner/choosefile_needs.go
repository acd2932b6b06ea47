package planner

import "strings"

// needReach says that it takes the bucket's Reach to tell.
const needReach RuleID = "reach"

// needs is the rule that stands against an action, empty for none.
func (c choice) needs(a Action) RuleID {
	switch a {
	case ActionReuse:
		return c.needsReuse()
	case ActionRegister:
		return c.needsRegister()
	case ActionCopy:
		return c.needsCopy()
	case ActionSynapseCopy:
		return c.needsSynapseCopy()
	case ActionStream:
		return c.needsStream()
	case ActionUpload:
		return c.needsUpload()
	}
	return RuleContentImpossible
}

func (c choice) needsReuse() RuleID {
	if !c.inPlace() {
		return RuleContentImpossible
	}
	return ""
}

func (c choice) needsRegister() RuleID {
	switch {
	case !c.registers():
		return RuleContentImpossible
	case !c.inBucket() || !c.belowBase():
		return c.outside()
	}
	return checkKey(c.place.Key, c.o.Limits)
}

// outside is why an object that lies elsewhere isn't registered; it matters
// only where that was asked for.
func (c choice) outside() RuleID {
	if c.o.Force == ActionRegister {
		return RulePlaceOutside
	}
	return RuleContentImpossible
}

func (c choice) needsCopy() RuleID {
	switch {
	case !c.registers() || !c.speaksS3():
		return RuleContentImpossible
	case !c.f.Location.Asked:
		return needReach
	case !c.reach().Copyable:
		return RuleContentImpossible
	}
	return c.needsRoom()
}

func (c choice) needsSynapseCopy() RuleID {
	h := c.f.Handle
	switch {
	case SynapseCopyRefusal(c.place, c.f.Location, c.d) != "":
		return RuleContentImpossible
	case !c.hasMD5() || h.ContentSize == nil || *h.ContentSize < 0:
		return RuleContentImpossible
	case *h.ContentSize == 0:
		return RuleLimitsZeroBytes
	case *h.ContentSize > c.o.Limits.UploadBytes:
		return RuleLimitsTooLarge
	case h.Status == statusArchived:
		return RuleContentArchived
	case !c.f.Location.Asked:
		return needReach
	}
	return ""
}

func (c choice) needsStream() RuleID {
	switch {
	case !c.registers() || !c.canWrite:
		return RuleContentImpossible
	case c.needsBytes() != "":
		return c.needsBytes()
	}
	return c.needsRoom()
}

func (c choice) needsUpload() RuleID {
	if rule := c.needsBytes(); rule != "" {
		return rule
	}
	size, known := c.size()
	if !known {
		return c.needsSize()
	}
	return checkSize(ActionUpload, size, c.o.Limits)
}

// needsBytes is why the bytes can't be read.
func (c choice) needsBytes() RuleID {
	switch {
	case c.speaksS3() && !c.f.Location.Asked:
		return needReach
	case c.speaksS3() && c.reach().Readable:
		return ""
	case c.place.Service == ServiceObjectStore:
		return RuleContentUnreadable
	case c.f.Handle.Status == statusArchived:
		return RuleContentArchived
	}
	return ""
}

// needsRoom is why the object can't be written to its mirrored key.
func (c choice) needsRoom() RuleID {
	if rule := c.needsMirroredKey(); rule != "" {
		return rule
	}
	size, known := c.size()
	switch {
	case !known:
		return c.needsSize()
	case size > c.o.Limits.ObjectBytes:
		return RuleLimitsTooLarge
	}
	return ""
}

// needsMirroredKey is why the mirrored key can't be used.
func (c choice) needsMirroredKey() RuleID {
	key := c.mirroredKey()
	switch {
	case key == ownerKey(c.d):
		return RuleLayoutOwnerTxt
	case c.p.Versions == VersionsAll && c.f.Current &&
		strings.HasPrefix(key+"/", underBase(c.d.BaseKey, versionsFolder)+"/"):
		return RuleLayoutReserved
	}
	return checkKey(key, c.o.Limits)
}

// needsSize is about an object whose size the handle doesn't tell: S3 may.
func (c choice) needsSize() RuleID {
	if c.f.Head == HeadNone && (c.reach().Readable || c.reach().Copyable) {
		return ""
	}
	return RuleContentNoSize
}
