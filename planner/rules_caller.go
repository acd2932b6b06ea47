package planner

// Rules about the user whose token is used.
const (
	RuleCallerRefused      RuleID = "caller/refused"
	RuleCallerTwoFactor    RuleID = "caller/two-factor"
	RuleCallerAnonymous    RuleID = "caller/anonymous"
	RuleCallerScopes       RuleID = "caller/token-scopes"
	RuleCallerNotCertified RuleID = "caller/not-certified"
	RuleCallerPermissions  RuleID = "caller/permissions"
)

func callerRules() []Rule {
	return []Rule{
		{
			ID: RuleCallerRefused, Topic: TopicCaller, Severity: SeverityStop,
			Summary: "Synapse refuses every call of this user, most often because the " +
				"terms of use are not accepted.",
			Source: "AcceptTermsOfUseFilter, October 2024 snapshot",
			hint: "sign in at https://www.synapse.org, accept the terms of use, " +
				"and run the command again",
		},
		{
			ID: RuleCallerTwoFactor, Topic: TopicCaller, Severity: SeverityStop,
			Summary: "Where Synapse asks all users for two factor authentication, it refuses " +
				"every call of those who haven't enabled it.",
			Source: "TwoFactorAuthRequiredFilter, 2026; ErrorResponseCode " +
				"(TWO_FA_ENABLED_REQUIRED), OpenAPI file of March 2026",
			hint: "sign in at https://www.synapse.org, enable two factor authentication " +
				"in the account settings, and run the command again",
		},
		{
			ID: RuleCallerAnonymous, Topic: TopicCaller, Severity: SeverityStop,
			Summary: "The token names nobody: without one, Synapse answers as the " +
				"anonymous user.",
			Source: "AuthenticationFilter, October 2024 snapshot",
			hint: "give an access token with --token-file, SYNAPSE_AUTH_TOKEN or " +
				"~/.synapseConfig",
		},
		{
			ID: RuleCallerScopes, Topic: TopicCaller, Severity: SeverityStop,
			Summary: "The token lacks a scope; a migration needs view, download and modify.",
			Source:  "OAuthScopeInterceptor, October 2024 snapshot",
			hint:    "make a personal access token with the scopes view, download and modify",
		},
		{
			ID: RuleCallerNotCertified, Topic: TopicCaller, Severity: SeverityStop,
			Summary: "Only certified users may create folders and files.",
			Source:  "EntityDeciderFunctions, October 2024 snapshot",
			hint: "pass the certification quiz at https://www.synapse.org and run " +
				"the command again",
		},
		{
			ID: RuleCallerPermissions, Topic: TopicCaller, Severity: SeverityStop,
			Summary: "The caller may not create files in the destination, or not " +
				"replace them where that is asked for.",
			Source: "EntityAuthorizationManager, October 2024 snapshot",
			hint: "ask an administrator of the folder for the permission \"Can " +
				"edit & delete\"",
		},
	}
}

// checkCaller judges what is known of the caller.
func checkCaller(f DestinationFacts, o Options) []Finding {
	rules := callerRules()
	switch {
	case f.TwoFactorMissing:
		return []Finding{aboutRun(rules, RuleCallerTwoFactor, "Synapse refuses this "+
			"user: %s", f.Refusal)}
	case f.CallerRefused:
		return []Finding{aboutRun(rules, RuleCallerRefused, "Synapse refuses this "+
			"user: %s", f.Refusal)}
	case f.Anonymous:
		return []Finding{aboutRun(rules, RuleCallerAnonymous, "the access token names no user")}
	case f.ScopeMissing:
		return []Finding{aboutRun(rules, RuleCallerScopes, "the access token lacks a "+
			"scope: %s", f.Refusal)}
	case !f.Readable:
		return nil
	}
	if p := f.Permissions; p.IsCertificationRequired && !p.IsCertifiedUser {
		// What else the user may not do, the server doesn't tell apart.
		return []Finding{aboutRun(rules, RuleCallerNotCertified,
			"user %s is not certified, so may not create folders and files", f.Caller.UserName)}
	}
	if lacks := lacking(f, o); lacks != "" {
		return []Finding{aboutRun(rules, RuleCallerPermissions,
			"user %s lacks the permission %s on %s", f.Caller.UserName, lacks, f.FolderID)}
	}
	return nil
}

// lacking names the first permission that the run needs and the caller has
// not; empty when there is none.
func lacking(f DestinationFacts, o Options) string {
	p := f.Permissions
	switch {
	case !p.CanAddChild:
		return "CREATE"
	case o.IfExists == ExistsReplace && !p.CanEdit:
		return "UPDATE"
	case !p.CanDownload && f.HasChildren:
		// Without it, what is already there can't be compared.
		return "DOWNLOAD"
	}
	return ""
}
