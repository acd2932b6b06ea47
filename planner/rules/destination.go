package rules

import (
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Rules about the folder that things go to, and its storage location.
const (
	DestinationMissing       planner.RuleID = "destination/missing"
	DestinationUnreadable    planner.RuleID = "destination/unreadable"
	DestinationNotFolder     planner.RuleID = "destination/not-a-folder"
	DestinationNoSetting     planner.RuleID = "destination/no-setting"
	DestinationInherited     planner.RuleID = "destination/inherited-setting"
	DestinationManyLocations planner.RuleID = "destination/many-locations"
	DestinationNotSTS        planner.RuleID = "destination/not-sts"
	DestinationUnsupported   planner.RuleID = "destination/unsupported-location"
	DestinationNested        planner.RuleID = "destination/nested-sts"
	DestinationNoBaseKey     planner.RuleID = "destination/no-base-key"
	DestinationOverlap       planner.RuleID = "destination/overlapping-location"
	DestinationNotOwned      planner.RuleID = "destination/not-owned"
	DestinationNoCredentials planner.RuleID = "destination/no-credentials"
	DestinationForced        planner.RuleID = "destination/action-impossible"
	DestinationHasChildren   planner.RuleID = "destination/has-children"
	DestinationBucket        planner.RuleID = "destination/bucket-mismatch"
)

var destinationRules = slices.Concat(folderRules, locationRules, ownershipRules)

var folderRules = []Rule{
	{
		ID: DestinationMissing, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The destination does not exist, or lies in the trash can.",
		Source:  "EntityManagerImpl, October 2024 snapshot",
		Hint:    "check the ID given to --to",
	},
	{
		ID: DestinationUnreadable, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The caller may not see the destination.",
		Source:  "EntityAuthorizationManager, October 2024 snapshot",
		Hint:    "ask an administrator of the project for access",
	},
	{
		ID: DestinationNotFolder, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "Only a folder can carry an STS storage location.",
		Source: "ProjectSettingsManagerImpl (Can only enable STS on a folder), " +
			"October 2024 snapshot",
		Hint: "make an empty folder with an STS storage location (migrate folder " +
			"create) and give its ID to --to",
	},
	{
		ID: DestinationNoSetting, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The destination has no storage location of its own.",
		Source:  "ProjectSettingsManagerImpl, October 2024 snapshot",
		Hint: "make an empty folder with an STS storage location (migrate folder " +
			"create) and give its ID to --to",
	},
	{
		ID: DestinationInherited, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The destination lies inside an STS folder; the STS folder " +
			"itself is the place to migrate to.",
		Source: "ProjectSettingsManagerImpl, October 2024 snapshot",
		Hint:   "give the ID of the STS folder itself to --to",
	},
	{
		ID: DestinationNested, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "An STS folder can't lie inside another STS folder.",
		Source: "FolderMetadataProvider, ProjectSettingsManagerImpl, October " +
			"2024 snapshot",
		Hint: "make the folder outside of the other STS folder",
	},
	{
		ID: DestinationHasChildren, Topic: TopicDestination, Severity: planner.SeverityInfo,
		Summary: "The destination already has content, which is compared by name " +
			"while planning.",
		Source: "this program",
		Hint:   "--if-exists says what happens with files that differ",
	},
}

var locationRules = []Rule{
	{
		ID: DestinationManyLocations, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "An STS folder has exactly one storage location.",
		Source: "ProjectSettingsManagerImpl (An STS-enabled folder cannot add " +
			"other upload destinations), October 2024 snapshot",
		Hint: "make an empty folder with one STS storage location (migrate folder " +
			"create) and give its ID to --to",
	},
	{
		ID: DestinationNotSTS, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The storage location is not STS-enabled.",
		Source: "StsManagerImpl (Entity must have an STS-enabled storage " +
			"location), October 2024 snapshot",
		Hint: "existing ones can't be changed; make an empty folder with an STS " +
			"storage location (migrate folder create) and give its ID to --to",
	},
	{
		ID: DestinationUnsupported, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The storage location is neither Synapse's own S3 nor an " +
			"external S3 bucket.",
		Source: "StsManagerImpl, October 2024 snapshot",
		Hint:   "use a folder whose storage location is in S3",
	},
}

var ownershipRules = []Rule{
	{
		ID: DestinationNoBaseKey, Topic: TopicDestination, Severity: planner.SeverityWarn,
		Summary: "Without a base key, the folder's credentials open the whole bucket.",
		Source:  "StsManagerImpl, sts-policy-template, October 2024 snapshot",
		Hint: "use a bucket that holds nothing else, or a storage location " +
			"with a base key",
	},
	{
		ID: DestinationOverlap, Topic: TopicDestination, Severity: planner.SeverityWarn,
		Summary: "Another storage location shares objects with the destination's: " +
			"credentials for one reach the objects of the other.",
		Source: "StsManagerImpl, sts-policy-template, October 2024 snapshot",
		Hint: "use base keys that don't contain one another, one for each folder, or share both folders with the " +
			"same people",
	},
	{
		ID: DestinationNotOwned, Topic: TopicDestination, Severity: planner.SeverityWarn,
		Summary: "Only the creator of a storage location can register objects in " +
			"it; everybody else uploads through Synapse, which chooses the keys.",
		Source: "FileHandleManagerImpl.createExternalS3FileHandle, October 2024 snapshot",
		Hint: "run with the token of the user who created the storage location " +
			"to register and copy objects",
	},
	{
		ID: DestinationNoCredentials, Topic: TopicDestination, Severity: planner.SeverityWarn,
		Summary: "Synapse gives the caller no STS credentials of the needed " +
			"permission for the folder.",
		Source: "StsManagerImpl, October 2024 snapshot",
		Hint: "read_write needs DOWNLOAD, UPDATE, CREATE and DELETE on the " +
			"folder, and a token with the scopes view, download and modify",
	},
	{
		ID: DestinationForced, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The action asked for can't be done at this destination.",
		Source:  "FileHandleManagerImpl, StsManagerImpl, October 2024 snapshot",
		Hint:    "leave --action out, and the cheapest possible action is chosen",
	},
	{
		ID: DestinationBucket, Topic: TopicDestination, Severity: planner.SeverityStop,
		Summary: "The STS credentials are for another bucket or base key than the " +
			"folder's storage location.",
		Source: "this program",
		Hint:   "look at the folder's storage location and its upload settings",
	},
}

// CheckDestination judges the folder and its storage location.
func CheckDestination(f DestinationFacts, o planner.Options) []planner.Finding {
	if stop := checkFolder(f); stop != nil {
		return stop
	}
	var findings []planner.Finding
	say := func(id planner.RuleID, format string, args ...any) {
		findings = append(findings, AboutRun(id, format, args...))
	}
	d := f.Destination
	if f.NestedSTS {
		say(DestinationNested, "%s lies inside another STS folder", f.FolderID)
	}
	if !d.Managed && d.BaseKey == "" {
		say(DestinationNoBaseKey, "storage location %d has no base key: anyone who "+
			"may download from %s can read all of bucket %s",
			d.StorageLocationID, f.FolderID, d.Bucket)
	}
	for _, overlap := range f.Overlaps {
		say(DestinationOverlap, "%s; %s", overlap, OverlapsUnseen)
	}
	if f.OverlapsUnknown {
		say(DestinationOverlap, "whether other storage locations share objects with the destination's is not known: "+
			"Synapse doesn't list yours")
	}
	if !d.Managed && !d.OwnedByCaller {
		say(DestinationNotOwned, "storage location %d was created by somebody "+
			"else, so data can only be uploaded through Synapse",
			d.StorageLocationID)
	}
	if f.STS == STSRefused && needsCredentials(d, o) {
		say(DestinationNoCredentials, "Synapse refuses read_write credentials for "+
			"%s: what doesn't lie in place is uploaded through Synapse, under "+
			"keys that it chooses",
			f.FolderID)
	}
	if f.STS == STSElsewhere {
		say(DestinationBucket, "the credentials of %s are not for bucket %s and "+
			"base key %q", f.FolderID, d.Bucket, d.BaseKey)
	}
	if o.Force != "" && !possible(f, o) {
		say(DestinationForced, "nothing can be brought to %s by %s", f.FolderID, o.Force)
	}
	if f.HasChildren {
		say(DestinationHasChildren, "folder %s is not empty", f.FolderID)
	}
	return findings
}

// checkFolder finds what makes the folder useless as a destination.
func checkFolder(f DestinationFacts) []planner.Finding {
	stop := func(id planner.RuleID, format string, args ...any) []planner.Finding {
		return []planner.Finding{AboutRun(id, format, args...)}
	}
	switch {
	case f.CallerRefused || f.Anonymous || f.ScopeMissing || f.TwoFactorMissing:
		return []planner.Finding{}
	case f.Missing:
		return stop(DestinationMissing, "%s does not exist", f.FolderID)
	case !f.Readable:
		return stop(DestinationUnreadable, "you may not see %s", f.FolderID)
	case f.ConcreteType != synapse.TypeFolder:
		return stop(DestinationNotFolder, "%s is not a folder", f.FolderID)
	case f.Locations == 0 && f.EffectiveSTS:
		return stop(DestinationInherited, "%s lies inside a folder with an STS "+
			"storage location and has none of its own", f.FolderID)
	case f.Locations == 0:
		return stop(DestinationNoSetting, "%s has no storage location of its own", f.FolderID)
	case f.Locations > 1:
		return stop(DestinationManyLocations, "%s has %d storage locations", f.FolderID, f.Locations)
	case f.Unsupported:
		return stop(DestinationUnsupported, "storage location %d of %s is not in S3",
			f.Destination.StorageLocationID, f.FolderID)
	case !f.EffectiveSTS:
		return stop(DestinationNotSTS, "storage location %d of %s is not STS-enabled",
			f.Destination.StorageLocationID, f.FolderID)
	}
	return nil
}

// needsCredentials reports whether the run may write to the destination with
// the folder's own credentials.
func needsCredentials(d planner.Destination, o planner.Options) bool {
	return !d.Managed && d.OwnedByCaller && !o.CopyWithSource && o.Force != planner.ActionRegister
}

// possible reports whether the destination offers what the forced action
// needs of it.
func possible(f DestinationFacts, o planner.Options) bool {
	d := f.Destination
	for _, need := range o.Force.Traits().Needs {
		offered := true
		switch need {
		case planner.NeedRegistrar:
			offered = !d.Managed && d.OwnedByCaller
		case planner.NeedSynapseCopier:
			offered = d.OwnedByCaller
		case planner.NeedCopier:
			offered = o.CopyWithSource || f.STS != STSRefused
		case planner.NeedWriter:
			offered = f.STS != STSRefused
		}
		if !offered {
			return false
		}
	}
	return o.Force.Traits().Key != ""
}
