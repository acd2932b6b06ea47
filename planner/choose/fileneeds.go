package choose

import (
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// needReach says that it takes the bucket's Reach to tell.
const needReach planner.RuleID = "reach"

// needs is the rule that stands against an action, empty for none.
func (c choice) needs(a planner.Action) planner.RuleID {
	switch a {
	case planner.ActionReuse:
		return c.needsReuse()
	case planner.ActionRegister:
		return c.needsRegister()
	case planner.ActionCopy:
		return c.needsCopy()
	case planner.ActionSynapseCopy:
		return c.needsSynapseCopy()
	case planner.ActionStream:
		return c.needsStream()
	case planner.ActionUpload:
		return c.needsUpload()
	}
	return rules.ContentImpossible
}

func (c choice) needsReuse() planner.RuleID {
	if !c.inPlace() {
		return rules.ContentImpossible
	}
	return ""
}

func (c choice) needsRegister() planner.RuleID {
	switch {
	case !c.registers():
		return rules.ContentImpossible
	case !c.inBucket() || !c.belowBase():
		return c.outside()
	}
	return rules.CheckKey(c.place.Key, c.o.Limits)
}

// outside is why an object that lies elsewhere isn't registered; it matters
// only where that was asked for.
func (c choice) outside() planner.RuleID {
	if c.o.Force == planner.ActionRegister {
		return rules.PlaceOutside
	}
	return rules.ContentImpossible
}

func (c choice) needsCopy() planner.RuleID {
	switch {
	case !c.registers() || !c.speaksS3():
		return rules.ContentImpossible
	case !c.f.Location.Asked:
		return needReach
	case !c.reach().Copyable:
		return rules.ContentImpossible
	}
	return c.needsRoom()
}

func (c choice) needsSynapseCopy() planner.RuleID {
	h := c.f.Handle
	switch {
	case SynapseCopyRefusal(c.place, c.f.Location, c.d) != "":
		return rules.ContentImpossible
	case !c.hasMD5() || h.ContentSize == nil || *h.ContentSize < 0:
		return rules.ContentImpossible
	case *h.ContentSize == 0:
		return rules.LimitsZeroBytes
	case *h.ContentSize > c.o.Limits.UploadBytes:
		return rules.LimitsTooLarge
	case h.Status == statusArchived:
		return rules.ContentArchived
	case !c.f.Location.Asked:
		return needReach
	}
	return ""
}

func (c choice) needsStream() planner.RuleID {
	switch {
	case !c.registers() || !c.canWrite:
		return rules.ContentImpossible
	case c.needsBytes() != "":
		return c.needsBytes()
	}
	return c.needsRoom()
}

func (c choice) needsUpload() planner.RuleID {
	if rule := c.needsBytes(); rule != "" {
		return rule
	}
	size, known := c.size()
	if !known {
		return c.needsSize()
	}
	return rules.CheckSize(planner.ActionUpload, size, c.o.Limits)
}

// needsBytes is why the bytes can't be read.
func (c choice) needsBytes() planner.RuleID {
	switch {
	case c.speaksS3() && !c.f.Location.Asked:
		return needReach
	case c.speaksS3() && c.reach().Readable:
		return ""
	case c.place.Service == planner.ServiceObjectStore:
		return rules.ContentUnreadable
	case c.f.Handle.Status == statusArchived:
		return rules.ContentArchived
	}
	return ""
}

// needsRoom is why the object can't be written to its mirrored key.
func (c choice) needsRoom() planner.RuleID {
	if rule := c.needsMirroredKey(); rule != "" {
		return rule
	}
	size, known := c.size()
	switch {
	case !known:
		return c.needsSize()
	case size > c.o.Limits.ObjectBytes:
		return rules.LimitsTooLarge
	}
	return ""
}

// needsMirroredKey is why the mirrored key can't be used.
func (c choice) needsMirroredKey() planner.RuleID {
	key := c.mirroredKey()
	switch {
	case key == planner.OwnerKey(c.d):
		return rules.LayoutOwnerTxt
	case c.p.Versions == planner.VersionsAll && c.f.Current &&
		strings.HasPrefix(key+"/", planner.UnderBase(c.d.BaseKey, planner.VersionsFolder)+"/"):
		return rules.LayoutReserved
	}
	return rules.CheckKey(key, c.o.Limits)
}

// needsSize is about an object whose size the handle doesn't tell: S3 may.
func (c choice) needsSize() planner.RuleID {
	if c.f.Head == HeadNone && (c.reach().Readable || c.reach().Copyable) {
		return ""
	}
	return rules.ContentNoSize
}
