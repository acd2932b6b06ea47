package credentials

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/config"
	"synapse-migrate/synapse"
)

// Deps are what the providers of a rule may need. The zero value is enough
// for all but Synapse's credentials and MFA devices.
type Deps struct {
	// Synapse vends the credentials of folders; nil refuses such rules.
	Synapse STS
	// Needs are what the plan needs in the rule's buckets. Session policies
	// are made of them where the rule doesn't give one.
	Needs []Need
	// MFA asks a person for the code that an MFA device shows; nil refuses
	// rules with one.
	MFA func(ctx context.Context, serial string) (string, error)
	// Stderr gets what programs of the kind process say; nil discards it.
	Stderr io.Writer
	// HTTPClient sends the requests to endpoints that vend credentials and
	// to STS; nil is one that trusts Roots. Only its transport and timeout
	// are used.
	HTTPClient *http.Client
	// Roots are whom to trust, AWS.Roots; nil is the system's.
	Roots *x509.CertPool
	// AllowPlainHTTP lets keys come from endpoints of STS, single sign-on and aws login
	// that are neither https nor on this machine.
	AllowPlainHTTP bool
	// Options are those of the Renewing.
	Options Options
}

// errNoVendor means that a rule wants credentials of a Synapse folder, and
// that there is no Synapse to ask.
var errNoVendor = errors.New("there is no Synapse to ask")

// FromRule makes the provider that a rule names, ready for use; one without
// credentials gets what the AWS SDK finds by itself. Nothing is asked for
// yet, except that profiles are read: whether there are credentials shows
// at the first Retrieve. The settings are those of the profile, or of the one
// that signs for the role; the zero value where there is none.
func FromRule(ctx context.Context, rule config.Rule, d Deps) (*Renewing, AWS, error) {
	b := builder{Deps: d, policy: PolicyOptions{KMS: rule.Endpoint == ""}}
	made, err := b.provider(ctx, rule.Credentials)
	switch {
	case err != nil && rule.Credentials.Line > 0:
		return nil, AWS{}, fmt.Errorf("credentials in line %d of the configuration: %w",
			rule.Credentials.Line, err)
	case err != nil:
		return nil, AWS{}, err
	}
	return made.renewing(d.Options), made.aws, nil
}

// made is a provider with its name.
type made struct {
	name     string
	provider aws.CredentialsProvider
	// aws are the settings that go with it, the zero value where there are none.
	aws AWS
	// role is true for the sessions of a role.
	role bool
	// whole is the Renewing, where there is one already.
	whole *Renewing
}

// renewing wraps the provider once.
func (m made) renewing(o Options) *Renewing {
	if m.whole != nil {
		return m.whole
	}
	return NewRenewing(m.name, m.provider, o)
}

// builder makes providers.
type builder struct {
	Deps
	policy PolicyOptions
}

// provider makes one of any kind.
func (b builder) provider(ctx context.Context, p config.Provider) (made, error) {
	var m made
	var err error
	switch p.Kind {
	case "", config.KindDefault, config.KindProfile:
		m.whole, m.aws, err = Default(ctx, p.Profile, b.Deps)
	case config.KindStatic:
		m.name, m.provider = "keys by reference", staticKeys(p.Static)
		if !p.Static.AccessKeyID.IsZero() {
			m.name = fmt.Sprintf("keys of %s", p.Static.AccessKeyID)
		}
	case config.KindProcess:
		// The command may hold anything: it stands in no name.
		m.name, m.provider = fmt.Sprintf("the program in line %d", p.Line), processProvider(p.Command, b.Stderr)
	case config.KindInstance:
		m.name, m.role = "the instance's role", true
		var settings AWS
		if settings, err = LoadAWS(ctx, "", b.Deps); err == nil {
			m.provider, err = instanceProvider(settings)
		}
	case config.KindAnonymous:
		m.name, m.provider = "nobody (anonymous)", aws.AnonymousCredentials{}
	case config.KindSynapse:
		return b.synapse(p.Synapse)
	case config.KindS3Credentials:
		m.name, m.role = nameOf(p.S3Credentials.URL), true
		m.provider, err = S3Credentials(p.S3Credentials, b.client())
	case config.KindVending:
		m.name = nameOf(p.Vending.URL)
		m.provider, err = vendingProvider(p.Vending, b.client())
	case config.KindAssumeRole:
		return b.assumeRole(ctx, p.AssumeRole)
	case config.KindFederation:
		return b.federation(ctx, p.Federation)
	default:
		err = fmt.Errorf("unknown kind %q", p.Kind)
	}
	return m, err
}

