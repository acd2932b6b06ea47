package config

import (
	"regexp"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Kind is a kind of provider of credentials, in the file's words.
type Kind string

// The kinds.
const (
	// KindDefault is what the AWS SDK finds by itself.
	KindDefault Kind = "default"
	// KindProfile is a profile of the AWS tools' shared files.
	KindProfile Kind = "profile"
	// KindStatic are keys by reference.
	KindStatic Kind = "static"
	// KindProcess is a program that prints credentials, as the AWS tools'
	// credential_process.
	KindProcess Kind = "process"
	// KindInstance is the role of the machine or container.
	KindInstance Kind = "instance"
	// KindAnonymous signs nothing: public buckets.
	KindAnonymous Kind = "anonymous"
	// KindSynapse are Synapse's temporary credentials of a folder.
	KindSynapse Kind = "synapse"
	// KindS3Credentials is an endpoint /s3credentials as NASA's TEA serves
	// it.
	KindS3Credentials Kind = "s3credentials"
	// KindAssumeRole is STS's AssumeRole.
	KindAssumeRole Kind = "assume-role"
	// KindFederation is STS's GetFederationToken.
	KindFederation Kind = "federation-token"
	// KindVending is any endpoint that answers credentials in JSON.
	KindVending Kind = "vending"
)

// kindOrder are all kinds.
var kindOrder = []Kind{
	KindDefault, KindProfile, KindStatic, KindProcess, KindInstance, KindAnonymous,
	KindSynapse, KindS3Credentials, KindAssumeRole, KindFederation, KindVending,
}

// Provider is where credentials come from. Only the part of its Kind is
// filled in.
type Provider struct {
	// Kind is empty where nothing was said.
	Kind Kind
	// Line is where it begins in the file, from 1.
	Line int
	// Profile is the profile's name.
	Profile string
	// Command is run by the shell.
	Command       string
	Static        Static
	Synapse       Synapse
	S3Credentials S3Credentials
	AssumeRole    AssumeRole
	Federation    Federation
	Vending       Vending
}

// UsesSynapse reports whether Synapse's credentials sign, for S3 or for what
// gives the credentials.
func (p Provider) UsesSynapse() bool {
	switch {
	case p.Kind == KindAssumeRole && p.AssumeRole.Source != nil:
		return p.AssumeRole.Source.UsesSynapse()
	case p.Kind == KindFederation && p.Federation.Source != nil:
		return p.Federation.Source.UsesSynapse()
	}
	return p.Kind == KindSynapse
}

// STS is the Security Token Service that gives the credentials; the zero
// value where none is named.
func (p Provider) STS() STSEndpoint {
	if p.Kind == KindFederation {
		return p.Federation.STS
	}
	return p.AssumeRole.STS
}

// Static are keys by reference. All three may be left out: the variables of
// the AWS tools are used then.
type Static struct {
	AccessKeyID, SecretAccessKey Reference
	// SessionToken may be empty: long-lived keys.
	SessionToken Reference
}

// Synapse names a folder with an STS storage location.
type Synapse struct {
	// Folder is an entity ID with its prefix, syn123.
	Folder string
	// Permission is read_only (the default) or read_write.
	Permission string
}

// S3Credentials is an endpoint as NASA's TEA serves it.
type S3Credentials struct {
	URL string
	// Token is the bearer token, Cookie the value of the asf-urs cookie; at
	// most one is given, and without either the token is EARTHDATA_TOKEN.
	Token, Cookie Reference
	// AppName becomes part of the role session's name; empty is
	// DefaultAppName.
	AppName string
}

// DefaultAppName is how an endpoint's owner knows this program where no other
// name is given.
const DefaultAppName = "migrate"

// AppNameWords say what an application's name may be.
const AppNameWords = "1 to 32 letters, digits or any of _+=,.@-"

// appName is what may stand in a role session's name (STS API reference,
// AssumeRole, November 2026). TEA puts USER@APP into it and cuts that at 64
// characters, so that a name of 32 leaves room for the user's.
var appName = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)

