package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about a source project as a whole.
const (
	SourceMissing           planner.RuleID = "source/missing"
	SourceUnreadable        planner.RuleID = "source/unreadable"
	SourceNotContainer      planner.RuleID = "source/not-a-project"
	SourcePermissions       planner.RuleID = "source/permissions"
	SourceInDestination     planner.RuleID = "source/inside-destination"
	SourceDestinationInside planner.RuleID = "source/destination-inside"
	SourceNotFound          planner.RuleID = "source/entity-not-found"
	SourceOtherLocation     planner.RuleID = "source/other-location"
	SourceCurrentLeft       planner.RuleID = "source/current-left-out"
	SourceFolderLeft        planner.RuleID = "source/folder-left-out"
)

var sourceRules = slices.Concat(sourceEntityRules, sourceSelectionRules)

var sourceEntityRules = []Rule{
	{
		ID: SourceMissing, Topic: TopicSource, Severity: planner.SeverityStop,
		Summary: "The source project or folder does not exist, or lies in the trash can.",
		Source:  "EntityManagerImpl, October 2024 snapshot",
		Hint:    "check the ID of the source",
	},
	{
		ID: SourceUnreadable, Topic: TopicSource, Severity: planner.SeverityStop,
		Summary: "The caller may not see the source.",
		Source:  "EntityAuthorizationManager, October 2024 snapshot",
		Hint:    "ask an administrator of the project for access",
	},
	{
		ID: SourceNotContainer, Topic: TopicSource, Severity: planner.SeverityStop,
		Summary: "The source is a project or a folder of one.",
		Source:  "this program",
		Hint: "give the ID of the project, and the IDs of the files or folders " +
			"that are wanted to --only",
	},
	{
		ID: SourcePermissions, Topic: TopicSource, Severity: planner.SeverityStop,
		Summary: "With --mode move, the caller must be allowed to change the " +
			"source's files and to move them: UPDATE and CHANGE_PERMISSIONS.",
		Source: "NodeManagerImpl.updateNode, October 2024 snapshot",
		Hint: "ask an administrator of the source project for these rights, or " +
			"use --mode copy, which leaves the source as it is",
	},
	{
		ID: SourceInDestination, Topic: TopicSource, Severity: planner.SeverityStop,
		Summary: "A destination that holds the source, or is the source, would be " +
			"migrated into itself.",
		Source: "this program",
		Hint:   "migrate to a folder that doesn't hold the source",
	},
}

var sourceSelectionRules = []Rule{
	{
		ID: SourceDestinationInside, Topic: TopicSource, Severity: planner.SeverityInfo,
		Summary: "A destination folder that lies inside the source is not migrated.",
		Source:  "this program",
		one:     "the destination folder lies inside the source, and is itself left out",
		many:    "%s folders inside the source are the destination, and are left out",
	},
	{
		ID: SourceNotFound, Topic: TopicSource, Severity: planner.SeverityWarn,
		Summary: "An entity that the source was narrowed to (--only) does not lie " +
			"inside it, or can't be seen.",
		Source: "this program",
		one:    "1 entity that was asked for does not lie inside the source",
		many:   "%s entities that were asked for do not lie inside the source",
		Hint:   "check their IDs; what is in another project needs a run of its own",
	},
	{
		ID: SourceOtherLocation, Topic: TopicSource, Severity: planner.SeverityInfo,
		Summary: "With --storage-locations, files whose objects lie in other " +
			"storage locations are left out.",
		Source: "this program",
		one: "1 file lies in a storage location that was not asked for, and is " +
			"left out",
		many: "%s files lie in storage locations that were not asked for, and are " +
			"left out",
	},
	{
		ID: SourceCurrentLeft, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A file whose current version is left out is left out as a whole: " +
			"it would show old content as its current one, and where files move, " +
			"Synapse takes no file handle of the destination's storage location " +
			"for a file that stays outside.",
		Source: "this program; FileEntityMetadataProvider (Files in STS-enabled " +
			"storage locations can only be placed in folders with the same " +
			"storage location), October 2024 snapshot",
		one:  "1 older version is left out, since its file's current version is",
		many: "%s older versions are left out, since their files' current versions are",
		Hint: "see why the current versions are left out",
	},
	{
		ID: SourceFolderLeft, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A folder that can't be made in the destination is left out with " +
			"everything that lies in it, which is neither listed nor counted.",
		Source: "this program",
		one:    "1 folder is left out, with everything that lies in it, which isn't counted here",
		many:   "%s folders are left out, with everything that lies in them, which isn't counted here",
		Hint: "see why the folders are left out; rename or move them in the source, and plan " +
			"anew, or migrate each as a source of its own",
	},
}
