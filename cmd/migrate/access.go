package main

import (
	"context"
	"os"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
)

// bucketAccess is what the flags and the configuration say of buckets.
type bucketAccess struct {
	opener   opener
	profiles map[string]string
	config   config.Config
}

// accessWay is what is said of one bucket.
type accessWay struct {
	// provider is nil where nothing is said of credentials.
	provider *credentials.Renewing
	endpoint string
	// region is empty where nothing is said; home is that of the
	// credentials.
	region, home  string
	pathStyle     bool
	requesterPays bool
}

// readConfig reads the configuration file: the one named, or that of the
// working directory or the user.
func readConfig(path string) (config.Config, error) {
	if path == "" {
		var err error
		if path, err = config.Find(""); err != nil {
			return config.Config{}, err
		}
	}
	return config.Load(path)
}

// way is what is said of a bucket. A profile named by a flag comes before
// the configuration's credentials; the rest of the rule holds with it.
func (a bucketAccess) way(ctx context.Context, bucket string) (accessWay, error) {
	rule, _ := a.config.For(bucket)
	w := accessWay{
		endpoint: a.endpoint(rule), region: rule.Region,
		pathStyle: rule.UsesPathStyle(), requesterPays: rule.RequesterPays,
	}
	options := credentials.Options{Logger: a.opener.logger}
	var err error
	if profile := a.profiles[bucket]; profile != "" {
		w.provider, w.home, err = credentials.Default(ctx, profile, "", options)
		return w, err
	}
	if rule.Credentials.Kind == "" {
		return w, nil
	}
	w.provider, w.home, err = credentials.FromRule(ctx, rule, credentials.Deps{
		Synapse: a.opener.client, Stderr: os.Stderr, Options: options,
		Needs: []credentials.Need{{Bucket: bucket, Read: true, List: true}},
	})
	return w, err
}

// endpoint is the rule's, or that of every bucket of which nothing is said.
func (a bucketAccess) endpoint(rule config.Rule) string {
	return a.opener.endpoint(rule.Endpoint)
}
