package access

import (
	"context"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
)

// Bucket is a Store for one bucket, and where it turned out to reach.
type Bucket struct {
	*objectstore.Store
	// Way is how the bucket is reached.
	Way Way
	// Region is what requests are signed for; empty is us-east-1. It is known
	// to be the bucket's where RegionKnown is true: said, or answered by S3.
	Region      string
	RegionKnown bool
}

// Open makes a Store for one bucket. An error may wrap ErrPlainHTTP.
func (o *Opener) Open(ctx context.Context, w Way) (Bucket, error) {
	options, err := o.store(ctx, w)
	if err != nil {
		return Bucket{}, err
	}
	options.RequesterPays, options.ETags = w.RequesterPays, w.ETags
	options.Encryption, options.ACL = objectstore.Encryption(w.Encryption), w.ACL
	options.PartSizeBytes, options.PartConcurrency = o.options.PartSizeBytes, o.options.PartConcurrency
	known := w.Region != ""
	if !known {
		asked, err := objectstore.New(options)
		if err != nil {
			return Bucket{}, err
		}
		// A bucket that doesn't say where it is may still be listed; if it
		// can't be, the listing's own error says more.
		if found, err := asked.Region(ctx, w.Bucket); err == nil && found != "" {
			options.Region, known = found, true
		}
	}
	store, err := objectstore.New(options)
	return Bucket{Store: store, Way: w, Region: options.Region, RegionKnown: known}, err
}

// Region asks S3 where a bucket is; empty where it doesn't say.
func (o *Opener) Region(ctx context.Context, w Way) (string, error) {
	options, err := o.store(ctx, w)
	if err != nil {
		return "", err
	}
	store, err := objectstore.New(options)
	if err != nil {
		return "", err
	}
	return store.Region(ctx, w.Bucket)
}

// store is what a Store needs to ask for a bucket.
func (o *Opener) store(ctx context.Context, w Way) (objectstore.Options, error) {
	if err := checkTLS(w.Endpoint, o.options.AllowPlainHTTP); err != nil {
		return objectstore.Options{}, err
	}
	settings, err := o.settingsFor(ctx, w)
	region := w.Region
	if region == "" {
		region = w.Home.Region
	}
	return objectstore.Options{
		Credentials: w.Credentials, Region: region, Endpoint: w.Endpoint, AWS: settings,
		PathStyle: w.usesPathStyle(), Logger: o.options.Logger,
	}, err
}

// settingsFor are the settings of the AWS tools that hold for a way: those
// that go with its credentials, else those of the command's profile but for
// its endpoint.
func (o *Opener) settingsFor(ctx context.Context, w Way) (credentials.AWS, error) {
	if w.Home.Loaded() {
		return w.Home, nil
	}
	s, err := o.Settings(ctx)
	return s.Elsewhere(), err
}

// Calls counts the requests that stores sent, retries included; a store that
// is named twice counts once, and nil is none.
func Calls(all ...*objectstore.Store) (total int64) {
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