// client sends requests to endpoints that vend credentials.
func (b builder) client() *http.Client {
	if b.HTTPClient != nil {
		return b.HTTPClient
	}
	return HTTPClient(b.Roots)
}

// nameOf is an endpoint's name: its URL without query.
func nameOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "an endpoint"
	}
	return plainURL(u)
}

// synapse makes a folder's provider.
func (b builder) synapse(s config.Synapse) (made, error) {
	if b.Synapse == nil {
		return made{}, fmt.Errorf("credentials of %s: %w", s.Folder, errNoVendor)
	}
	permission := synapse.STSReadOnly
	if s.Permission == string(synapse.STSReadWrite) {
		permission = synapse.STSReadWrite
	}
	return made{
		name:     "Synapse's temporary credentials for " + s.Folder,
		provider: Synapse(b.Synapse, s.Folder, permission), role: true,
	}, nil
}

// assumeRole makes a role's provider, and that of its source.
func (b builder) assumeRole(ctx context.Context, a config.AssumeRole) (made, error) {
	client, source, err := b.sts(ctx, a.Source, a.STS)
	if err != nil {
		return made{}, err
	}
	b.policy.Partition = partition(a.RoleARN)
	policy, err := b.sessionPolicy(a.Policy)
	if err != nil {
		return made{}, err
	}
	external, err := a.ExternalID.Resolve()
	if err != nil {
		return made{}, fmt.Errorf("external-id: %w", err)
	}
	if a.Duration == 0 && a.MFASerial == "" {
		a.Duration = shortestLife(b.Options)
	}
	p, err := AssumeRole(client, RoleOptions{
		ARN: a.RoleARN, ExternalID: external, Session: a.SessionName, Life: a.Duration,
		Policy: policy, Tags: a.Tags, TransitiveTags: a.TransitiveTags,
		MFASerial: a.MFASerial, MFA: b.MFA, Chained: source.role,
	})
	return made{name: "the role " + a.RoleARN, provider: p, aws: source.aws.Elsewhere(), role: true}, err
}

// federation makes a federated user's provider, and that of its source.
func (b builder) federation(ctx context.Context, f config.Federation) (made, error) {
	client, source, err := b.sts(ctx, f.Source, f.STS)
	if err != nil {
		return made{}, err
	}
	policy, err := b.sessionPolicy(f.Policy)
	if err != nil {
		return made{}, err
	}
	if f.Duration == 0 {
		f.Duration = shortestLife(b.Options)
	}
	if f.Name == "" {
		f.Name = defaultSession
	}
	p, err := federationToken(client, federationOptions{
		Name: f.Name, Life: f.Duration, Policy: policy, Tags: f.Tags,
	})
	return made{name: "the federated user " + f.Name, provider: p, aws: source.aws.Elsewhere()}, err
}

// sessionPolicy is the rule's, or one made of the needs; empty for none.
func (b builder) sessionPolicy(p config.Policy) (string, error) {
	if p.Off || p.Document != "" || len(b.Needs) == 0 {
		return p.Document, nil
	}
	return SessionPolicy(b.Needs, b.policy)
}

// partition is that of an ARN, empty where it has none.
func partition(arn string) string {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) < 3 {
		return ""
	}
	return parts[1]
}

// defaultSTSRegion is where STS is asked when nothing says otherwise.
const defaultSTSRegion = "us-east-1"

// sts makes the client of a Security Token Service, whose calls the source
// signs.
func (b builder) sts(
	ctx context.Context, source *config.Provider, at config.STSEndpoint,
) (STSClient, made, error) {
	if source == nil {
		source = &config.Provider{Kind: config.KindDefault}
	}
	signer, err := b.provider(ctx, *source)
	if err != nil {
		return nil, made{}, fmt.Errorf("source: %w", err)
	}
	settings := signer.aws
	if !settings.Loaded() {
		if settings, err = LoadAWS(ctx, "", b.Deps); err != nil {
			return nil, made{}, fmt.Errorf("source: %w", err)
		}
	}
	cfg := settings.Config()
	// The source's name leads to the cause when it can't sign.
	signer.whole = signer.renewing(b.Options)
	cfg.Credentials = signer.whole
	cfg.Region = cmp.Or(at.Region, cfg.Region, defaultSTSRegion)
	client := sts.NewFromConfig(cfg, func(o *sts.Options) {
		if at.Endpoint != "" {
			o.BaseEndpoint = &at.Endpoint
		}
		if b.HTTPClient != nil {
			o.HTTPClient = b.HTTPClient
		}
	})
	return freshSTS{client, signer.whole}, signer, nil
}
