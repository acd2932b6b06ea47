package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/http"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/iamapi/policy"
	"github.com/versity/versitygw/iamapi/types"
	"github.com/versity/versitygw/s3err"

	"synapse-migrate/migrate/sandbox/identity"
)

// The gateway finds the abilities of an IAM service by type assertion.
var (
	_ auth.IAMService         = iam{}
	_ auth.SigningKeyProvider = iam{}
	_ auth.PolicyEvaluator    = iam{}
)

// iam answers the gateway's questions from the sandbox's identities.
type iam struct{ store *identity.Store }

// DeriveSigningKey is the SigV4 key of whoever sends a request, if the
// access key and session token are good.
func (i iam) DeriveSigningKey(access, token, date, region, service string) ([]byte, auth.Account, error) {
	p, err := i.store.Lookup(access, token)
	if err != nil {
		return nil, auth.Account{}, refusal(err)
	}
	account := auth.Account{
		Access: access, Role: auth.RoleUser, Arn: p.ARN,
		SessionToken: token, IsSession: p.Session(),
	}
	if p.Root {
		account.Role = auth.RoleAdmin
	}
	key := []byte("AWS4" + p.Key.SecretAccessKey)
	for _, part := range []string{date, region, service, "aws4_request"} {
		key = sign(key, part)
	}
	return key, account, nil
}

func sign(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// refusal is S3's error for a key that isn't good (S3 API reference, error
// responses, November 2026).
func refusal(err error) error {
	switch {
	case errors.Is(err, identity.ErrExpired):
		return s3err.APIError{
			Code: "ExpiredToken", Description: "The provided token has expired.",
			HTTPStatusCode: http.StatusBadRequest,
		}
	case errors.Is(err, identity.ErrBadToken):
		return auth.ErrInvalidSessionToken
	}
	return auth.ErrNoSuchUser
}

// EvaluatePolicy decides a matrix of resources and actions by the
// principal's own policies and, apart from them, by its session policy.
func (i iam) EvaluatePolicy(
	access, token string, actions []auth.Action, resources []string, condition map[string][]string,
) (auth.PolicyEvaluation, error) {
	p, err := i.store.Lookup(access, token)
	if err != nil {
		return auth.PolicyEvaluation{}, refusal(err)
	}
	result := auth.PolicyEvaluation{PrincipalArn: p.ARN, HasSessionPolicy: p.Limited}
	own := entries(p.Policies...)
	condition = withPrefix(condition, actions)
	decide(&result.Decisions, own, actions, resources, condition)
	decide(&result.SessionDecisions, sessionEntries(p), actions, resources, condition)
	return result, nil
}

// withPrefix makes up for the gateway, which leaves s3:prefix out where it
// is empty; AWS compares the empty string.
func withPrefix(condition map[string][]string, actions []auth.Action) map[string][]string {
	if len(actions) != 1 || actions[0] != auth.ListBucketAction || condition["s3:prefix"] != nil {
		return condition
	}
	full := map[string][]string{"s3:prefix": {""}}
	for key, values := range condition {
		full[key] = values
	}
	return full
}

func sessionEntries(p identity.Principal) []types.PolicyEntry {
	if p.SessionPolicy == "" {
		return entries()
	}
	return entries(p.SessionPolicy)
}

func entries(documents ...string) []types.PolicyEntry {
	all := make([]types.PolicyEntry, 0, len(documents))
	for _, d := range documents {
		all = append(all, types.PolicyEntry{PolicyDocument: d})
	}
	return all
}

// decide fills a matrix of the gateway's decisions, whose type it keeps to
// itself but whose values are those of policy.Decision.
func decide[D ~int](
	matrix *[][]D, documents []types.PolicyEntry,
	actions []auth.Action, resources []string, condition map[string][]string,
) {
	for _, resource := range resources {
		row := make([]D, 0, len(actions))
		for _, action := range actions {
			row = append(row, D(policy.EvaluateIdentityPolicies(documents, policy.RequestContext{
				Action: string(action), Resource: resource, Condition: condition,
			})))
		}
		*matrix = append(*matrix, row)
	}
}

// GetUserAccount finds a user by access key.
func (i iam) GetUserAccount(access string) (auth.Account, error) {
	if i.store.NameOf(access) == "unknown" {
		return auth.Account{}, auth.ErrNoSuchUser
	}
	return auth.Account{Access: access, Role: auth.RoleUser}, nil
}

// ResolveAccounts returns those access keys that nobody has.
func (i iam) ResolveAccounts(keys []string) ([]string, error) {
	missing := []string{}
	for _, key := range keys {
		if _, err := i.GetUserAccount(key); err != nil {
			missing = append(missing, key)
		}
	}
	return missing, nil
}

var errFixed = s3err.GetAPIError(s3err.ErrAdminMethodNotSupported)

// CreateAccount is refused: the users are given when the gateway starts.
func (iam) CreateAccount(auth.Account) error { return errFixed }

// UpdateUserAccount is refused.
func (iam) UpdateUserAccount(string, auth.MutableProps) error { return errFixed }

// DeleteUserAccount is refused.
func (iam) DeleteUserAccount(string) error { return errFixed }

// ListUserAccounts is refused.
func (iam) ListUserAccounts() ([]auth.Account, error) { return nil, errFixed }

// Shutdown has nothing to do.
func (iam) Shutdown() error { return nil }
