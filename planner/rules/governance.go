package rules

import (
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Rules about who will be able to reach what is migrated.
const (
	GovernancePublic   planner.RuleID = "governance/public"
	GovernanceAllUsers planner.RuleID = "governance/all-users"
)

const sharingHint = "check the folder's sharing settings before the run; " +
	"--accept-access-change confirms that they are meant"

var governanceRules = []Rule{
	{
		ID: GovernancePublic, Topic: TopicGovernance, Severity: planner.SeverityWarn,
		Summary: "The folder is shared with everybody on the internet, and its " +
			"sharing applies to everything in it.",
		Source: "AuthorizationConstants (public group 273949), October 2024 snapshot; " +
			"RealmPrincipal (publicGroup), OpenAPI file of March 2026",
		Hint: sharingHint,
	},
	{
		ID: GovernanceAllUsers, Topic: TopicGovernance, Severity: planner.SeverityWarn,
		Summary: "The folder is shared with every Synapse user, and its sharing " +
			"applies to everything in it.",
		Source: "AuthorizationConstants (authenticated users 273948), October " +
			"2024 snapshot; RealmPrincipal (authenticatedUsers), OpenAPI file of March 2026",
		Hint: sharingHint,
	},
}

// checkGovernance warns where the folder is open to everybody.
func checkGovernance(f DestinationFacts, o planner.Options) []planner.Finding {
	realm := f.Destination.EffectiveRealm()
	var findings []planner.Finding
	for _, open := range []struct {
		principal int64
		id        planner.RuleID
		who       string
	}{
		{realm.Public, GovernancePublic, "everybody on the internet"},
		{realm.AuthenticatedUsers, GovernanceAllUsers, "every Synapse user"},
	} {
		right := strongest(f.Sharing, open.principal)
		if right == "" {
			continue
		}
		finding := AboutRun(open.id,
			"%s holds the right %s on everything that goes to %s", open.who, right, f.FolderID)
		if o.AcceptAccessChange {
			finding.Severity, finding.Hint = planner.SeverityInfo, ""
		}
		findings = append(findings, finding)
	}
	return findings
}

// Concerning adds to findings about who can reach the destination what they
// will be able to reach: everything that the plan brings there.
func Concerning(findings []planner.Finding, t planner.Totals) []planner.Finding {
	for i := range findings {
		f := &findings[i]
		if f.Rule != GovernancePublic && f.Rule != GovernanceAllUsers {
			continue
		}
		for _, total := range t.Actions {
			if total.Action.Active() {
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
