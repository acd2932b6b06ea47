package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"strings"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
)

// stores are the ways into S3 that a job has opened.
type stores struct {
	// source reads the one bucket of a bucket job.
	source *objectstore.Store
	// destination reaches the destination's bucket. Where Synapse alone
	// writes, it is the source's.
	destination *objectstore.Store
	// buckets are those of a project.
	buckets *access.Buckets
	// mover and reader are what the run works with.
	mover  migrate.Mover
	reader migrate.Source
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

// opener reaches buckets as one command says, for one session.
type opener struct {
	access.Migration
	*session
	target    *targetFlags
	run       runFlags
	allowHTTP bool
	config    config.Config
}

// newOpener reaches buckets as the flags, the configuration and the
// environment say.
func newOpener(
	env environment, common commonFlags, run runFlags, target *targetFlags, s *session, c config.Config,
) (opener, error) {
	size, err := run.partSizeBytes()
	if err != nil {
		return opener{}, err
	}
	etags, err := etagsOf(env)
	if err != nil {
		return opener{}, err
	}
	o := access.Options{
		Config: c, Profile: target.profile, Endpoint: s3Endpoint(env, ""), ETags: etags,
		STSEndpoint: env.getenv("AWS_ENDPOINT_URL_STS"), AllowPlainHTTP: common.allowHTTP,
		PartSizeBytes: size, PartConcurrency: run.partConcurrency, MFA: env.mfa(), Stderr: env.stderr,
		Warn: func(text string) { say(env.stderr, "warning: %s", text) }, Logger: s.logger, Lateness: &s.late,
	}
	if s.client != nil {
		o.Synapse = s.client
	}
	to := access.Target{
		Writer: access.Writer(target.destCredentials), Endpoint: target.destEndpoint, Region: target.destRegion,
	}
	return opener{
		Migration: access.New(o).Migration(to), session: s, target: target, run: run,
		allowHTTP: common.allowHTTP || c.AllowPlainHTTP, config: c,
	}, nil
}

// readConfig reads the configuration file: the one named, or that of the
// working directory or the user.
func readConfig(path string) (config.Config, error) {
	if path != "" {
		return config.Load(path)
	}
	found, err := config.Find("")
	if err != nil {
		return config.Config{}, err
	}
	return config.LoadFound(found)
}

// s3Endpoint is the S3 to talk to: the flag's, that of the AWS tools'
// environment, or AWS (empty).
func s3Endpoint(env environment, flag string) string {
	if flag != "" || strings.EqualFold(env.getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true") {
		return flag
	}
	return cmp.Or(env.getenv("AWS_ENDPOINT_URL_S3"), env.getenv("AWS_ENDPOINT_URL"))
}

// etagsVariable says what ETags are on servers that are not AWS, where the
// configuration says nothing: md5 or opaque.
const etagsVariable = "MIGRATE_ETAGS"

// etagsOf are what the environment says of ETags.
func etagsOf(env environment) (objectstore.ETags, error) {
	etags := objectstore.ETags(env.getenv(etagsVariable))
	if !etags.Known() {
		return "", usagef("%s=%q: want %s or %s", etagsVariable, etags, objectstore.ETagsMD5, objectstore.ETagsOpaque)
	}
	return etags, nil
}

// stores are those of both ends, without what reads the source.
func (o opener) stores(ctx context.Context, src planner.Source, d access.Destination) stores {
	return stores{
		src: src, dest: d.Destination, destination: d.Store, contents: o.client, canWrite: !d.Managed, roots: o.Roots(ctx),
	}
}
