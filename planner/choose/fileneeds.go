package choose

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// fileNeeds finds out which needs a file version meets.
type fileNeeds struct{ choice }

// unmet is the rule that stands against a need, empty where it is met. One that
// isn't known here is not.
func (c fileNeeds) unmet(n planner.Need) planner.RuleID {
	var met bool
	switch n {
	case planner.NeedInPlace:
		met = c.inPlace()
	case planner.NeedRegistrar:
		met = c.registers()
	case planner.NeedBelow:
		return c.needsBelow()
	case planner.NeedCopier:
		return c.needsCopier()
	case planner.NeedSynapseCopier:
		met = synapseCopyRefusal(c.place, c.f.Location, c.d) == ""
	case planner.NeedRecord:
		return c.needsRecord()
	case planner.NeedReach:
		if met = c.f.Location.Asked; !met {
			return ask
		}
	case planner.NeedWriter:
		met = c.canWrite
	case planner.NeedBytes:
		return c.needsBytes()
	case planner.NeedKey:
		return c.needsRoom()
	case planner.NeedUploadSize:
		return c.needsUploadSize()
	}
	if !met {
		return rules.ContentImpossible
	}
	return ""
}

func (c fileNeeds) needsBelow() planner.RuleID {
	if !c.inBucket() || !c.belowBase() {
		return c.outside()
	}
	return rules.CheckKey(c.place.Key, c.o.Limits)
}

// outside is why an object that lies elsewhere isn't registered; it matters
// only where that was asked for.
func (c fileNeeds) outside() planner.RuleID {
	if c.o.Force == planner.ActionRegister {
		return rules.PlaceOutside
	}
	return rules.ContentImpossible
}

func (c fileNeeds) needsCopier() planner.RuleID {
	switch {
	case !c.speaksS3():
		return rules.ContentImpossible
	case !c.f.Location.Asked:
		return ask
	case !c.reach().Copyable:
		return rules.ContentImpossible
	}
	return ""
}

// needsRecord is why a file handle isn't one that Synapse copies.
func (c fileNeeds) needsRecord() planner.RuleID {
	h := c.f.Handle
	switch {
	case !c.hasMD5() || h.ContentSize == nil || *h.ContentSize < 0:
		return rules.ContentImpossible
	case *h.ContentSize == 0:
		return rules.LimitsZeroBytes
	case *h.ContentSize > c.o.Limits.UploadBytes:
		return rules.LimitsTooLarge
	case h.Status == statusArchived:
		return rules.ContentArchived
	}
	return ""
}

func (c fileNeeds) needsUploadSize() planner.RuleID {
	size, known := c.size()
	if !known {
		return c.needsSize()
	}
	return rules.CheckSize(planner.ActionUpload, size, c.o.Limits)
}

// needsBytes is why the bytes can't be read.
func (c fileNeeds) needsBytes() planner.RuleID {
	switch {
	case c.speaksS3() && !c.f.Location.Asked:
		return ask
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
func (c fileNeeds) needsRoom() planner.RuleID {
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
func (c fileNeeds) needsMirroredKey() planner.RuleID {
	key, reserved := c.mirroredKey(), planner.UnderBase(c.d.BaseKey, planner.VersionsFolder)
	_, isReserved := planner.Below(key, reserved)
	switch {
	case key == planner.OwnerKey(c.d):
		return rules.LayoutOwnerTxt
	case c.p.Versions == planner.VersionsAll && c.f.Current &&
		(key == reserved || isReserved):
		return rules.LayoutReserved
	}
	return rules.CheckKey(key, c.o.Limits)
}

// needsSize is about an object whose size the handle doesn't tell: S3 may.
func (c fileNeeds) needsSize() planner.RuleID {
	if c.f.Head == HeadNone && (c.reach().Readable || c.reach().Copyable) {
		return ""
	}
	return rules.ContentNoSize
}