// ValidAppName reports whether an application may have a name.
func ValidAppName(name string) bool { return appName.MatchString(name) }

// AssumeRole is a role and how to assume it.
type AssumeRole struct {
	RoleARN string
	// ExternalID may be empty. It may stand in the file as it is: AWS
	// doesn't treat it as a secret.
	ExternalID Reference
	// SessionName is empty for one that says whose session it is.
	SessionName string
	// Duration is empty for the shortest that renewal keeps up with.
	Duration time.Duration
	Policy   Policy
	// Tags are session tags; TransitiveTags are the keys of those that
	// later sessions of a role chain inherit.
	Tags           map[string]string
	TransitiveTags []string
	// MFASerial is the MFA device, serial number or ARN; empty is none.
	MFASerial string
	// Source signs the call; nil is KindDefault.
	Source *Provider
	STS    STSEndpoint
}

// Federation is what GetFederationToken is asked with.
type Federation struct {
	// Name is the federated user's; empty for one that names its user.
	Name string
	// Duration is empty for the shortest that renewal keeps up with.
	Duration time.Duration
	Policy   Policy
	// Tags are session tags.
	Tags map[string]string
	// Source signs the call, with long-lived keys; nil is KindDefault.
	Source *Provider
	STS    STSEndpoint
}

// STSEndpoint is the Security Token Service to ask.
type STSEndpoint struct {
	// Endpoint is its base URL; empty is AWS, or what the AWS tools'
	// environment says.
	Endpoint string
	// Region is empty for that of the source, else us-east-1.
	Region string
}

// Policy is the session policy that narrows a session down. The zero value
// is one made of what the plan needs.
type Policy struct {
	// Off asks for a session with all the rights of its role.
	Off bool
	// Document is a policy document (JSON) to use as it is; empty otherwise.
	Document string
}

// Vending is an endpoint that answers credentials in JSON.
type Vending struct {
	URL string
	// Method is GET (the default) or POST.
	Method string
	// Headers are sent along, their values by reference.
	Headers map[string]Reference
	Fields  VendingFields
}

// VendingFields are the names of the fields of an answer; a dot leads into
// an object: Credentials.AccessKeyId. An empty name is the usual ones:
// accessKeyId, AccessKeyId and the like.
type VendingFields struct {
	AccessKeyID, SecretAccessKey, SessionToken, Expiration string
}

// The lives that STS gives (STS API reference, AssumeRole and
// GetFederationToken, November 2026).
const (
	minLife          = 15 * time.Minute
	maxRoleLife      = 12 * time.Hour
	maxFederatedLife = 36 * time.Hour
)

