package rules

import "synapse-migrate/planner"

// CheckRun is every finding about the run that needs no listing: the caller,
// the folder, its storage location, who can reach it. A run that is stopped
// here need not be planned.
func CheckRun(f DestinationFacts, o planner.Options) []planner.Finding {
	o = o.WithDefaults()
	findings := checkCaller(f, o)
	findings = append(findings, CheckDestination(f, o)...)
	findings = append(findings, checkRequester(o)...)
	findings = append(findings, checkOverLimit(f)...)
	return append(findings, checkGovernance(f, o)...)
}
