package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about who gains access to a project's files by their migration.
const (
	GovernanceDownload    planner.RuleID = "governance/gains-download"
	GovernanceRead        planner.RuleID = "governance/gains-read"
	GovernanceRequirement planner.RuleID = "governance/requirement-lost"
	GovernanceMove        planner.RuleID = "governance/move-restricted"
	GovernanceOneSharing  planner.RuleID = "governance/one-sharing"
)

// accessRules are those that compare a project's files with the destination.
// The sharing of an STS folder holds for all that lies in it, and its
// credentials read all of it, whatever a file's own settings are.
var accessRules = slices.Concat(gainRules, restrictionRules)

var gainRules = []Rule{
	{
		ID: GovernanceDownload, Topic: TopicGovernance, Severity: planner.SeverityStop,
		Summary: "Nobody may get to download files by their migration: a user or " +
			"team with DOWNLOAD on the destination that the source doesn't give " +
			"it. Teams are taken as a whole; who is in them is not looked up.",
		Source: "EntityAclManagerImpl (Cannot override ACLs in a child of an " +
			"STS-enabled folder), StsManagerImpl, October 2024 snapshot",
		one:  "1 file could be downloaded by users or teams that can't do so now",
		many: "%s files could be downloaded by users or teams that can't do so now",
		Hint: "narrow the destination folder's sharing settings, leave the files " +
			"out (--only), or confirm that this is meant with " +
			"--accept-access-change",
	},
	{
		ID: GovernanceRead, Topic: TopicGovernance, Severity: planner.SeverityStop,
		Summary: "Nobody may get to see files, with their names and annotations, " +
			"by their migration: a user or team with READ on the destination " +
			"that the source doesn't give it.",
		Source: "EntityAclManagerImpl (Cannot override ACLs in a child of an " +
			"STS-enabled folder), October 2024 snapshot",
		one:  "1 file could be seen by users or teams that can't see it now",
		many: "%s files could be seen by users or teams that can't see them now",
		Hint: "narrow the destination folder's sharing settings, leave the files " +
			"out (--only), or confirm that this is meant with " +
			"--accept-access-change",
	},
	{
		ID: GovernanceOneSharing, Topic: TopicGovernance, Severity: planner.SeverityInfo,
		Summary: "Files and folders in an STS folder have no sharing settings of " +
			"their own.",
		Source: "EntityAclManagerImpl (Cannot override ACLs in a child of an " +
			"STS-enabled folder), October 2024 snapshot",
		Hint: "where some of the files need other sharing settings, migrate them " +
			"to an STS folder of their own",
	},
}

var restrictionRules = []Rule{
	{
		ID: GovernanceRequirement, Topic: TopicGovernance, Severity: planner.SeverityStop,
		Summary: "An access requirement that holds for a file must hold for the " +
			"destination folder: nothing below an STS folder can be given one, " +
			"and the folder's credentials don't ask for one that a file brings.",
		Source: "AccessRequirementManagerImpl (Cannot apply an access requirement " +
			"to a child of an STS-enabled folder.), StsManagerImpl, October 2024 " +
			"snapshot",
		one:  "1 file would lose access requirements",
		many: "%s files would lose access requirements",
		Hint: "have the Access and Compliance Team put the requirements on the " +
			"destination folder, leave the files out (--only), or confirm that " +
			"this is meant with --accept-access-change",
	},
	{
		ID: GovernanceMove, Topic: TopicGovernance, Severity: planner.SeverityBlock,
		Summary: "Synapse moves no file to a place with fewer access requirements " +
			"than the one it comes from.",
		Source: "NodeManagerImpl (Cannot move restricted entity to a location " +
			"having fewer access restrictions.), October 2024 snapshot",
		one:  "1 file lies under access requirements that the destination doesn't have",
		many: "%s files lie under access requirements that the destination doesn't have",
		Hint: "have the Access and Compliance Team put the requirements on the " +
			"destination folder",
	},
}
