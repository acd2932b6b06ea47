package access

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/synapse"
)

// Options are what the ways into all buckets have in common. The zero value
// reaches AWS with what the AWS tools say.
type Options struct {
	// Config says how buckets are reached.
	Config config.Config
	// Profile is the AWS profile of buckets of which nothing is said; empty is
	// what the AWS tools use by themselves.
	Profile string
	// Endpoint is the base URL of the S3 of buckets of which nothing is said;
	// empty is AWS, or what the profile says.
	Endpoint string
	// ETags says what ETags are on servers that are not AWS, where Config says
	// nothing of the bucket.
	ETags objectstore.ETags
	// STSEndpoint is the base URL of the STS that Try asks whose credentials
	// are; empty is AWS's.
	STSEndpoint string
	// AllowPlainHTTP lets endpoints be http elsewhere than on this machine.
	AllowPlainHTTP bool
	// PartSizeBytes and PartConcurrency are those of objectstore.Options.
	PartSizeBytes   int64
	PartConcurrency int
	// Synapse vends the credentials of folders; nil refuses rules that want
	// these.
	Synapse credentials.STS
	// MFA asks a person for the code that an MFA device shows; nil refuses
	// credentials with one.
	MFA func(ctx context.Context, serial string) (string, error)
	// Stderr gets what programs say that print credentials; nil discards it.
	Stderr io.Writer
	// HTTPClient asks endpoints that vend credentials; nil is one that trusts
	// whom the settings of the AWS tools say.
	HTTPClient *http.Client
	// Warn is told what people should know; nil discards.
	Warn func(text string)
	// Lateness is told while new credentials are waited for; nil is nobody.
	Lateness *credentials.Lateness
	// Logger is told of renewals and retries; the zero value discards.
	Logger zerolog.Logger
}

// Opener reaches buckets. It is safe for concurrent use.
type Opener struct {
	options   Options
	providers *providers
}

// New asks nobody yet.
func New(o Options) *Opener {
	o.AllowPlainHTTP = o.AllowPlainHTTP || o.Config.AllowPlainHTTP
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	return &Opener{options: o, providers: newProviders(o)}
}

// Way is how a bucket is reached: as is said of it, else as the configuration
// says, else as the environment does. A profile of over comes before the
// configuration's credentials; the rest of the rule holds with it. Where none
// of them names credentials, there are none yet: Way.Or.
func (o *Opener) Way(ctx context.Context, bucket string, over Override) (Way, error) {
	w := o.Place(bucket, over)
	var p Principal
	var err error
	switch named(over, w.Rule) {
	case chosenProfile:
		p, err = o.providers.profile(ctx, over.Profile)
	case chosenRule:
		p, err = o.providers.rule(ctx, w.Rule)
	}
	if err != nil {
		return Way{}, fmt.Errorf("bucket %q: %w", bucket, err)
	}
	return w.Or(p), nil
}

// Own are the user's own AWS credentials.
func (o *Opener) Own(ctx context.Context) (Principal, error) {
	return o.providers.profile(ctx, o.options.Profile)
}

// OwnOr is the way with the user's own credentials where it has none.
func (o *Opener) OwnOr(ctx context.Context, w Way) (Way, error) {
	if w.Credentials != nil {
		return w, nil
	}
	own, err := o.Own(ctx)
	return w.Or(own), err
}

// OwnWay is how the user writes a bucket with credentials of their own: those
// of a profile, of the configuration, or of the AWS tools. Where the
// configuration names a folder's, these are not meant: they are Synapse's.
func (o *Opener) OwnWay(ctx context.Context, bucket string, over Override) (Way, error) {
	w, err := o.Place(bucket, over), error(nil)
	if over.Profile != "" || w.Rule.Credentials.Kind != config.KindSynapse {
		w, err = o.Way(ctx, bucket, over)
	}
	if err == nil {
		w, err = o.OwnOr(ctx, w)
	}
	return w.Writing(false), err
}

// Folder are Synapse's temporary credentials for the storage location in force
// at an entity.
func (o *Opener) Folder(entityID string, permission synapse.STSPermission) *credentials.Renewing {
	return credentials.NewRenewing("Synapse's temporary credentials for "+entityID,
		credentials.Synapse(o.options.Synapse, entityID, permission), o.providers.renewal())
}

// Settings are those of the AWS tools for the profile that the options name,
// or that is used where none is named. They are read once.
func (o *Opener) Settings(ctx context.Context) (credentials.AWS, error) {
	return o.providers.settings(ctx)
}

// Roots are whom to trust, as the AWS tools' settings say; nil is the system's.
func (o *Opener) Roots(ctx context.Context) *x509.CertPool {
	s, err := o.Settings(ctx)
	if err != nil {
		return nil // what needs the settings says why
	}
	return s.Roots()
}

// WarnOfRegion warns before a run where S3 will take the credentials of a way
// from within another region only. The kind is that of the credentials, the
// region the one that was found.
func (o *Opener) WarnOfRegion(ctx context.Context, w Way, kind config.Kind, region string) {
	if w.Endpoint != "" || kind != config.KindS3Credentials {
		return // elsewhere than at AWS, regions mean little
	}
	if warning := credentials.RegionWarning(kind, region, o.providers.whereabouts(ctx)); warning != "" {
		o.options.Warn(fmt.Sprintf("bucket %q: %s", w.Bucket, warning))
	}
}
