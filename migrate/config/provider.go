package config

import (
	"regexp"
	"time"
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
	// Name is the federated user's; empty for one that says whose it is.
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
