package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// stores are the two ways into S3. For a managed destination there is no
// way to write, and destination is the source's.
type stores struct {
	source, destination *objectstore.Store
	mover               *objectstore.Mover
	// src and dest are what the header says of the two ends.
	src  planner.Source
	dest planner.Destination
	// contents tells what a destination holds already.
	contents planner.Contents
	// canWrite is false where Synapse alone writes.
	canWrite bool
}

// opener makes stores; its fields stay the same for both ends.
type opener struct {
	*session
	env       environment
	flags     planFlags
	run       runFlags
	allowHTTP bool
}

// inFolder reports whether all of the source lies below the destination's
// base key, where the folder's own credentials can read it.
func inFolder(src planner.Source, dest planner.Destination) bool {
	return src.Bucket == dest.Bucket &&
		(dest.BaseKey == "" || strings.HasPrefix(src.Prefix, dest.BaseKey+"/"))
}

// open decides who reads and who writes, finds the regions, and makes the
// stores. Nothing is written.
func (o opener) open(ctx context.Context, src planner.Source, dest planner.Destination) (stores, error) {
	opts := credentials.Options{Logger: o.logger}
	own, region, err := credentials.Default(ctx, o.flags.profile, "", opts)
	if err != nil {
		return stores{}, err
	}
	permission := synapse.STSReadWrite
	if dest.Managed {
		permission = synapse.STSReadOnly
	}
	folder := credentials.NewRenewing("Synapse's temporary credentials for "+dest.FolderID,
		credentials.Synapse(o.client, dest.FolderID, permission), opts)
	reader, writer := own, folder
	if inFolder(src, dest) && o.flags.profile == "" && o.flags.destCredentials == destSynapse {
		reader = folder
	}
	if o.flags.destCredentials == destSource {
		writer = own
	}
	s := stores{src: src, dest: dest, contents: o.client, canWrite: !dest.Managed}
	s.src.Credentials = reader.Name()
	s.src.Endpoint, s.src.Region = o.endpoint(o.flags.sourceEndpoint), o.flags.sourceRegion
	s.source, err = o.store(ctx, reader, src.Bucket, s.src.Endpoint, &s.src.Region, region, o.flags.requesterPays)
	if err != nil {
		return stores{}, fmt.Errorf("source: %w", err)
	}
	s.destination = s.source
	s.dest.Credentials = "Synapse's upload"
	if s.canWrite {
		s.dest.Credentials = writer.Name()
		s.dest.Endpoint, s.dest.Region = o.endpoint(o.flags.destEndpoint), o.flags.destRegion
		s.destination, err = o.store(ctx, writer, dest.Bucket, s.dest.Endpoint, &s.dest.Region, region, false)
		if err != nil {
			return stores{}, fmt.Errorf("destination: %w", err)
		}
	}
	s.mover = objectstore.NewMover(s.source, s.destination, objectstore.MoverOptions{Logger: o.logger})
	return s, nil
}

// endpoint is the S3 to talk to: the flag's, that of the AWS tools'
// environment, or AWS (empty).
func (o opener) endpoint(flag string) string {
	for _, e := range []string{flag, o.env.getenv("AWS_ENDPOINT_URL_S3"), o.env.getenv("AWS_ENDPOINT_URL")} {
		if e != "" {
			return e
		}
	}
	return ""
}

// store makes a Store for one bucket. An empty region is asked for; home is
// what is used where S3 doesn't say.
func (o opener) store(ctx context.Context, p aws.CredentialsProvider, bucket, endpoint string, region *string, home string, pays bool) (*objectstore.Store, error) {
	if err := o.checkTLS(endpoint); err != nil {
		return nil, err
	}
	size, err := o.run.partSizeBytes()
	if err != nil {
		return nil, err
	}
	options := objectstore.Options{
		Credentials: p, Region: *region, Endpoint: endpoint, PathStyle: endpoint != "",
		RequesterPays: pays, PartSizeBytes: size, PartConcurrency: o.run.partConcurrency,
		Logger: o.logger,
	}
	if options.Region == "" {
		options.Region = home
		asked, err := objectstore.New(options)
		if err != nil {
			return nil, err
		}
		// A bucket that doesn't say where it is may still be listed; if it
		// can't be, the listing's own error says more.
		if found, err := asked.Region(ctx, bucket); err == nil && found != "" {
			options.Region = found
		}
	}
	*region = options.Region
	return objectstore.New(options)
}

// checkTLS refuses plain HTTP to anything but this machine.
func (o opener) checkTLS(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" || o.allowHTTP {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return hinted(fmt.Errorf("S3 endpoint %s is not https", endpoint),
		"--allow-plain-http sends data and temporary credentials in the clear")
}

// calls counts the requests that were sent to S3, retries included.
func (s stores) calls() (total int64) {
	count := func(store *objectstore.Store) {
		for _, n := range store.Counters().Calls {
			total += n
		}
	}
	count(s.source)
	if s.destination != s.source {
		count(s.destination)
	}
	return total
}