// Forms of values.
var (
	// sessionName is a role session's (STS API reference, AssumeRole,
	// November 2026).
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	// federatedName is a federated user's (GetFederationToken).
	federatedName = regexp.MustCompile(`^[\w+=,.@-]{2,32}$`)
	roleARN       = regexp.MustCompile(`^arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/-]{1,576}$`)
	mfaSerial     = regexp.MustCompile(`^[\w+=/:,.@-]{9,256}$`)
	entityID      = regexp.MustCompile(`^syn[0-9]{1,18}$`)
	headerName    = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	fieldPath     = regexp.MustCompile(`^[\w-]{1,64}(\.[\w-]{1,64}){0,4}$`)
	tagText       = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,256}$`)
)

const (
	sessionNameWords = "2 to 64 letters, digits or any of _+=,.@-"
	fieldWords       = "a field's name, with dots into objects"
)

// kinds are the keys of each kind of provider.
func (p *Provider) kinds(depth int) map[Kind]table {
	return map[Kind]table{
		KindDefault:   {},
		KindInstance:  {},
		KindAnonymous: {},
		KindProfile:   {"profile": text(&p.Profile)},
		KindProcess:   {"command": text(&p.Command)},
		KindStatic: {
			"access-key-id":     reference(&p.Static.AccessKeyID),
			"secret-access-key": reference(&p.Static.SecretAccessKey),
			"session-token":     reference(&p.Static.SessionToken),
		},
		KindSynapse: {
			"folder":     matching(&p.Synapse.Folder, entityID, "a folder's ID, as syn123"),
			"permission": oneOf(&p.Synapse.Permission, "read_only", "read_write"),
		},
		KindS3Credentials: {
			"url":      address(&p.S3Credentials.URL),
			"token":    reference(&p.S3Credentials.Token),
			"cookie":   reference(&p.S3Credentials.Cookie),
			"app-name": matching(&p.S3Credentials.AppName, appName, AppNameWords),
		},
		KindAssumeRole: p.AssumeRole.keys(depth),
		KindFederation: p.Federation.keys(depth),
		KindVending: {
			"url":     address(&p.Vending.URL),
			"method":  oneOf(&p.Vending.Method, "GET", "POST"),
			"headers": headers(&p.Vending.Headers),
			"fields":  vendingFields(&p.Vending.Fields),
		},
	}
}

func (a *AssumeRole) keys(depth int) table {
	return table{
		"role-arn":        matching(&a.RoleARN, roleARN, "a role's ARN, as arn:aws:iam::123456789012:role/reader"),
		"external-id":     textOrReference(&a.ExternalID),
		"session-name":    matching(&a.SessionName, sessionName, sessionNameWords),
		"duration":        duration(&a.Duration, minLife, maxRoleLife),
		"session-policy":  policy(&a.Policy),
		"tags":            tags(&a.Tags),
		"transitive-tags": transitive(&a.TransitiveTags),
		"mfa-serial":      matching(&a.MFASerial, mfaSerial, "an MFA device's serial number or ARN"),
		"source":          source(&a.Source, depth),
		"sts-endpoint":    address(&a.STS.Endpoint),
		"sts-region":      matching(&a.STS.Region, regionName, "a region, as eu-west-1"),
	}
}

func (f *Federation) keys(depth int) table {
	return table{
		"name":           matching(&f.Name, federatedName, "2 to 32 letters, digits or any of _+=,.@-"),
		"duration":       duration(&f.Duration, minLife, maxFederatedLife),
		"session-policy": policy(&f.Policy),
		"tags":           tags(&f.Tags),
		"source":         source(&f.Source, depth),
		"sts-endpoint":   address(&f.STS.Endpoint),
		"sts-region":     matching(&f.STS.Region, regionName, "a region, as eu-west-1"),
	}
}

// complete refuses a provider that lacks something, or says it twice.
func (d decoder) complete(n ast.Node, p Provider) error {
	missing := ""
	switch p.Kind {
	case KindProfile:
		missing = lacking(p.Profile, "profile")
	case KindProcess:
		missing = lacking(p.Command, "command")
	case KindSynapse:
		missing = lacking(p.Synapse.Folder, "folder")
	case KindS3Credentials:
		missing = lacking(p.S3Credentials.URL, "url")
		if !p.S3Credentials.Token.IsZero() && !p.S3Credentials.Cookie.IsZero() {
			return d.wrong(n, "token and cookie: one of them is enough")
		}
	case KindAssumeRole:
		missing = lacking(p.AssumeRole.RoleARN, "role-arn")
	case KindFederation:
		if p.Federation.Policy.Off {
			return d.wrong(n, "session-policy: none leaves a federated user no rights at all")
		}
	case KindVending:
		missing = lacking(p.Vending.URL, "url")
	case KindStatic:
		if p.Static.AccessKeyID.IsZero() != p.Static.SecretAccessKey.IsZero() ||
			p.Static.AccessKeyID.IsZero() && !p.Static.SessionToken.IsZero() {
			return d.wrong(n, "access-key-id and secret-access-key belong together; without both, "+
				"the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are used")
		}
	}
	if missing != "" {
		return d.wrong(n, "kind %s needs %s", p.Kind, missing)
	}
	return nil
}

// lacking is the key's name where its value is empty.
func lacking(value, key string) string {
	if value == "" {
		return key
	}
	return ""
}
