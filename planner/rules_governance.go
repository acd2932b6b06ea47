package planner

import (
	"slices"

	"synapse-migrate/synapse"
)

// Rules about who will be able to reach what is migrated.
const (
	RuleGovernancePublic   RuleID = "governance/public"
	RuleGovernanceAllUsers RuleID = "governance/all-users"
)

func governanceRules() []Rule {
	const hint = "check the folder's sharing settings before the run; " +
		"--accept-access-change confirms that they are meant"
	return []Rule{
		{
			ID: RuleGovernancePublic, Topic: TopicGovernance, Severity: SeverityWarn,
			Summary: "The folder is shared with everybody on the internet, and its " +
				"sharing applies to everything in it.",
			Source: "AuthorizationConstants (public group 273949), October 2024 snapshot; " +
				"RealmPrincipal (publicGroup), OpenAPI file of March 2026",
			hint: hint,
		},
		{
			ID: RuleGovernanceAllUsers, Topic: TopicGovernance, Severity: SeverityWarn,
			Summary: "The folder is shared with every Synapse user, and its sharing " +
				"applies to everything in it.",
			Source: "AuthorizationConstants (authenticated users 273948), October " +
				"2024 snapshot; RealmPrincipal (authenticatedUsers), OpenAPI file of March 2026",
			hint: hint,
		},
	}
}

// checkGovernance warns where the folder is open to everybody.
func checkGovernance(f DestinationFacts, o Options) []Finding {
	realm := f.Destination.realm()
	var findings []Finding
	for _, open := range []struct {
		principal int64
		id        RuleID
		who       string
	}{
		{realm.Public, RuleGovernancePublic, "everybody on the internet"},
		{realm.AuthenticatedUsers, RuleGovernanceAllUsers, "every Synapse user"},
	} {
		right := strongest(f.Sharing, open.principal)
		if right == "" {
			continue
		}
		finding := aboutRun(governanceRules(), open.id,
			"%s holds the right %s on everything that goes to %s", open.who, right, f.FolderID)
		if o.AcceptAccessChange {
			finding.Severity, finding.Hint = SeverityInfo, ""
		}
		findings = append(findings, finding)
	}
	return findings
}

// concerning adds to findings about who can reach the destination what they
// will be able to reach: everything that the plan brings there.
func concerning(findings []Finding, t Totals) []Finding {
	for i := range findings {
		f := &findings[i]
		if f.Rule != RuleGovernancePublic && f.Rule != RuleGovernanceAllUsers {
			continue
		}
		for _, total := range t.Actions {
			if total.Action.active() {
				f.Count += total.Items
				f.SizeBytes += total.SizeBytes
			}
		}
	}
	return findings
}

// strongest is DOWNLOAD or READ, whichever a principal holds.
func strongest(sharing []synapse.ResourceAccess, principal int64) synapse.AccessType {
	var right synapse.AccessType
	for _, a := range sharing {
		if a.PrincipalID != principal {
			continue
		}
		if slices.Contains(a.AccessType, synapse.AccessDownload) {
			return synapse.AccessDownload
		}
		if slices.Contains(a.AccessType, synapse.AccessRead) {
			right = synapse.AccessRead
		}
	}
	return right
}
