package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
)

// urlsJob migrates what a list of URLs leads to.
type urlsJob struct {
	flags     foreignFlags
	file      string
	allowHTTP bool
	list      *listing.URLList
	web       *objectstore.Web
}

// check reads the list, since it belongs to the command line: the run file
// knows it by its digest.
func (j *urlsJob) check() error {
	if err := j.flags.check(); err != nil || j.list != nil {
		return err
	}
	// The file stays open until the program ends: URLs are read from it as
	// they are needed.
	f, err := os.Open(j.file)
	if err != nil {
		return usagef("reading the list: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err == nil {
		j.list, err = listing.ReadURLList(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return usagef("%q: %w", j.file, err)
	}
	return nil
}

// arguments has the list's digest in the place of its name: another file with
// the same list, signed anew, goes on with the run.
func (j *urlsJob) arguments() map[string]string {
	return j.flags.arguments(commandURLs, fmt.Sprintf("list of %d URLs with the digest %.16s",
		j.list.Rows(), j.list.Digest()))
}

// survey looks at the destination.
func (j *urlsJob) survey(ctx context.Context, o opener) (prospect, error) {
	return surveyFor(ctx, o, j.flags, planner.Source{
		URLs: &planner.URLSource{
			Path: j.file, Rows: j.list.Rows(), Digest: j.list.Digest(),
		},
		Credentials: "the URLs of the list",
	})
}

// open decides who writes.
func (j *urlsJob) open(
	ctx context.Context, o opener, src planner.Source, dest planner.Destination,
) (stores, error) {
	j.web = objectstore.NewURLs(j.list.URL, objectstore.WebOptions{
		AllowPlainHTTP: j.allowHTTP, RangeConcurrency: o.run.partConcurrency, Logger: o.logger,
		Roots:   o.Roots(ctx),
		Vouched: j.list.Vouches,
	})
	return openFor(ctx, o, j.web, src, dest)
}

// probes are none: no credentials read URLs.
func (j *urlsJob) probes(
	context.Context, opener, planner.Plan, *checkpoint.File,
) ([]access.Probe, access.Principal, error) {
	return nil, access.Principal{}, nil
}

// plan looks at the URLs from where that was left, and seals the plan.
func (j *urlsJob) plan(ctx context.Context, d draft) (planner.Plan, error) {
	size, err := d.run.partSizeBytes()
	if err != nil {
		return planner.Plan{}, err
	}
	return planFor(ctx, d, j.flags, j.list, objectstore.URLList{
		Web: j.web, Expected: j.list.Expected, WholeBytes: objectstore.WholeBytes(size),
	}, listing.ErrEmpty)
}
