package credentials

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"synapse-migrate/migrate/document"
)

// defaultSession is the name of sessions where none is given, as it stands
// in the logs of the buckets' owners.
const defaultSession = "synapse-migrate"

// Errors of sessions, for errors.Is.
var (
	// errChained means that a session of a chained role was to last longer
	// than the hour that AWS gives it.
	errChained = errors.New("a role that another role assumes lasts an hour at most")
	// errNoPrompt means that a code of an MFA device was needed, and that
	// nobody can be asked for it.
	errNoPrompt = errors.New("there is no terminal to ask for the code of the MFA device")
)

// STSError is STS's refusal. It holds no secret.
type STSError struct {
	// Operation is STS's name: AssumeRole. About is the role or user.
	Operation, About string
	// Code and Message are STS's own words; both are empty without an
	// answer.
	Code, Message string
	// Hint says what to do; may be empty.
	Hint string

	cause error
}

// Error is what was asked for, STS's words, and what to do.
func (e *STSError) Error() string {
	text := e.Operation + " " + e.About + ": "
	if e.Code == "" {
		text += withoutURL(bare(e.cause)).Error()
	} else {
		text += fmt.Sprintf("%s %q", e.Code, e.Message)
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Unwrap is the SDK's error.
func (e *STSError) Unwrap() error { return e.cause }

// documents lets the SDK take only credentials for credentials, of all that it
// asks for some (STS API reference, and the references of IAM Identity Center's
// portal and OIDC APIs, November 2026).
var documents = []func(*middleware.Stack) error{document.Expect("AWS", map[string]document.Want{
	"AssumeRole":                {Roots: []string{"AssumeRoleResponse"}},
	"AssumeRoleWithWebIdentity": {Roots: []string{"AssumeRoleWithWebIdentityResponse"}},
	"GetFederationToken":        {Roots: []string{"GetFederationTokenResponse"}},
	"GetCallerIdentity":         {Roots: []string{"GetCallerIdentityResponse"}},
	"GetRoleCredentials":        {JSON: true},
	"CreateToken":               {JSON: true},
})}

// errUnread is an answer of STS's that is none.
var errUnread = errors.New("the answer can't be read")

// bare leaves out how the SDK came to an error, and what it shows of an
// answer that it can't read, which may hold keys.
func bare(err error) error {
	var unsigned *RefusedError
	if errors.As(err, &unsigned) {
		return unsigned
	}
	var other *document.Error
	if errors.As(err, &other) {
		return other
	}
	var unread *smithy.DeserializationError
	if errors.As(err, &unread) {
		return errUnread
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// stsHints say what to do about STS's codes (STS API reference, common
// errors and those of the two operations, November 2026).
var stsHints = map[string]string{
	"PackedPolicyTooLarge": "the session policy and the tags are too long together: " +
		"name fewer tags, give a shorter session-policy, or session-policy: none",
	"MalformedPolicyDocument": "see session-policy",
	"RegionDisabled":          "STS is switched off in this region: give sts-region",
	"ExpiredToken":            "the credentials that sign the call have expired",
	"InvalidClientTokenId":    "the credentials that sign the call are not known to this STS",
	"SignatureDoesNotMatch":   "the secret access key that signs the call is wrong",
}

// refusedBySTS sorts an error of STS.
func refusedBySTS(operation, about string, err error, denied string) error {
	out := &STSError{Operation: operation, About: about, cause: err}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return out
	}
	out.Code, out.Message = api.ErrorCode(), capText(api.ErrorMessage())
	out.Hint = stsHints[out.Code]
	if out.Code == "AccessDenied" {
		out.Hint = denied
	}
	return out
}

// capText bounds a server's words.
func capText(s string) string {
	if len(s) <= maxShownBytes {
		return s
	}
	return s[:maxShownBytes] + "..."
}

// RoleOptions say which role to assume and how.
type RoleOptions struct {
	// ARN is the role's.
	ARN string
	// ExternalID is what the role's owner asks for; empty is none.
	ExternalID string
	// Session names the session; empty is synapse-migrate.
	Session string
	// Life is how long a session lasts, in whole seconds; 0 is fifteen
	// minutes, or an hour with an MFA device, since each renewal asks for a
	// code.
	Life time.Duration
	// Policy narrows the session down (JSON); empty is all that the role may.
	Policy string
	// Tags are session tags, TransitiveTags those that role chains inherit.
	Tags           map[string]string
	TransitiveTags []string
	// MFASerial is the MFA device; empty is none.
	MFASerial string
	// MFA asks for the code that the device shows.
	MFA func(ctx context.Context, serial string) (string, error)
	// Chained is true where a role's session signs the call: AWS then gives
	// an hour at most.
	Chained bool
}

// STSClient makes the calls; sts.Client does.
type STSClient interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
	GetFederationToken(context.Context, *sts.GetFederationTokenInput,
		...func(*sts.Options)) (*sts.GetFederationTokenOutput, error)
}

// freshSTS asks once more where STS refuses the credentials that sign the
// call and others can be had: the files that hold them may have been replaced.
type freshSTS struct {
	STSClient
	signer *Renewing
}

// AssumeRole makes one call, or two.
func (f freshSTS) AssumeRole(
	ctx context.Context, in *sts.AssumeRoleInput, o ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	return twice(ctx, f.signer, func() (*sts.AssumeRoleOutput, error) { return f.STSClient.AssumeRole(ctx, in, o...) })
}

// GetFederationToken makes one call, or two.
func (f freshSTS) GetFederationToken(
	ctx context.Context, in *sts.GetFederationTokenInput, o ...func(*sts.Options),
) (*sts.GetFederationTokenOutput, error) {
	return twice(ctx, f.signer, func() (*sts.GetFederationTokenOutput, error) {
		return f.STSClient.GetFederationToken(ctx, in, o...)
	})
}

// signerCodes mean that the credentials that sign a call are no good (STS API
// reference, common errors, November 2026).
var signerCodes = map[string]bool{"ExpiredToken": true, "ExpiredTokenException": true, "InvalidClientTokenId": true}

// twice makes a call, and makes it again where its signer was refused and has
// been renewed.
func twice[T any](ctx context.Context, signer *Renewing, call func() (T, error)) (T, error) {
	used, err := signer.Retrieve(ctx)
	if err != nil {
		var none T
		return none, err
	}
	out, err := call()
	if err == nil {
		signer.Accepted(used)
		return out, nil
	}
	var api smithy.APIError
	if !errors.As(err, &api) || !signerCodes[api.ErrorCode()] || signer.Refresh(ctx, used) != nil {
		return out, err
	}
	return call()
}

type role struct {
	client  STSClient
	options RoleOptions
}

// AssumeRole provides the sessions of a role. It asks for a code of an MFA
// device at each renewal where the role needs one. A chained role's session
// that is to last longer than AWS allows is an error. Wrap the result in a
// Renewing.
func AssumeRole(client STSClient, o RoleOptions) (aws.CredentialsProvider, error) {
	if o.Session == "" {
		o.Session = defaultSession
	}
	if o.Life == 0 {
		o.Life = minLife
		if o.MFASerial != "" {
			o.Life = usualRoleLife
		}
	}
	if o.Chained && o.Life > chainedLife {
		return nil, fmt.Errorf("AssumeRole %s: %w, not %s", o.ARN, errChained, o.Life)
	}
	if o.MFASerial != "" && o.MFA == nil {
		return nil, fmt.Errorf("AssumeRole %s: %w %s", o.ARN, errNoPrompt, o.MFASerial)
	}
	return role{client, o}, nil
}

// Retrieve makes one call.
func (r role) Retrieve(ctx context.Context) (aws.Credentials, error) {
	o := r.options
	in := &sts.AssumeRoleInput{
		RoleArn: &o.ARN, RoleSessionName: &o.Session, DurationSeconds: seconds(o.Life),
		ExternalId: given(o.ExternalID), Policy: given(o.Policy), Tags: stsTags(o.Tags),
		TransitiveTagKeys: o.TransitiveTags, SerialNumber: given(o.MFASerial),
	}
	if o.MFASerial != "" {
		code, err := o.MFA(ctx, o.MFASerial)
		if err != nil {
			return aws.Credentials{}, fmt.Errorf("AssumeRole %s: asking for the code of %s: %w",
				o.ARN, o.MFASerial, askedError{err})
		}
		in.TokenCode = &code
	}
	out, err := r.client.AssumeRole(ctx, in)
	if err != nil {
		return aws.Credentials{}, r.refused(err)
	}
	return session("AssumeRole", out.Credentials)
}

// refused says what to do about a refusal.
func (r role) refused(err error) error {
	hint := "its trust policy must name this caller"
	if r.options.ExternalID == "" {
		hint += "; it may want an external-id"
	} else {
		hint += ", with this external-id"
	}
	out := refusedBySTS("AssumeRole", r.options.ARN, err, hint)
	var refused *STSError
	if errors.As(out, &refused) && refused.Code == "ValidationError" && r.options.Life > chainedLife {
		refused.Hint = fmt.Sprintf("give a shorter duration than %s: the role's owner sets the longest "+
			"(an hour, if nothing else was set), and %v", r.options.Life, errChained)
	}
	return out
}

// federationOptions say what GetFederationToken is asked with.
type federationOptions struct {
	// Name is the federated user's; empty is synapse-migrate.
	Name string
	// Life is how long a session lasts, in whole seconds; 0 is fifteen
	// minutes.
	Life time.Duration
	// Policy is what the session may do (JSON). Without one it may do
	// nothing.
	Policy string
	// Tags are session tags.
	Tags map[string]string
}

type federation struct {
	client  STSClient
	options federationOptions
}

// federationToken provides sessions of the user whose long-lived keys sign
// the call, with no more than the policy allows. Wrap the result in a
// Renewing.
func federationToken(client STSClient, o federationOptions) (aws.CredentialsProvider, error) {
	if o.Name == "" {
		o.Name = defaultSession
	}
	if o.Life == 0 {
		o.Life = minLife
	}
	if o.Policy == "" {
		return nil, fmt.Errorf("GetFederationToken %s: without a session policy it may do nothing", o.Name)
	}
	return federation{client, o}, nil
}

// Retrieve makes one call.
func (f federation) Retrieve(ctx context.Context) (aws.Credentials, error) {
	o := f.options
	out, err := f.client.GetFederationToken(ctx, &sts.GetFederationTokenInput{
		Name: &o.Name, DurationSeconds: seconds(o.Life), Policy: &o.Policy, Tags: stsTags(o.Tags),
	})
	if err != nil {
		return aws.Credentials{}, refusedBySTS("GetFederationToken", o.Name, err,
			"only the long-lived keys of a user may ask, one who may do sts:GetFederationToken")
	}
	return session("GetFederationToken", out.Credentials)
}

// session takes STS's credentials over. Those that no request can be signed
// with are none: the endpoint may be anybody's.
func session(operation string, c *types.Credentials) (aws.Credentials, error) {
	if c == nil || !signable(aws.ToString(c.AccessKeyId)) || !signable(aws.ToString(c.SecretAccessKey)) ||
		!signable(aws.ToString(c.SessionToken)) {
		return aws.Credentials{}, fmt.Errorf("%s: %w", operation, errAnswer)
	}
	out := aws.Credentials{
		AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey,
		SessionToken: *c.SessionToken, Source: operation,
	}
	if c.Expiration != nil {
		out.CanExpire, out.Expires = true, *c.Expiration
	}
	return out, nil
}

// given is a pointer to a text, nil for an empty one.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// seconds is a life as STS takes it.
func seconds(life time.Duration) *int32 { return aws.Int32(int32(life / time.Second)) }

// stsTags are session tags, sorted.
func stsTags(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return out
}
