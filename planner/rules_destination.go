package planner

import (
	"slices"

	"synapse-migrate/synapse"
)

// Rules about the folder that things go to, and its storage location.
const (
	RuleDestinationMissing       RuleID = "destination/missing"
	RuleDestinationUnreadable    RuleID = "destination/unreadable"
	RuleDestinationNotFolder     RuleID = "destination/not-a-folder"
	RuleDestinationNoSetting     RuleID = "destination/no-setting"
	RuleDestinationInherited     RuleID = "destination/inherited-setting"
	RuleDestinationManyLocations RuleID = "destination/many-locations"
	RuleDestinationNotSTS        RuleID = "destination/not-sts"
	RuleDestinationUnsupported   RuleID = "destination/unsupported-location"
	RuleDestinationNested        RuleID = "destination/nested-sts"
	RuleDestinationNoBaseKey     RuleID = "destination/no-base-key"
	RuleDestinationOverlap       RuleID = "destination/overlapping-location"
	RuleDestinationNotOwned      RuleID = "destination/not-owned"
	RuleDestinationNoCredentials RuleID = "destination/no-credentials"
	RuleDestinationForced        RuleID = "destination/action-impossible"
	RuleDestinationHasChildren   RuleID = "destination/has-children"
	RuleDestinationBucket        RuleID = "destination/bucket-mismatch"
)

func destinationRules() []Rule {
	return slices.Concat(folderRules(), locationRules(), ownershipRules())
}

func folderRules() []Rule {
	return []Rule{
		{
			ID: RuleDestinationMissing, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The destination does not exist, or lies in the trash can.",
			Source:  "EntityManagerImpl, October 2024 snapshot",
			hint:    "check the ID given to --to",
		},
		{
			ID: RuleDestinationUnreadable, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The caller may not see the destination.",
			Source:  "EntityAuthorizationManager, October 2024 snapshot",
			hint:    "ask an administrator of the project for access",
		},
		{
			ID: RuleDestinationNotFolder, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "Only a folder can carry an STS storage location.",
			Source: "ProjectSettingsManagerImpl (Can only enable STS on a folder), " +
				"October 2024 snapshot",
			hint: "make an empty folder with an STS storage location (migrate folder " +
				"create) and give its ID to --to",
		},
		{
			ID: RuleDestinationNoSetting, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The destination has no storage location of its own.",
			Source:  "ProjectSettingsManagerImpl, October 2024 snapshot",
			hint: "make an empty folder with an STS storage location (migrate folder " +
				"create) and give its ID to --to",
		},
		{
			ID: RuleDestinationInherited, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The destination lies inside an STS folder; the STS folder " +
				"itself is the place to migrate to.",
			Source: "ProjectSettingsManagerImpl, October 2024 snapshot",
			hint:   "give the ID of the STS folder itself to --to",
		},
		{
			ID: RuleDestinationNested, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "An STS folder can't lie inside another STS folder.",
			Source: "FolderMetadataProvider, ProjectSettingsManagerImpl, October " +
				"2024 snapshot",
			hint: "make the folder outside of the other STS folder",
		},
		{
			ID: RuleDestinationHasChildren, Topic: TopicDestination, Severity: SeverityInfo,
			Summary: "The destination already has content, which is compared by name " +
				"while planning.",
			Source: "this program",
			hint:   "--if-exists says what happens with files that differ",
		},
	}
}

func locationRules() []Rule {
	return []Rule{
		{
			ID: RuleDestinationManyLocations, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "An STS folder has exactly one storage location.",
			Source: "ProjectSettingsManagerImpl (An STS-enabled folder cannot add " +
				"other upload destinations), October 2024 snapshot",
			hint: "make an empty folder with one STS storage location (migrate folder " +
				"create) and give its ID to --to",
		},
		{
			ID: RuleDestinationNotSTS, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The storage location is not STS-enabled.",
			Source: "StsManagerImpl (Entity must have an STS-enabled storage " +
				"location), October 2024 snapshot",
			hint: "existing ones can't be changed; make an empty folder with an STS " +
				"storage location (migrate folder create) and give its ID to --to",
		},
		{
			ID: RuleDestinationUnsupported, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The storage location is neither Synapse's own S3 nor an " +
				"external S3 bucket.",
			Source: "StsManagerImpl, October 2024 snapshot",
			hint:   "use a folder whose storage location is in S3",
		},
	}
}

func ownershipRules() []Rule {
	return []Rule{
		{
			ID: RuleDestinationNoBaseKey, Topic: TopicDestination, Severity: SeverityWarn,
			Summary: "Without a base key, the folder's credentials open the whole bucket.",
			Source:  "StsManagerImpl, sts-policy-template, October 2024 snapshot",
			hint: "use a bucket that holds nothing else, or a storage location " +
				"with a base key",
		},
		{
			ID: RuleDestinationOverlap, Topic: TopicDestination, Severity: SeverityWarn,
			Summary: "Another storage location shares objects with the destination's: " +
				"credentials for one reach what lies in the other.",
			Source: "StsManagerImpl, sts-policy-template, October 2024 snapshot",
			hint: "use base keys that lie apart, one for each folder, or share both folders with the " +
				"same people",
		},
		{
			ID: RuleDestinationNotOwned, Topic: TopicDestination, Severity: SeverityWarn,
			Summary: "Only the creator of a storage location can register objects in " +
				"it; everybody else uploads through Synapse, which chooses the keys.",
			Source: "FileHandleManagerImpl.createExternalS3FileHandle, October 2024 snapshot",
			hint: "run with the token of the user who created the storage location " +
				"to register and copy objects",
		},
		{
			ID: RuleDestinationNoCredentials, Topic: TopicDestination, Severity: SeverityWarn,
			Summary: "Synapse gives the caller no STS credentials of the needed " +
				"permission for the folder.",
			Source: "StsManagerImpl, October 2024 snapshot",
			hint: "read_write needs DOWNLOAD, UPDATE, CREATE and DELETE on the " +
				"folder, and a token with the scopes view, download and modify",
		},
		{
			ID: RuleDestinationForced, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The action asked for can't be done at this destination.",
			Source:  "FileHandleManagerImpl, StsManagerImpl, October 2024 snapshot",
			hint:    "leave --action out, and the cheapest possible action is chosen",
		},
		{
			ID: RuleDestinationBucket, Topic: TopicDestination, Severity: SeverityStop,
			Summary: "The STS credentials are for another bucket or base key than the " +
				"folder's storage location.",
			Source: "this program",
			hint:   "look at the folder's storage location and its upload settings",
		},
	}
}

