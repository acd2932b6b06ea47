package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
)

// commandURLs is what run files call this command.
const commandURLs = "urls"

const urlsHelp = `Plans the migration of what a list of URLs leads to into a Synapse folder, shows
the plan, asks, and runs it. The URLs may be public, or presigned for GET.

FILE is CSV or TSV with the columns url, path, size, md5, in this order or in
that of a header, or has one JSON object with these keys in each line. Size and
MD5 may be missing; the MD5 is compared with the bytes. The path is the file's
way below the destination folder, such as run7/a.bam.

The queries of URLs are secrets, and stay in FILE alone: run file, reports and
logs have URLs without them. To go on after an interruption, give FILE again;
its URLs may have been signed anew meanwhile, and then --retry-failed tries
again what failed with the old ones.

A server must say how large a file is, unless the list does, and large files
need one that gives ranges. Paths are held in memory: about 100 bytes a row.

` + runsHelp + exitCodesHelp

func newURLs(env environment) *cobra.Command {
	j := &urlsJob{}
	m := &migration{env: env, job: j, target: &j.flags.targetFlags}
	cmd := &cobra.Command{
		Use:   "urls FILE --to synID",
		Short: "Migrate what a list of public or presigned URLs leads to",
		Long:  urlsHelp,
		Example: `  migrate urls files.csv --to syn123 --dry-run
  migrate urls files.jsonl --to syn123 --yes
  migrate urls signed-anew.csv --to syn123 --retry-failed --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usagef("want one source: a file with URLs and paths")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.file, j.allowHTTP = args[0], m.common.allowHTTP
			return m.execute(cmd.Context())
		},
	}
	j.flags.add(cmd)
	m.flags(cmd)
	cmd.Flags().BoolVar(&m.retryFailed, "retry-failed", false, "try the files that failed once more")
	return cmd
}

// errListWanted is what migrate resume says of a run of migrate urls.
var errListWanted = hinted(errors.New(
	"the run file was made by migrate urls, and holds no URLs because they may be secrets"),
	"give the list again, with fresh URLs if needed: migrate urls FILE --to synID --run FILE")

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
	return o.survey(ctx, j.flags.options(o.run), planner.Source{
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
