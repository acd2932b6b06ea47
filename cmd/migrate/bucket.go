package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
)

// commandBucket is what run files call this command.
const commandBucket = "bucket"

const bucketHelp = `Plans the migration of the objects below a prefix into a Synapse folder, shows
the plan, asks, and runs it.

Paths in Synapse begin after the last slash of the prefix: with
s3://lab-data/run7/, the object run7/a/b.bam becomes the file b.bam in the
folder a; with s3://lab-data/run7, it becomes run7/a/b.bam. Objects that are
copied or streamed get the same path below the destination's base key.

` + runsHelp + exitCodesHelp

// runsHelp is what all commands that migrate say of plans and runs.
const runsHelp = `--dry-run stops after the plan, and has changed nothing in Synapse or S3. The
same command without it uses the same plan: nothing is listed twice.

The plan and the state of the run are kept in a run file (--run, by default
named after the destination, in the working directory). Give the same command
again to go on after an interruption; with other arguments it is refused.
The run file holds no secret.

Ctrl-C once lets what is in flight end; twice quits at once. Both are safe.

`

// bucketJob migrates the objects of a bucket.
type bucketJob struct {
	flags bucketFlags
	// requesterPays is what the flags and the configuration say together.
	requesterPays bool
}

func newBucket(env environment) *cobra.Command {
	j := &bucketJob{}
	m := &migration{env: env, job: j, target: &j.flags.targetFlags}
	cmd := &cobra.Command{
		Use:   "bucket s3://BUCKET[/PREFIX] --to synID",
		Short: "Migrate the objects of a bucket, or of a part of one",
		Long:  bucketHelp,
		Example: `  migrate bucket s3://lab-data/run7/ --to syn123 --dry-run
  migrate bucket s3://lab-data/run7/ --to syn123 --profile lab --yes
  migrate bucket s3://lab-data/run7/ --to syn123 --dest-credentials source   # server-side copies
  migrate bucket s3://lab-data/ --to syn123 --names replace --shard-folders`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("want one source, such as s3://lab-data/run7/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.flags.source = args[0]
			return m.execute(cmd.Context())
		},
	}
	j.flags.add(cmd)
	m.flags(cmd)
	return cmd
}

func (j *bucketJob) check() error { return j.flags.check() }

func (j *bucketJob) arguments() map[string]string { return j.flags.arguments() }

// survey looks at the destination; the source shows when it is listed.
func (j *bucketJob) survey(ctx context.Context, o opener) (prospect, error) {
	source, err := parseSource(j.flags.source)
	if err != nil {
		return prospect{}, err
	}
	return o.survey(ctx, j.options(o.run), source)
}

// open decides who reads and who writes.
func (j *bucketJob) open(ctx context.Context, o opener, src planner.Source, dest planner.Destination) (stores, error) {
	reader, err := o.SourceBucket(ctx, src, dest, j.flags.override(o.target.profile))
	if err != nil {
		return stores{}, fmt.Errorf("source: %w", err)
	}
	j.requesterPays = reader.RequesterPays
	source, err := o.Open(ctx, reader)
	if err != nil {
		return stores{}, fmt.Errorf("source: %w", err)
	}
	src.Credentials, src.Endpoint, src.Region = reader.Name(), reader.Endpoint, source.Region
	o.WarnOfRegion(ctx, reader, reader.Rule.Credentials.Kind, src.Region)
	d, err := o.Destination(ctx, reader.Principal, dest)
	if err != nil {
		return stores{}, err
	}
	s := o.stores(ctx, src, d)
	s.source = source.Store
	if s.destination == nil {
		s.destination = source.Store
	}
	mover := objectstore.NewMover(s.source, s.destination, objectstore.MoverOptions{Logger: o.logger})
	s.mover, s.reader = mover, mover
	s.calls = func() int64 { return access.Calls(s.source, s.destination) }
	return s, nil
}

// probes are the way into the source's bucket, and what reads it.
func (j *bucketJob) probes(
	ctx context.Context, o opener, plan planner.Plan, _ *checkpoint.File,
) ([]access.Probe, access.Principal, error) {
	p := o.ProbeSource(ctx, plan.Header.Source, plan.Header.Destination, j.flags.override(o.target.profile))
	return []access.Probe{p}, p.Principal, nil
}