// checkDestination judges the folder and its storage location.
func checkDestination(f DestinationFacts, o Options) []Finding {
	rules := destinationRules()
	if stop := checkFolder(rules, f); stop != nil {
		return stop
	}
	var findings []Finding
	say := func(id RuleID, format string, args ...any) {
		findings = append(findings, aboutRun(rules, id, format, args...))
	}
	d := f.Destination
	if f.NestedSTS {
		say(RuleDestinationNested, "%s lies inside another STS folder", f.FolderID)
	}
	if !d.Managed && d.BaseKey == "" {
		say(RuleDestinationNoBaseKey, "storage location %d has no base key: whoever "+
			"may download from %s can read all of bucket %s",
			d.StorageLocationID, f.FolderID, d.Bucket)
	}
	for _, overlap := range f.Overlaps {
		say(RuleDestinationOverlap, "%s; %s", overlap, OverlapsUnseen)
	}
	if f.OverlapsUnknown {
		say(RuleDestinationOverlap, "whether other storage locations share objects with the destination's is not known: "+
			"Synapse doesn't list yours")
	}
	if !d.Managed && !d.OwnedByCaller {
		say(RuleDestinationNotOwned, "storage location %d was created by somebody "+
			"else, so data can only be uploaded through Synapse",
			d.StorageLocationID)
	}
	if f.STS == STSRefused && needsCredentials(d, o) {
		say(RuleDestinationNoCredentials, "Synapse refuses read_write credentials for "+
			"%s: what doesn't lie in place is uploaded through Synapse, under "+
			"keys that it chooses",
			f.FolderID)
	}
	if f.STS == STSElsewhere {
		say(RuleDestinationBucket, "the credentials of %s are not for bucket %s and "+
			"base key %q", f.FolderID, d.Bucket, d.BaseKey)
	}
	if o.Force != "" && !possible(f, o) {
		say(RuleDestinationForced, "nothing can be brought to %s by %s", f.FolderID, o.Force)
	}
	if f.HasChildren {
		say(RuleDestinationHasChildren, "folder %s is not empty", f.FolderID)
	}
	return findings
}

// checkFolder finds what makes the folder useless as a destination.
func checkFolder(rules []Rule, f DestinationFacts) []Finding {
	stop := func(id RuleID, format string, args ...any) []Finding {
		return []Finding{aboutRun(rules, id, format, args...)}
	}
	switch {
	case f.CallerRefused || f.Anonymous || f.ScopeMissing || f.TwoFactorMissing:
		return []Finding{}
	case f.Missing:
		return stop(RuleDestinationMissing, "%s does not exist", f.FolderID)
	case !f.Readable:
		return stop(RuleDestinationUnreadable, "you may not see %s", f.FolderID)
	case f.ConcreteType != synapse.TypeFolder:
		return stop(RuleDestinationNotFolder, "%s is not a folder", f.FolderID)
	case f.Locations == 0 && f.EffectiveSTS:
		return stop(RuleDestinationInherited, "%s lies inside a folder with an STS "+
			"storage location and has none of its own", f.FolderID)
	case f.Locations == 0:
		return stop(RuleDestinationNoSetting, "%s has no storage location of its own", f.FolderID)
	case f.Locations > 1:
		return stop(RuleDestinationManyLocations, "%s has %d storage locations", f.FolderID, f.Locations)
	case f.Unsupported:
		return stop(RuleDestinationUnsupported, "storage location %d of %s is not in S3",
			f.Destination.StorageLocationID, f.FolderID)
	case !f.EffectiveSTS:
		return stop(RuleDestinationNotSTS, "storage location %d of %s is not STS-enabled",
			f.Destination.StorageLocationID, f.FolderID)
	}
	return nil
}

// needsCredentials reports whether the run may write to the destination with
// the folder's own credentials.
func needsCredentials(d Destination, o Options) bool {
	return !d.Managed && d.OwnedByCaller && !o.CopyWithSource && o.Force != ActionRegister
}

// possible reports whether the forced action can work at all.
func possible(f DestinationFacts, o Options) bool {
	d := f.Destination
	switch o.Force {
	case ActionUpload, ActionReuse:
		return true
	case ActionSynapseCopy:
		return d.OwnedByCaller
	case ActionRegister:
		return !d.Managed && d.OwnedByCaller
	case ActionCopy:
		return !d.Managed && d.OwnedByCaller && (o.CopyWithSource || f.STS != STSRefused)
	case ActionStream:
		return !d.Managed && d.OwnedByCaller && f.STS != STSRefused
	}
	return false
}
