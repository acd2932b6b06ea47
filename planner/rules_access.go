package planner

// Rules about who gains access to a project's files by their migration.
const (
	RuleGovernanceDownload    RuleID = "governance/gains-download"
	RuleGovernanceRead        RuleID = "governance/gains-read"
	RuleGovernanceRequirement RuleID = "governance/requirement-lost"
	RuleGovernanceMove        RuleID = "governance/move-restricted"
	RuleGovernanceOneSharing  RuleID = "governance/one-sharing"
)

// accessRules are those that compare a project's files with the destination.
// The sharing of an STS folder holds for all that lies in it, and its
// credentials read all of it, whatever a file's own settings are.
func accessRules() []Rule {
	return append(gainRules(), restrictionRules()...)
}

func gainRules() []Rule {
	return []Rule{
		{
			ID: RuleGovernanceDownload, Topic: TopicGovernance, Severity: SeverityStop,
			Summary: "Nobody may get to download files by their migration: a user or " +
				"team with DOWNLOAD on the destination whom the source doesn't give " +
				"it. Teams are taken as a whole; who is in them is not looked up.",
			Source: "EntityAclManagerImpl (Cannot override ACLs in a child of an " +
				"STS-enabled folder), StsManagerImpl, October 2024 snapshot",
			one:  "1 file could be downloaded by users or teams that can't do so now",
			many: "%s files could be downloaded by users or teams that can't do so now",
			hint: "narrow the destination folder's sharing settings, leave the files " +
				"out (--only), or confirm that this is meant with " +
				"--accept-access-change",
		},
		{
			ID: RuleGovernanceRead, Topic: TopicGovernance, Severity: SeverityStop,
			Summary: "Nobody may get to see files, with their names and annotations, " +
				"by their migration: a user or team with READ on the destination " +
				"whom the source doesn't give it.",
			Source: "EntityAclManagerImpl (Cannot override ACLs in a child of an " +
				"STS-enabled folder), October 2024 snapshot",
			one:  "1 file could be seen by users or teams that can't see it now",
			many: "%s files could be seen by users or teams that can't see them now",
			hint: "narrow the destination folder's sharing settings, leave the files " +
				"out (--only), or confirm that this is meant with " +
				"--accept-access-change",
		},
		{
			ID: RuleGovernanceOneSharing, Topic: TopicGovernance, Severity: SeverityInfo,
			Summary: "Files and folders in an STS folder have no sharing settings of " +
				"their own.",
			Source: "EntityAclManagerImpl (Cannot override ACLs in a child of an " +
				"STS-enabled folder), October 2024 snapshot",
			hint: "where some of the files need other sharing settings, migrate them " +
				"to an STS folder of their own",
		},
	}
}

func restrictionRules() []Rule {
	return []Rule{
		{
			ID: RuleGovernanceRequirement, Topic: TopicGovernance, Severity: SeverityStop,
			Summary: "An access requirement that holds for a file must hold for the " +
				"destination folder: nothing below an STS folder can be given one, " +
				"and the folder's credentials don't ask for one that a file brings.",
			Source: "AccessRequirementManagerImpl (Cannot apply an access requirement " +
				"to a child of an STS-enabled folder.), StsManagerImpl, October 2024 " +
				"snapshot",
			one:  "1 file would lose access requirements",
			many: "%s files would lose access requirements",
			hint: "have the Access and Compliance Team put the requirements on the " +
				"destination folder, leave the files out (--only), or confirm that " +
				"this is meant with --accept-access-change",
		},
		{
			ID: RuleGovernanceMove, Topic: TopicGovernance, Severity: SeverityBlock,
			Summary: "Synapse moves no file to a place with fewer access requirements " +
				"than the one it comes from.",
			Source: "NodeManagerImpl (Cannot move restricted entity to a location " +
				"having fewer access restrictions.), October 2024 snapshot",
			one:  "1 file lies under access requirements that the destination doesn't have",
			many: "%s files lie under access requirements that the destination doesn't have",
			hint: "have the Access and Compliance Team put the requirements on the " +
				"destination folder",
		},
	}
}
