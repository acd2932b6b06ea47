package credentials

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// AWS is the way to AWS as a profile of the AWS tools' shared files describes
// it, and their variables before it: all but the credentials. docs/aws-settings.md
// lists the settings. The zero value says nothing.
type AWS struct {
	// Region is where the profile is at home; may be empty.
	Region string
	// Endpoint is the base URL of the profile's S3; empty is AWS's own.
	Endpoint string
	// S3 are the profile's settings under "s3".
	S3 s3Settings
	// IgnoresEndpoints is true where no variable and no profile may say what
	// endpoints are.
	IgnoresEndpoints bool
	// RoleLife is true where duration_seconds says how long the sessions of the
	// profile's role are.
	RoleLife bool
	// Unheeded are settings that are not followed, each with what happens in
	// place of it.
	Unheeded []string

	config aws.Config
	loaded bool
}

// Loaded is false for the zero value.
func (a AWS) Loaded() bool { return a.loaded }

// Config is what the AWS SDK makes of the settings, without credentials.
func (a AWS) Config() aws.Config {
	c := a.config.Copy()
	c.Credentials = nil
	return c
}

// Roots are whom to trust: the system's, and those that ca_bundle or
// AWS_CA_BUNDLE adds; nil is the system's alone.
func (a AWS) Roots() *x509.CertPool {
	client, ok := a.config.HTTPClient.(*awshttp.BuildableClient)
	if !ok || client.GetTransport().TLSClientConfig == nil {
		return nil
	}
	return client.GetTransport().TLSClientConfig.RootCAs
}

// FIPS reports whether AWS's FIPS endpoints are wanted.
func (a AWS) FIPS() bool {
	return s3.NewFromConfig(a.config).Options().EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
}

// stsEndpoint is the STS that is configured, empty for AWS's.
func (a AWS) stsEndpoint() string {
	if at := sts.NewFromConfig(a.config).Options().BaseEndpoint; at != nil && !a.IgnoresEndpoints {
		return *at
	}
	return ""
}

// Elsewhere is the way to what is reached with other credentials than the
// profile's: its endpoint and its S3's ways are not theirs.
func (a AWS) Elsewhere() AWS {
	a.Endpoint, a.S3 = "", s3Settings{}
	return a
}

// ErrSettings means that the AWS tools' files or variables say something that
// can't be followed.
var ErrSettings = errors.New("the settings of the AWS tools can't be followed")

