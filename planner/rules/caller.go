package rules

import "synapse-migrate/planner"

// Rules about the user whose token is used.
const (
	CallerRefused      planner.RuleID = "caller/refused"
	CallerTwoFactor    planner.RuleID = "caller/two-factor"
	CallerAnonymous    planner.RuleID = "caller/anonymous"
	CallerScopes       planner.RuleID = "caller/token-scopes"
	CallerNotCertified planner.RuleID = "caller/not-certified"
	CallerPermissions  planner.RuleID = "caller/permissions"
)

var callerRules = []Rule{
	{
		ID: CallerRefused, Topic: TopicCaller, Severity: planner.SeverityStop,
		Summary: "Synapse refuses every call of this user, most often because the " +
			"terms of use are not accepted.",
		Source: "AcceptTermsOfUseFilter, October 2024 snapshot",
		Hint: "sign in at https://www.synapse.org, accept the terms of use, " +
			"and run the command again",
	},
	{
		ID: CallerTwoFactor, Topic: TopicCaller, Severity: planner.SeverityStop,
		Summary: "Where Synapse asks all users for two factor authentication, it refuses " +
			"every call of those who haven't enabled it.",
		Source: "TwoFactorAuthRequiredFilter, 2026; ErrorResponseCode " +
			"(TWO_FA_ENABLED_REQUIRED), OpenAPI file of March 2026",
		Hint: "sign in at https://www.synapse.org, enable two factor authentication " +
			"in the account settings, and run the command again",
	},
	{
		ID: CallerAnonymous, Topic: TopicCaller, Severity: planner.SeverityStop,
		Summary: "The token names nobody: without one, Synapse answers as the " +
			"anonymous user.",
		Source: "AuthenticationFilter, October 2024 snapshot",
		Hint: "give an access token with --token-file, SYNAPSE_AUTH_TOKEN or " +
			"~/.synapseConfig",
	},
	{
		ID: CallerScopes, Topic: TopicCaller, Severity: planner.SeverityStop,
		Summary: "The token lacks a scope; a migration needs view, download and modify.",
		Source:  "OAuthScopeInterceptor, October 2024 snapshot",
		Hint:    "make a personal access token with the scopes view, download and modify",
	},
	{
		ID: CallerNotCertified, Topic: TopicCaller, Severity: planner.SeverityStop,
		Summary: "Only certified users may create folders and files.",
		Source:  "EntityDeciderFunctions, October 2024 snapshot",
		Hint: "pass the certification quiz at https://www.synapse.org and run " +
			"the command again",
	},
	{
		ID: CallerPermissions, Topic: TopicCaller, Severity: planner.SeverityStop,
		Summary: "The caller may not create files in the destination, or not " +
			"replace them where that is asked for.",
		Source: "EntityAuthorizationManager, October 2024 snapshot",
		Hint: "ask an administrator of the folder for the permission \"Can " +
			"edit & delete\"",
	},
}

// checkCaller judges what is known of the caller.
func checkCaller(f DestinationFacts, o planner.Options) []planner.Finding {
	switch {
	case f.TwoFactorMissing:
		return []planner.Finding{AboutRun(CallerTwoFactor, "Synapse refuses this "+
			"user: %s", f.Refusal)}
	case f.CallerRefused:
		return []planner.Finding{AboutRun(CallerRefused, "Synapse refuses this "+
			"user: %s", f.Refusal)}
	case f.Anonymous:
		return []planner.Finding{AboutRun(CallerAnonymous, "the access token names no user")}
	case f.ScopeMissing:
		return []planner.Finding{AboutRun(CallerScopes, "the access token lacks a "+
			"scope: %s", f.Refusal)}
	case !f.Readable:
		return nil
	}
	if p := f.Permissions; p.IsCertificationRequired && !p.IsCertifiedUser {
		// What else the user may not do, the server doesn't tell apart.
		return []planner.Finding{AboutRun(CallerNotCertified,
			"user %s is not certified, so may not create folders and files", f.Caller.UserName)}
	}
	if lacks := lacking(f, o); lacks != "" {
		return []planner.Finding{AboutRun(CallerPermissions,
			"user %s lacks the permission %s on %s", f.Caller.UserName, lacks, f.FolderID)}
	}
	return nil
}

// lacking names the first permission that the run needs and the caller has
// not; empty when there is none.
func lacking(f DestinationFacts, o planner.Options) string {
	p := f.Permissions
	switch {
	case !p.CanAddChild:
		return "CREATE"
	case o.IfExists == planner.ExistsReplace && !p.CanEdit:
		return "UPDATE"
	case !p.CanDownload && f.HasChildren:
		// Without it, what is already there can't be compared.
		return "DOWNLOAD"
	}
	return ""
}
