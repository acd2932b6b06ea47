package choose

import (
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// choice is File under way.
type choice struct {
	f     FileFacts
	place planner.Place
	d     planner.Destination
	// canWrite is true when the folder's credentials write, required are its
	// access requirements.
	canWrite bool
	required []int64
	o        planner.Options
	p        planner.ProjectOptions
}

func newChoice(f FileFacts, d rules.DestinationFacts, o planner.Options, p planner.ProjectOptions) choice {
	c := choice{
		f: f, d: d.Destination, required: d.Requirements,
		canWrite: d.STS != rules.STSRefused, o: o.WithDefaults(), p: p.WithDefaults(),
	}
	if f.Handle != nil {
		c.place = planner.PlaceOf(*f.Handle)
	}
	return c
}

// statusArchived is the status of a handle whose object Synapse has put into
// an archive (FileHandleStatus, October 2024 snapshot).
const statusArchived = "ARCHIVED"

// leftOut is why nothing can or need be done, whatever the action.
func (c choice) leftOut() FileDecision {
	err := planner.ValidName(c.f.Name)
	switch {
	case err != nil:
		return FileBlocked(rules.NameRule(err))
	case c.d.Depth+strings.Count(planner.JoinPath(c.f.Folder, c.f.Name), "/")+1 > c.o.Limits.Depth:
		return FileBlocked(rules.LimitsDepth)
	case c.moves() && len(access.LostRequirements(c.f.PlaceRequirements, c.required)) > 0:
		return FileBlocked(rules.GovernanceMove)
	case c.f.Handle == nil:
		return FileBlocked(rules.ContentNoDownload)
	case c.place.Service == planner.ServiceURL:
		return FileBlocked(rules.ContentLink)
	case c.place.Service == "" || c.place.Key == "":
		return FileBlocked(rules.ContentUnknownHandle)
	case c.moves() && !c.f.Current && c.inPlace():
		return FileDecision{Action: planner.ActionSkip, Rule: rules.MoveVersionInPlace}
	}
	return FileDecision{}
}

// FileBlocked leaves a version out by a rule.
func FileBlocked(rule planner.RuleID) FileDecision {
	return FileDecision{Action: planner.ActionBlock, Rule: rule}
}

func (c choice) moves() bool { return c.p.Mode == planner.ModeMove }

// shared takes what is done for the item that brings the same file handle.
func (c choice) shared() FileDecision {
	s := c.f.Shared
	d := FileDecision{
		Action: s.Action, MD5: s.MD5, DestKey: s.DestKey, Shares: true,
		ContentType: s.ContentType, Notes: []planner.RuleID{rules.ContentShared},
	}
	if s.MD5 != "" {
		d.MD5Source = s.MD5Source
	}
	return d
}

// route takes the first action whose needs are met.
func (c choice) route() FileDecision {
	switch a, against := first(order(c.actions(), c.o.Force, c.ownKey()), fileNeeds{c}.unmet); against {
	case "":
		return fileDetail{c}.refine(FileDecision{Action: a, ContentType: c.contentType()})
	case ask:
		return FileDecision{Action: a, NeedReach: true}
	default:
		return FileBlocked(against)
	}
}

// actions are those that come into question, the preferred first.
func (c choice) actions() []planner.Action {
	all := planner.ActiveActions()
	if c.p.Layout == planner.LayoutSynapse {
		i, j := slices.Index(all, planner.ActionCopy), slices.Index(all, planner.ActionSynapseCopy)
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// registers reports whether the caller can make file handles for objects in
// the destination's bucket.
func (c choice) registers() bool { return !c.d.Managed && c.d.OwnedByCaller }

// speaksS3 reports whether credentials could read the object with S3's API.
func (c choice) speaksS3() bool {
	return c.place.Service == planner.ServiceS3 || c.place.Service == planner.ServiceObjectStore
}

// reach is how the object is reached: as its bucket is, unless S3 refused
// this object.
func (c choice) reach() planner.Reach {
	r := c.f.Location.Reach
	if c.f.Head == HeadDenied {
		r.Readable, r.Copyable = false, false
	}
	return r
}

// inPlace reports whether the handle is in the destination's storage
// location, and the object really below its base key.
func (c choice) inPlace() bool {
	return c.place.Service == planner.ServiceS3 && c.belowBase() &&
		c.place.StorageLocationID == c.d.StorageLocationID &&
		(c.d.Bucket == "" || c.inBucket())
}

// inBucket reports whether the object lies in the destination's bucket: both
// are buckets that Synapse itself reads, so that equal names are one bucket.
func (c choice) inBucket() bool {
	return c.place.Service == planner.ServiceS3 && c.d.Bucket != "" && c.place.Bucket == c.d.Bucket
}

// belowBase reports whether the folder's credentials can read the key in the
// destination's bucket: below the base key, and not its owner.txt.
func (c choice) belowBase() bool {
	rest, ok := planner.Below(c.place.Key, c.d.BaseKey)
	return ok && rest != "" && c.place.Key != planner.OwnerKey(c.d)
}

// ownKey reports whether the object lies where its copy would.
func (c choice) ownKey() bool {
	return c.inBucket() && c.belowBase() && c.place.Key == c.mirroredKey() &&
		(c.inPlace() || c.registers())
}

func (c choice) mirroredKey() string {
	return MirroredKey(c.d.BaseKey, c.f.Folder, c.f.Name, c.f.Version, c.f.Current)
}

// size is the object's, in bytes.
func (c choice) size() (sizeBytes int64, known bool) {
	if c.f.Head == HeadSeen {
		return c.f.Detail.SizeBytes, true
	}
	if size := c.f.Handle.ContentSize; size != nil && *size >= 0 {
		return *size, true
	}
	return 0, false
}

// hasMD5 reports whether the handle has one.
func (c choice) hasMD5() bool {
	_, ok := planner.MD5Hex(c.f.Handle.ContentMD5)
	return ok
}

// contentType is the handle's.
func (c choice) contentType() string {
	if c.f.Handle.ContentType == synapse.NotSet {
		return ""
	}
	return c.f.Handle.ContentType
}

// Note adds a rule to the decision.
func (d *FileDecision) Note(rules ...planner.RuleID) {
	for _, r := range rules {
		if r != "" && !slices.Contains(d.Notes, r) {
			d.Notes = append(d.Notes, r)
		}
	}
}
