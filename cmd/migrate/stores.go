package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/loopback"
)

// stores are the ways into S3.
type stores struct {
	// source reads the one bucket of a bucket job.
	source *objectstore.Store
	// destination reaches the destination's bucket. Where Synapse alone
	// writes, it is the source's.
	destination *objectstore.Store
	// buckets are those of a project.
	buckets *sourceBuckets
	// writer are the credentials that write the destination; nil where
	// Synapse alone writes.
	writer *credentials.Renewing
	// copier and reader are what the run works with.
	copier migrate.ObjectCopier
	reader migrate.ObjectReader
	own    migrate.OwnObjects
	// src and dest are what the header says of the two ends.
	src  planner.Source
	dest planner.Destination
	// contents tells what a destination holds already.
	contents destination.Contents
	// canWrite is false where Synapse alone writes.
	canWrite bool
	// roots are trusted where data is sent to and read from presigned URLs.
	roots *x509.CertPool
	// calls counts the requests that were sent to S3, retries included.
	calls func() int64
}

// opener makes stores; its fields stay the same for all buckets.
type opener struct {
	*session
	env       environment
	target    *targetFlags
	run       runFlags
	allowHTTP bool
	// config says how buckets are reached, providers with what.
	config    config.Config
	providers *providers
}

// newOpener makes stores as the flags and the configuration say.
func (m *migration) newOpener(s *session, c config.Config) opener {
	return opener{
		session: s, env: m.env, target: m.target, run: m.run,
		allowHTTP: m.common.allowHTTP || c.AllowPlainHTTP, config: c, providers: newProviders(),
	}
}

// renewal is how credentials renew themselves.
func (o opener) renewal() credentials.Options { return credentials.Options{Logger: o.logger} }

// inFolder reports whether all of the source lies below the destination's
// base key, where the folder's own credentials can read it.
func inFolder(src planner.Source, dest planner.Destination) bool {
	return src.Bucket == dest.Bucket &&
		(dest.BaseKey == "" || strings.HasPrefix(src.Prefix, dest.BaseKey+"/"))
}

// own are the user's own AWS credentials, and the settings that go with
// them.
func (o opener) own(ctx context.Context) (*credentials.Renewing, credentials.AWS, error) {
	return o.providers.profile(ctx, o, o.target.profile)
}

// folder are the temporary credentials of the destination: those that write
// where it is external.
func (o opener) folder(dest planner.Destination) *credentials.Renewing {
	permission := synapse.STSReadWrite
	if dest.Managed {
		permission = synapse.STSReadOnly
	}
	return o.entity(dest.FolderID, permission)
}

// entity are the temporary credentials of the storage location in force at
// an entity.
func (o opener) entity(id string, permission synapse.STSPermission) *credentials.Renewing {
	return credentials.NewRenewing("Synapse's temporary credentials for "+id,
		credentials.Synapse(o.client, id, permission), o.renewal())
}

// destination makes what writes to the destination's bucket: the folder's
// credentials, or where the flags say so the own ones or those that the
// configuration names. Where Synapse alone writes there is no store. Home goes
// with the own ones.
func (o opener) destination(
	ctx context.Context, own *credentials.Renewing, home credentials.AWS, dest planner.Destination,
) (stores, error) {
	dest.Credentials = "Synapse's upload"
	s := stores{dest: dest, contents: o.client, canWrite: !dest.Managed, roots: o.roots(ctx)}
	if !s.canWrite {
		return s, nil
	}
	a, err := o.accessToDestination(ctx, own, home, dest)
	if err != nil {
		return stores{}, fmt.Errorf("destination: %w", err)
	}
	opened, err := o.store(ctx, a.way)
	if err != nil {
		return stores{}, fmt.Errorf("destination: %w", err)
	}
	s.writer, s.destination = a.chosen, opened.Store
	s.dest.Credentials, s.dest.Endpoint, s.dest.Region = a.name(), opened.endpoint, opened.region
	return s, nil
}

// endpoint is the S3 to talk to: the flag's or configuration's, that of the
// AWS tools' environment, or AWS (empty).
func (o opener) endpoint(said string) string {
	if said != "" || strings.EqualFold(o.env.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true") {
		return said
	}
	return first(o.env.getenv("AWS_ENDPOINT_URL_S3"), o.env.getenv("AWS_ENDPOINT_URL"))
}