// options are the planner's.
func (j *bucketJob) options(run runFlags) planner.Options {
	o := j.flags.options(run)
	o.MD5MetadataKey, o.RequesterPays = j.flags.md5MetadataKey, j.requesterPays
	return o
}

// plan lists the source from where listing was left, and seals the plan.
func (j *bucketJob) plan(ctx context.Context, d draft) (planner.Plan, error) {
	s := d.stores
	b := listing.Planner{
		Header: d.header, Facts: d.prospect.facts, Options: j.options(d.run),
		Source: listing.NotEmpty{Lister: s.source, Prefix: d.header.Source.Prefix}, Examine: s.source, Existing: s.contents,
		Store: d.file, Reviewer: d.file, Observer: d.progress,
	}
	if s.canWrite {
		b.Destination, b.DestinationHead = s.destination, s.destination
		if !access.InFolder(d.header.Source, d.header.Destination) {
			b.CopyProbe = s.destination
		}
	}
	return b.Plan(ctx)
}

// bucketFlags shape the plan of a bucket.
type bucketFlags struct {
	listedFlags

	source         string
	requesterPays  bool
	md5MetadataKey string
	sourceEndpoint string
	sourceRegion   string
}

func (f *bucketFlags) add(cmd *cobra.Command) {
	f.listedFlags.add(cmd, "register, copy, stream or upload", "key segments", "object")
	flags := cmd.Flags()
	flags.BoolVar(&f.requesterPays, "request-payer", false, "pay for requests to the source's bucket")
	flags.StringVar(&f.md5MetadataKey, "md5-metadata-key", "",
		"user metadata `key` that holds an object's MD5; you vouch for it")
	flags.StringVar(&f.sourceEndpoint, "source-endpoint-url", "", "S3 `URL` of the source, when it is not AWS")
	flags.StringVar(&f.sourceRegion, "source-region", "", "AWS `region` of the source's bucket (default: asked for)")
}

// arguments is what the run file remembers of the flags.
func (f *bucketFlags) arguments() map[string]string {
	a := f.listedFlags.arguments(commandBucket, f.source)
	a["request-payer"] = strconv.FormatBool(f.requesterPays)
	a["md5-metadata-key"] = f.md5MetadataKey
	a["source-endpoint-url"], a["source-region"] = f.sourceEndpoint, f.sourceRegion
	return a
}

// bucketFlagsOf is the reverse of arguments.
func bucketFlagsOf(a map[string]string) bucketFlags {
	return bucketFlags{
		listedFlags: listedFlagsOf(a), source: a[binding.Source],
		requesterPays: yes(a, "request-payer"), md5MetadataKey: a["md5-metadata-key"],
		sourceEndpoint: a["source-endpoint-url"], sourceRegion: a["source-region"],
	}
}

// override is what the flags say of the source's bucket.
func (f *bucketFlags) override(profile string) access.Override {
	return access.Override{
		Profile: profile, Endpoint: f.sourceEndpoint, Region: f.sourceRegion, RequesterPays: f.requesterPays,
	}
}

// check refuses values that no flag can have.
func (f *bucketFlags) check() error {
	if _, err := parseSource(f.source); err != nil {
		return err
	}
	return f.listedFlags.check(func(t planner.Traits) bool { return !t.ProjectOnly })
}

// parseSource reads s3://BUCKET[/PREFIX]; for the bucket may stand the ARN of
// an access point.
func parseSource(text string) (planner.Source, error) {
	rest, found := strings.CutPrefix(text, "s3://")
	if !found || rest == "" || rest[0] == '/' {
		return planner.Source{}, usagef("source %q: want s3://BUCKET or s3://BUCKET/PREFIX", text)
	}
	bucket, prefix, err := config.SplitBucket(rest)
	if err != nil {
		return planner.Source{}, usagef("source %q: %w", text, err)
	}
	return planner.Source{Bucket: bucket, Prefix: prefix}, nil
}