// LoadAWS reads the settings of a profile; an empty one is AWS_PROFILE or
// default. The dependencies' Roots are trusted beside those that the settings
// name, and AllowPlainHTTP holds for what asks for credentials with them. Nothing
// is asked for. An error wraps ErrSettings, and holds no secret.
func LoadAWS(ctx context.Context, profile string, d Deps) (AWS, error) {
	shared, err := readShared(profile)
	if err != nil {
		return AWS{}, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	// The credentials are left for later, when they are needed: they may want a
	// person, or another machine.
	cfg, err := loadConfig(ctx, profile, d, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	if err != nil {
		return AWS{}, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	a := AWS{Region: cfg.Region, config: cfg, loaded: true}
	if err := shared.apply(&a); err != nil {
		return AWS{}, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	a.IgnoresEndpoints = ignoresEndpoints(ctx, cfg)
	if at := s3.NewFromConfig(cfg).Options().BaseEndpoint; at != nil && !a.IgnoresEndpoints {
		a.Endpoint = *at
	}
	return a, nil
}

// ignoresEndpoints reports whether configured endpoints are to be ignored.
func ignoresEndpoints(ctx context.Context, cfg aws.Config) bool {
	for _, source := range cfg.ConfigSources {
		p, ok := source.(interface {
			GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
		})
		if !ok {
			continue
		}
		if ignores, said, err := p.GetIgnoreConfiguredEndpoints(ctx); said && err == nil {
			return ignores
		}
	}
	return false
}

// loadConfig has the SDK read the files and the variables.
func loadConfig(
	ctx context.Context, profile string, d Deps, more ...func(*config.LoadOptions) error,
) (aws.Config, error) {
	roots := d.Roots
	if roots == nil {
		var err error
		if roots, err = x509.SystemCertPool(); err != nil {
			roots = x509.NewCertPool()
		}
	}
	roots = roots.Clone() // the SDK adds to it
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = roots
	})
	// The SDK would write to stderr by itself what it tries on the way; what
	// comes of it is in the errors.
	load := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{}), config.WithHTTPClient(client),
		config.WithAPIOptions(documents)}
	if !d.AllowPlainHTTP {
		load = append(load, config.WithAPIOptions([]func(*middleware.Stack) error{overTLS}))
	}
	if profile != "" {
		load = append(load, config.WithSharedConfigProfile(profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(load, more...)...)
	var asks config.AssumeRoleTokenProviderNotSetError
	if errors.As(err, &asks) {
		err = errNoPrompt
	}
	return cfg, err
}

// profileChain is what the AWS SDK finds by itself. It reads everything anew
// at each renewal: the files may have been replaced since, by whatever keeps
// their keys fresh.
type profileChain struct {
	profile string
	// sts is the STS that is configured; empty is AWS's.
	sts string
	// life is true where the profile says how long the sessions of its role are.
	life bool
	deps Deps
}

// Retrieve reads, and asks whom the profile names.
func (p profileChain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	cfg, err := loadConfig(ctx, p.profile, p.deps,
		config.WithAPIOptions([]func(*middleware.Stack) error{p.redirect}),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { p.withMFA(ctx, o) }))
	if err != nil {
		return aws.Credentials{}, p.explained(err)
	}
	if cfg.Credentials == nil {
		return aws.Credentials{}, errors.New("there are none")
	}
	return discreet{cfg.Credentials}.Retrieve(ctx)
}

// redirect has the profile's own STS asked for the profile's role: the SDK
// makes that client before it knows the endpoint for all services (source:
// aws-sdk-go-v2/config v1.33.9, the order of defaultAWSConfigResolvers).
func (p profileChain) redirect(stack *middleware.Stack) error {
	to, err := url.Parse(p.sts)
	if err != nil || to.Host == "" {
		return nil
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("ConfiguredSTS", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if req, ok := in.Request.(*smithyhttp.Request); ok && awsmiddleware.GetServiceID(ctx) == sts.ServiceID {
			req.URL.Scheme, req.URL.Host = to.Scheme, to.Host
			req.URL.Path = strings.TrimSuffix(to.Path, "/") + "/"
		}
		return next.HandleFinalize(ctx, in)
	}), "ResolveEndpointV2", middleware.After)
}

// withMFA has people asked for the code that a profile's role wants.
func (p profileChain) withMFA(ctx context.Context, o *stscreds.AssumeRoleOptions) {
	if o.SerialNumber == nil || p.deps.MFA == nil {
		return
	}
	o.TokenProvider = func() (string, error) {
		code, err := p.deps.MFA(ctx, *o.SerialNumber)
		if err != nil {
			err = askedError{err}
		}
		return code, err
	}
	if o.Duration == 0 && !p.life {
		// The SDK leaves the shortest life out, which is what STS gives where
		// nothing is said. Each renewal asks for a code. It is what the AWS CLI takes, too.
		o.Duration = usualRoleLife
	}
}

// explained says what to do where nobody can be asked for a code.
func (p profileChain) explained(err error) error {
	if !errors.Is(err, errNoPrompt) {
		return err
	}
	return fmt.Errorf("the profile has an mfa_serial: %w: run this in a terminal, or name a profile that has a session "+
		"already (aws sts get-session-token)", err)
}

// HTTPClient is a client that trusts roots, for endpoints that vend
// credentials; nil is the system's.
func HTTPClient(roots *x509.CertPool) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: t, Timeout: vendTimeout}
}

// vendTimeout bounds one request for credentials.
const vendTimeout = time.Minute

// profileOf is the profile that counts, where none is named.
func profileOf(named string) string {
	for _, name := range []string{named, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE")} {
		if name != "" {
			return name
		}
	}
	return defaultProfile
}

const defaultProfile = "default"