// settings are those of the AWS tools that hold for a way: those that go with
// its credentials, else those of the command's profile but for its endpoint.
func (o opener) settings(ctx context.Context, w way) (credentials.AWS, error) {
	if w.home.Loaded() {
		return w.home, nil
	}
	s, err := o.providers.settings(ctx, o)
	return s.Elsewhere(), err
}

// roots are whom to trust, as the AWS tools' settings say; nil is the system's.
func (o opener) roots(ctx context.Context) *x509.CertPool {
	s, err := o.providers.settings(ctx, o)
	if err != nil {
		return nil // what needs the settings says why
	}
	return s.Roots()
}

// etagsVariable says what ETags are on servers that are not AWS, where the
// configuration says nothing: md5 or opaque.
const etagsVariable = "MIGRATE_ETAGS"

// etags are what the configuration says of a bucket's ETags, else the
// environment.
func (o opener) etags(rule config.Rule) objectstore.ETags {
	return objectstore.ETags(first(rule.ETags, o.env.getenv(etagsVariable)))
}

// way is how one bucket is reached.
type way struct {
	provider         aws.CredentialsProvider
	bucket, endpoint string
	// region is asked for where it is empty.
	region string
	// home are the settings of the AWS tools that go with the credentials; its
	// region is what is used where S3 doesn't say. Those of the command's
	// profile hold where nothing goes with them.
	home credentials.AWS
	// pathStyle is nil for that which goes with the endpoint.
	pathStyle     *bool
	requesterPays bool
	// etags are what the bucket's ETags are said to be.
	etags objectstore.ETags
	// encryption is asked for in what is written.
	encryption config.Encryption
	// acl is the canned ACL of what is written; empty for none.
	acl string
}

// usesPathStyle is pathStyle with its default: as the profile says, else
// everywhere but at AWS.
func (w way) usesPathStyle() bool {
	switch {
	case config.IsARN(w.bucket): // which no path can hold
		return false
	case w.pathStyle != nil:
		return *w.pathStyle
	case w.home.S3.PathStyle != nil:
		return *w.home.S3.PathStyle
	}
	return w.endpoint != ""
}

// opened is a Store, and where it turned out to reach.
type opened struct {
	*objectstore.Store
	endpoint, region string
}

// store makes a Store for one bucket.
func (o opener) store(ctx context.Context, w way) (opened, error) {
	if err := o.checkTLS(w.endpoint); err != nil {
		return opened{}, err
	}
	if !w.etags.Known() {
		return opened{}, usagef("%s=%q: want %s or %s", etagsVariable, w.etags,
			objectstore.ETagsMD5, objectstore.ETagsOpaque)
	}
	size, err := o.run.partSizeBytes()
	if err != nil {
		return opened{}, err
	}
	settings, err := o.settings(ctx, w)
	if err != nil {
		return opened{}, err
	}
	options := objectstore.Options{
		Credentials: w.provider, Region: w.region, Endpoint: w.endpoint, AWS: settings,
		PathStyle: w.usesPathStyle(), RequesterPays: w.requesterPays,
		Encryption: objectstore.Encryption(w.encryption), ACL: w.acl,
		ETags:         w.etags,
		PartSizeBytes: size, PartConcurrency: o.run.partConcurrency, Logger: o.logger,
	}
	if options.Region == "" {
		options.Region = w.home.Region
		asked, err := objectstore.New(options)
		if err != nil {
			return opened{}, err
		}
		// A bucket that doesn't say where it is may still be listed; if it
		// can't be, the listing's own error says more.
		if found, err := asked.Region(ctx, w.bucket); err == nil && found != "" {
			options.Region = found
		}
	}
	store, err := objectstore.New(options)
	return opened{store, w.endpoint, options.Region}, err
}

// checkTLS refuses plain HTTP to anything but this machine.
func (o opener) checkTLS(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || o.allowHTTP || !loopback.Clear(u) {
		return nil
	}
	return hinted(fmt.Errorf("S3 endpoint %s is not https", endpoint),
		"--allow-plain-http sends data and temporary credentials in the clear")
}

// calls counts the requests that stores sent, retries included; a store that
// is named twice counts once.
func calls(all ...*objectstore.Store) (total int64) {
	seen := map[*objectstore.Store]bool{nil: true}
	for _, store := range all {
		if seen[store] {
			continue
		}
		seen[store] = true
		for _, n := range store.Counters().Calls {
			total += n
		}
	}
	return total
}
