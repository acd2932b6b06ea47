package credentials

import "time"

const (
	// minLife is the shortest session that STS gives (STS API reference,
	// AssumeRole and GetFederationToken, November 2026).
	minLife = 15 * time.Minute
	// chainedLife is the longest session of a role that was assumed by the
	// session of another role (IAM user guide, role chaining, November 2026).
	chainedLife = time.Hour
	// usualRoleLife is the longest session of a role, unless its owner
	// allows more.
	usualRoleLife = time.Hour
)

// shortestLife is the shortest lifetime of a session that a Renewing with
// these options keeps up with: the time between a renewal and the end of
// the old credentials is at least that which a renewal may take.
func shortestLife(o Options) time.Duration {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return max(minLife, windowShare*min(o.Timeout, maxWindow))
}
