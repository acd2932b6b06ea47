package main

import (
	"context"

	"synapse-migrate/migrate/objectstore"
)

// bucketRegion asks S3 where a bucket is; empty where it doesn't say.
func (o opener) bucketRegion(ctx context.Context, w way) (string, error) {
	if err := o.checkTLS(w.endpoint); err != nil {
		return "", err
	}
	settings, err := o.settings(ctx, w)
	if err != nil {
		return "", err
	}
	store, err := objectstore.New(objectstore.Options{
		Credentials: w.provider, Region: w.home.Region, Endpoint: w.endpoint, AWS: settings,
		PathStyle: w.usesPathStyle(), Logger: o.logger,
	})
	if err != nil {
		return "", err
	}
	return store.Region(ctx, w.bucket)
}
