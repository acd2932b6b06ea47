package config

import (
	"encoding/json"
	"regexp"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// The lives that STS gives (STS API reference, AssumeRole and
// GetFederationToken, November 2026).
const (
	minLife          = 15 * time.Minute
	maxRoleLife      = 12 * time.Hour
	maxFederatedLife = 36 * time.Hour
)

// Limits of STS (as above): the text of a session policy, and the tags.
const (
	maxPolicyBytes = 2048
	maxTags        = 50
)

// maxChain is how many providers may stand behind one another.
const maxChain = 5

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

// provider takes a provider, whose kind says which other keys it may have.
func provider(to *Provider, depth int) setter {
	return func(d decoder, n ast.Node) error {
		if depth >= maxChain {
			return d.wrong(n, "more than %d providers behind one another", maxChain)
		}
		pairs, err := d.entries(n)
		if err != nil {
			return err
		}
		to.Line, _ = position(n)
		all := to.kinds(depth)
		kind := oneOf(&to.Kind, kindOrder...)
		for _, pair := range pairs {
			if key, err := d.key(pair); err == nil && key == "kind" {
				if err := kind(d, pair.Value); err != nil {
					return err
				}
			}
		}
		if to.Kind == "" {
			return d.wrong(n, "no kind: %s", suggestion("", plainWords(kindOrder)))
		}
		keys := all[to.Kind]
		keys["kind"] = kind
		if err := d.mapping(n, " of kind "+string(to.Kind), keys); err != nil {
			return err
		}
		return d.complete(n, *to)
	}
}

// kindOrder are all kinds.
var kindOrder = []Kind{
	KindDefault, KindProfile, KindStatic, KindProcess, KindInstance, KindAnonymous,
	KindSynapse, KindS3Credentials, KindAssumeRole, KindFederation, KindVending,
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

// source takes the provider behind another one.
func source(to **Provider, depth int) setter {
	return func(d decoder, n ast.Node) error {
		*to = &Provider{}
		return provider(*to, depth+1)(d, n)
	}
}

// policy takes generated, none, or a policy document.
func policy(to *Policy) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.plain(n)
		if err != nil {
			return err
		}
		switch v {
		case "generated":
			return nil
		case "none":
			to.Off = true
			return nil
		}
		var document map[string]any
		if json.Unmarshal([]byte(v), &document) != nil || document["Statement"] == nil {
			return d.wrong(n, "want generated, none, or a policy document in JSON")
		}
		if len(v) > maxPolicyBytes {
			return d.wrong(n, "a session policy of %d characters: STS takes %d", len(v), maxPolicyBytes)
		}
		if accessKey.MatchString(v) || webToken.MatchString(v) {
			return d.wrong(n, "this looks like a secret: it doesn't belong into a policy")
		}
		to.Document = v
		return nil
	}
}

// pairs reads a mapping of any names that have a form.
func (d decoder) pairs(n ast.Node, form *regexp.Regexp, words string, each func(name string) setter) error {
	entries, err := d.entries(n)
	if err != nil {
		return err
	}
	for _, pair := range entries {
		key, err := d.key(pair)
		if err != nil {
			return err
		}
		if !form.MatchString(key) || looksSecret(key) {
			return d.wrong(pair.Key, "want %s", words)
		}
		if err := each(key)(d, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// tags takes session tags.
func tags(to *map[string]string) setter {
	return func(d decoder, n ast.Node) error {
		*to = map[string]string{}
		const words = "letters, digits, blanks or any of _.:/=+@-"
		err := d.pairs(n, tagText, words, func(name string) setter {
			return func(d decoder, n ast.Node) error {
				var v string
				err := matching(&v, tagText, words)(d, n)
				(*to)[name] = v
				return err
			}
		})
		if err == nil && len(*to) > maxTags {
			err = d.wrong(n, "%d tags: STS takes %d", len(*to), maxTags)
		}
		return err
	}
}

// transitive takes keys of tags.
func transitive(to *[]string) setter {
	return func(d decoder, n ast.Node) error {
		return d.list(n, func(d decoder, n ast.Node) error {
			var key string
			err := matching(&key, tagText, "the key of a tag")(d, n)
			*to = append(*to, key)
			return err
		})
	}
}

// headers takes headers with their values by reference.
func headers(to *map[string]Reference) setter {
	return func(d decoder, n ast.Node) error {
		*to = map[string]Reference{}
		return d.pairs(n, headerName, "a header's name", func(name string) setter {
			return func(d decoder, n ast.Node) error {
				var r Reference
				err := reference(&r)(d, n)
				(*to)[name] = r
				return err
			}
		})
	}
}

// vendingFields takes the names of an answer's fields.
func vendingFields(to *VendingFields) setter {
	return func(d decoder, n ast.Node) error {
		return d.mapping(n, " of fields", table{
			"access-key-id":     matching(&to.AccessKeyID, fieldPath, fieldWords),
			"secret-access-key": matching(&to.SecretAccessKey, fieldPath, fieldWords),
			"session-token":     matching(&to.SessionToken, fieldPath, fieldWords),
			"expiration":        matching(&to.Expiration, fieldPath, fieldWords),
		})
	}
}
