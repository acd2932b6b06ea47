package main

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// downloadURLs asks Synapse for download URLs: what no AWS credentials reach
// is read through them.
type downloadURLs struct{ client *synapse.Client }

// DownloadURL makes one call. Its errors are those of package transfer where
// they are the object's.
func (d downloadURLs) DownloadURL(ctx context.Context, of planner.Download) (string, error) {
	u, err := d.client.DownloadURL(ctx, of.FileHandleID, of.EntityID)
	switch {
	case errors.Is(err, synapse.ErrUnauthorized):
		return "", fmt.Errorf("%w: %w", transfer.ErrCredentials, err)
	case errors.Is(err, synapse.ErrForbidden):
		return "", fmt.Errorf("%w: %w", transfer.ErrDenied, err)
	case errors.Is(err, synapse.ErrNotFound):
		return "", fmt.Errorf("%w: %w", transfer.ErrNotFound, err)
	}
	return u, err
}

// joined adds what the run works with: every object is read where it lies,
// and what comes to the destination is written there.
func (j *projectJob) joined(s stores, o opener) stores {
	web := objectstore.NewDownloads(downloadURLs{o.client}, objectstore.WebOptions{
		AllowPlainHTTP: o.allowHTTP, RangeConcurrency: o.run.partConcurrency, Logger: o.logger, Roots: s.roots,
	})
	router := objectstore.NewRouter(objectstore.Routes{
		Bucket: s.buckets.store, Downloads: web, Destination: s.destination,
		DestinationBucket: s.dest.Bucket, BaseKey: s.dest.BaseKey,
		Options: objectstore.MoverOptions{Logger: o.logger},
	})
	s.copier, s.reader, s.own = router, router, router
	return s
}
