package sts

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"synapse-migrate/migrate/sandbox/identity"
)

// Limits of the STS API (API reference, November 2026).
const (
	minLife               = 15 * time.Minute
	maxRoleLife           = 12 * time.Hour
	defaultRoleLife       = time.Hour
	maxChainedLife        = time.Hour
	maxFederatedLife      = 36 * time.Hour
	defaultFederatedLife  = 12 * time.Hour
	maxRootFederatedLife  = time.Hour
	maxPolicyBytes        = 2048
	defaultMaxSessionLife = time.Hour
)

var (
	roleSessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	federatedName   = regexp.MustCompile(`^[\w+=,.@-]{2,32}$`)
)

func (h *Handler) assumeRole(caller identity.Principal, form url.Values) (any, error) {
	role, err := h.roleFor(caller, form)
	if err != nil {
		return nil, err
	}
	name := form.Get("RoleSessionName")
	if !roleSessionName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value '%s' at 'roleSessionName' failed to "+
			"satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,64}", name)
	}
	policy, err := sessionPolicy(form)
	if err != nil {
		return nil, err
	}
	life, err := duration(form, defaultRoleLife, maxRoleLife)
	if err == nil {
		err = roleLife(caller, role, life)
	}
	if err != nil {
		return nil, err
	}
	session := h.options.Identity.RoleSession(role, name, policy, h.cut(life))
	result := assumedRole{Credentials: credentialsOf(session), PackedPolicySize: packed(policy)}
	result.AssumedRoleUser.ARN, result.AssumedRoleUser.ID = session.ARN, session.UserID
	return result, nil
}

// roleFor finds the role that the caller asks for and may assume.
func (h *Handler) roleFor(caller identity.Principal, form url.Values) (identity.Role, error) {
	arn := form.Get("RoleArn")
	if len(arn) < 20 {
		return identity.Role{}, invalid("1 validation error detected: Value '%s' at 'roleArn' failed to "+
			"satisfy constraint: Member must have length greater than or equal to 20", arn)
	}
	if caller.Root {
		return identity.Role{}, denied("Roles may not be assumed by root accounts.")
	}
	role, found := h.options.Identity.Role(arn)
	if !found || !slices.Contains(role.Trusted, caller.ARN) ||
		role.ExternalID != "" && form.Get("ExternalId") != role.ExternalID || form.Has("SerialNumber") {
		return identity.Role{}, denied("User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
			caller.ARN, arn)
	}
	return role, nil
}

// roleLife holds a role's own limit and that of role chaining.
func roleLife(caller identity.Principal, role identity.Role, life time.Duration) error {
	longest := role.MaxLife
	if longest == 0 {
		longest = defaultMaxSessionLife
	}
	switch {
	case caller.Session() && life > maxChainedLife:
		return invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles " +
			"assumed by role chaining")
	case life > longest:
		return invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return nil
}

func (h *Handler) federate(caller identity.Principal, form url.Values) (any, error) {
	if caller.Session() {
		return nil, denied("Cannot call GetFederationToken with session credentials")
	}
	name := form.Get("Name")
	if !federatedName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value '%s' at 'name' failed to satisfy "+
			"constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{2,32}", name)
	}
	policy, err := sessionPolicy(form)
	if err != nil {
		return nil, err
	}
	life, err := duration(form, defaultFederatedLife, maxFederatedLife)
	if err != nil {
		return nil, err
	}
	if caller.Root {
		life = min(life, maxRootFederatedLife)
	}
	session := h.options.Identity.FederatedSession(caller, name, policy, h.cut(life))
	result := federation{Credentials: credentialsOf(session), PackedPolicySize: packed(policy)}
	result.FederatedUser.ARN, result.FederatedUser.ID = session.ARN, session.UserID
	return result, nil
}

// cut shortens a life to the longest that the sandbox gives.
func (h *Handler) cut(life time.Duration) time.Duration {
	if longest := h.options.LongestLife(); longest > 0 {
		return min(life, longest)
	}
	return life
}

// duration reads DurationSeconds.
func duration(form url.Values, otherwise, longest time.Duration) (time.Duration, error) {
	text := form.Get("DurationSeconds")
	if text == "" {
		return otherwise, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "MalformedInput", "DurationSeconds is not a number")
	}
	life := time.Duration(seconds) * time.Second
	switch {
	case life < minLife:
		return 0, invalid("1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy "+
			"constraint: Member must have value greater than or equal to %d", seconds, int(minLife.Seconds()))
	case life > longest:
		return 0, invalid("1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy "+
			"constraint: Member must have value less than or equal to %d", seconds, int(longest.Seconds()))
	}
	return life, nil
}

// sessionPolicy reads the inline policy. Its statements are evaluated by
// the S3 gateway; here it must only be a document at all.
func sessionPolicy(form url.Values) (string, error) {
	policy := form.Get("Policy")
	if form.Has("PolicyArns.member.1.arn") {
		return "", denied("The sandbox has no managed policies")
	}
	if len(policy) > maxPolicyBytes {
		return "", invalid("1 validation error detected: Value at 'policy' failed to satisfy "+
			"constraint: Member must have length less than or equal to %d", maxPolicyBytes)
	}
	if policy == "" {
		return "", nil
	}
	var document struct {
		Version   string
		Statement any
	}
	if err := json.Unmarshal([]byte(policy), &document); err != nil || document.Statement == nil {
		return "", refuse(http.StatusBadRequest, "MalformedPolicyDocument", "Syntax errors in policy.")
	}
	return policy, nil
}

// packed is how much of the room for policies one takes, in percent; AWS
// doesn't say how it packs.
func packed(policy string) int { return len(policy) * 100 / maxPolicyBytes }
