package main

import (
	"context"
	"fmt"
	"path/filepath"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/planner"
)

// said is what flags say of a bucket. The zero value says nothing.
type said struct {
	profile, endpoint, region string
	requesterPays             bool
}

// access is how a bucket is reached.
type access struct {
	way
	rule config.Rule
	// chosen are the credentials that the flags or the configuration name,
	// nil where they say nothing of them.
	chosen *credentials.Renewing
	// note names the configuration's rule in reports; empty without one.
	note string
}

// accessTo is what is said of a bucket: by the flags, else by the
// configuration, else by the environment. A profile named by a flag comes
// before the configuration's credentials; the rest of the rule holds with it.
func (o opener) accessTo(ctx context.Context, bucket string, flags said) (access, error) {
	a := o.place(bucket, flags)
	var err error
	switch {
	case flags.profile != "":
		a.chosen, a.home, err = o.providers.profile(ctx, o, flags.profile)
	case a.rule.Credentials.Kind != "":
		a.chosen, a.home, err = o.providers.rule(ctx, o, a.rule)
	}
	if err != nil {
		return access{}, fmt.Errorf("bucket %q: %w", bucket, err)
	}
	if a.chosen != nil {
		a.provider, a.endpoint = a.chosen, first(a.endpoint, a.home.Endpoint)
	}
	return a, nil
}

// place is what is said of a bucket, but for its credentials.
func (o opener) place(bucket string, flags said) access {
	rule, ruled := o.config.For(bucket)
	a := access{rule: rule, way: way{
		bucket: bucket, endpoint: o.endpoint(first(flags.endpoint, rule.Endpoint)),
		region: first(flags.region, rule.Region), pathStyle: rule.PathStyle,
		requesterPays: flags.requesterPays || rule.RequesterPays,
		etags:         o.etags(rule),
	}}
	if ruled {
		a.note = fmt.Sprintf(" (%s, line %d)", filepath.Base(o.config.Path), rule.Line)
	}
	return a
}

// written says how the bucket is written: by Synapse's credentials or others.
func (a *access) written(bySynapse bool) {
	a.encryption, a.acl = a.rule.Encryption, a.rule.WrittenACL(bySynapse)
}

// otherwise are the credentials of a bucket of which nothing is said.
func (a access) otherwise(p *credentials.Renewing, home credentials.AWS) access {
	if a.chosen == nil {
		a.chosen, a.provider, a.home, a.endpoint = p, p, home, first(a.endpoint, home.Endpoint)
	}
	return a
}

// name is that of the credentials, with the rule that they come from, for
// reports.
func (a access) name() string { return a.chosen.Name() + a.note }

// asked warns before a run where S3 will take the credentials from within
// another region only. The region is the one that was found.
func (o opener) asked(ctx context.Context, a access, region string) {
	if a.endpoint != "" || a.rule.Credentials.Kind != config.KindS3Credentials {
		return // elsewhere than at AWS, regions mean little
	}
	here := o.providers.whereabouts(ctx, o)
	if warning := credentials.RegionWarning(a.rule.Credentials.Kind, region, here); warning != "" {
		say(o.env.stderr, "warning: bucket %q: %s", a.bucket, warning)
	}
}

// accessToDestination is how the destination's bucket is written, or read
// where Synapse alone writes.
func (o opener) accessToDestination(
	ctx context.Context, own *credentials.Renewing, home credentials.AWS, dest planner.Destination,
) (access, error) {
	a := o.place(dest.Bucket, said{endpoint: o.target.destEndpoint, region: o.target.destRegion})
	a.written(o.target.destCredentials == destSynapse ||
		o.target.destCredentials == destConfig && a.rule.Credentials.Kind == config.KindSynapse)
	if dest.Managed {
		return a.otherwise(o.folder(dest), home.Elsewhere()), nil
	}
	switch o.target.destCredentials {
	case destSource:
		return a.otherwise(own, home), nil
	case destConfig:
		if a.rule.Credentials.Kind == "" {
			return access{}, hinted(fmt.Errorf("no credentials are configured for the bucket %q", dest.Bucket),
				"--dest-credentials config wants them in the configuration file (--config)")
		}
		named, settings, err := o.providers.rule(ctx, o, a.rule)
		return a.otherwise(named, settings), err
	}
	return a.otherwise(o.folder(dest), home.Elsewhere()), nil
}
