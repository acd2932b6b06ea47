package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/objectstore/directory"
	"synapse-migrate/migrate/verify"
	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/planner"
	"synapse-migrate/reports"
	"synapse-migrate/synapse"
)

const verifyHelp = `Compares the destination with the plan: a second look, which reads nothing of
what a run has recorded of itself, and changes nothing. It goes through the
destination in Synapse and compares path, versions with their labels and comments,
size, MD5, storage location, bucket, key, the file name and content type of the
file handle, annotations (names, types and values), descriptions and provenance;
and looks at each object, with the folder's read_only credentials: that it is
there, has its size, and has the content of its source. Of a file that was
replaced, it looks at the earlier versions that were kept, too. --read reads
objects back and hashes them, and the files of a directory (migrate local), too.

A file matches only where something proves its content: an MD5 or a checksum that
S3 holds, an ETag that is one or that of the plan, the record of its source that
an object carries since it was written, or reading it. The MD5 of a file handle
proves nothing by itself: Synapse never looks at it. What nothing proves is unknown,
and the exit code 3: --read all finds out, where the plan knows enough of the source.

Each item of the plan gets a verdict: match, differs (and in what), missing,
unknown (and why), or left-out, as the plan said. What is there beyond the plan is
extra. What people have added to files of a bucket's plan since, such as
annotations, is no difference. The provenance of a file that was moved is its own,
and is not compared.

Objects below the base key that no file in the folder refers to, in any of its
versions, are unregistered: whoever gets credentials for the folder can read them.
Not counted are owner.txt, what stands for directories, what the plan is to write,
and what a project's own files refer to. A file in the trash, or in another folder of
the same storage, may refer to one still. Where the objects can't all be listed, a
line says so, and is unknown.

A destination that something else filled is compared with its source by way of a
plan that is made and not carried out:

  migrate bucket s3://BUCKET/PREFIX --to synID --dry-run --run check.migrate
  migrate verify --run check.migrate --read all

What such a plan leaves out since it is there already, or since a file with other
content is there, is compared like the rest: size, place, object, ETag where both
are of one kind, and what else travels with a project's file. A plan that was made
before the destination was filled knows more: each key, MD5, file name and content
type.

text  what is not as planned, and the numbers
csv   a row for each item, folder, extra entity and unregistered object; the
      SHA-256 that is printed is the file's
json  the same in lines; the last one has the numbers and the SHA-256 of those
      before it

It takes one call of Synapse for each file, two for each older version, and one for
each 50 children: 1,023 for 1,000 files in 10 folders, with 1,000 requests of S3 and
one for each 1,000 objects below the base key, and 1,000 more where all are read. Where
objects are found that no version refers to which was compared, it asks for the others
and for the extra files, too: one call each.

` + checkCodesHelp

// verifyCommand is migrate verify with its flags.
type verifyCommand struct {
	env    environment
	common commonFlags
	run    runFlags

	runFile, read, format, output string
	seed                          uint64
	allowExtra                    bool
}

func newVerify(env environment) *cobra.Command {
	c := &verifyCommand{env: env}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare the destination with the plan: Synapse, S3, and the bytes if asked to",
		Long:  verifyHelp,
		Example: `  migrate verify
  migrate verify --read all --format json --output evidence.jsonl
  migrate verify --read sample=200 --seed 7`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilStopped(cmd.Context())
			defer stop()
			return c.execute(ctx)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.runFile, "run", "", "run `file` (default: the only one in this directory)")
	flags.StringVar(&c.read, "read", "none", "objects to read back and hash: all, none or sample=N")
	flags.Uint64Var(&c.seed, "seed", 0,
		"`number` that chooses the sample; the same one chooses the same (default: any, which is printed)")
	flags.StringVar(&c.format, "format", reports.EvidenceFormats()[0], oneOf(reports.EvidenceFormats()))
	flags.StringVar(&c.output, "output", "", "write the evidence to a `file` (mode 0600) instead of standard output")
	flags.BoolVar(&c.allowExtra, "allow-extra", false,
		"don't take what is extra or unregistered for wrong; it is listed all the same")
	flags.IntVar(&c.run.workers, "workers", 0, "files looked at at once (default 16)")
	flags.IntVar(&c.run.partConcurrency, "part-concurrency", 0, "ranges of one object read at once (default 4)")
	addBudgetFlags(cmd, &c.run)
	flags.BoolVar(&c.run.noProgress, "no-progress", false, "show no progress")
	c.common.add(cmd)
	return cmd
}

// addBudgetFlags adds the flags of the call budget alone.
func addBudgetFlags(cmd *cobra.Command, run *runFlags) {
	cmd.Flags().IntVar(&run.synapseRate, "synapse-rate", synapse.DefaultRequests,
		"Synapse calls begun in any 60 seconds; Synapse refuses more than 600")
	cmd.Flags().IntVar(&run.synapseConcurrency, "synapse-concurrency", synapse.DefaultInFlight,
		"Synapse calls in flight; Synapse refuses more than 3")
}

// reading is --read with its seed.
func (c *verifyCommand) reading() (verify.Reading, error) {
	reading, err := verify.ParseReading(c.read)
	if err != nil {
		return reading, usagef("--read %v", err)
	}
	if reading.Seed = c.seed; reading.Seed == 0 {
		reading.Seed = rand.Uint64()
	}
	return reading, nil
}

// check refuses a wrong command line.
func (c *verifyCommand) check() error {
	if err := c.run.check(); err != nil {
		return err
	}
	return choices{{"format", c.format, reports.EvidenceFormats()}}.check()
}

func (c *verifyCommand) execute(ctx context.Context) error {
	reading, err := c.reading()
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return err
	}
	log, done, err := c.common.logger(c.env)
	if err != nil {
		return err
	}
	defer done()
	file, path, err := readRunFile(ctx, c.runFile)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := file.Check(ctx); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return c.verified(ctx, file, path, reading, log)
}

// verified verifies, writes the evidence, and says with which code to exit.
func (c *verifyCommand) verified(
	ctx context.Context, file *checkpoint.File, path string, reading verify.Reading, log zerolog.Logger,
) error {
	plan, err := file.Plan(ctx)
	if err != nil {
		return err
	}
	s, err := connect(ctx, c.env, c.common, c.run, log)
	if err != nil {
		return err
	}
	if err := binding.Synapse(path, plan.Header, s.synapseURL, s.me); err != nil {
		return err
	}
	objects, err := c.objects(ctx, s, path, plan.Header)
	if err != nil {
		return err
	}
	subject := reports.Subject{Plan: plan, Read: c.read, AllowExtra: c.allowExtra}
	deps := verify.Deps{
		Header: plan.Header, Active: plan.Totals.Active(), Plan: file, Synapse: s.client, Objects: objects,
	}
	if deps.Source, err = c.sourceFiles(plan.Header.Source, reading, objects); err != nil {
		return err
	}
	options := verify.Options{Read: reading, Workers: c.run.workers, Progress: c.progress(plan)}
	summary, digest, err := c.evidence(ctx, subject, options, deps)
	if ctx.Err() != nil {
		return &exitError{code: exitInterrupted,
			err:  errors.New("interrupted; nothing was changed, and the comparison is not complete"),
			hint: "give the same command again; it starts over"}
	}
	if err != nil {
		return err
	}
	to := c.env.stdout
	if c.output == "" && c.format != "text" {
		to = c.env.stderr
	}
	if err := reports.VerifyText(to, subject, summary, digest); err != nil {
		return err
	}
	if summary.Wrong(c.allowExtra) {
		return c.wrong(summary)
	}
	return nil
}

// wrong is what is said where something is wrong. What is only unknown may well
// be as planned.
func (c *verifyCommand) wrong(s verify.Summary) *exitError {
	known := verify.Summary{Verdicts: maps.Clone(s.Verdicts)}
	delete(known.Verdicts, verify.VerdictUnknown)
	e := &exitError{code: exitIncomplete, err: errors.New("the destination is not as planned")}
	isUnknown := !known.Wrong(c.allowExtra)
	if isUnknown {
		n := planner.Plural(s.Verdicts[verify.VerdictUnknown], "entry", "entries")
		e.err = fmt.Errorf("%s could not be compared; nothing else is wrong", n)
	}
	switch {
	case isUnknown && c.output != "":
		e.hint = c.output + " says why"
	case isUnknown:
		e.hint = "the lines above say why; --read all reads what nothing else proves"
	case c.output != "":
		e.hint = c.output + " says what; migrate status says what is still to do"
	default:
		e.hint = "what is missing may still be to do: see migrate status; " +
			"--format csv --output FILE keeps the result for each item"
	}
	return e
}

// evidence runs the verification and writes what it finds.
func (c *verifyCommand) evidence(
	ctx context.Context, subject reports.Subject, o verify.Options, d verify.Deps,
) (summary verify.Summary, digest string, err error) {
	write := func(w io.Writer) error {
		e, err := reports.NewEvidence(w, c.format, subject)
		if err != nil {
			return err
		}
		if summary, err = verify.Run(ctx, o, d, e.Row); err != nil {
			return err
		}
		digest, err = e.Close(summary, time.Now())
		return err
	}
	if c.output != "" {
		err = wholefile.Write(c.output, wholefile.Options{}, write)
	} else {
		err = write(c.env.stdout)
	}
	return summary, digest, err
}

// objects reaches the destination's bucket with the folder's read_only
// credentials.
func (c *verifyCommand) objects(
	ctx context.Context, s *session, path string, h planner.Header,
) (folderObjects, error) {
	target := targetFlagsOf(h.Arguments)
	conf, err := readConfig(target.config)
	if err != nil {
		return folderObjects{}, err
	}
	o, err := newOpener(c.env, c.common, c.run, &target, s, conf)
	if err != nil {
		return folderObjects{}, err
	}
	opened, err := o.FolderReader(ctx, h.Destination)
	if err != nil {
		return folderObjects{}, fmt.Errorf("destination: %w", err)
	}
	if err := binding.Destination(path, h, opened.Way.Endpoint); err != nil {
		return folderObjects{}, err
	}
	mover := objectstore.NewMover(opened.Store, opened.Store, objectstore.MoverOptions{Logger: s.logger})
	return folderObjects{opened.Store, mover}, nil
}

// sourceFiles reads the files of a directory again, where objects are read; nil
// for other sources.
func (c *verifyCommand) sourceFiles(
	src planner.Source, reading verify.Reading, objects folderObjects,
) (verify.SourceFiles, error) {
	if src.Directory == nil || !reading.All && reading.Sample == 0 {
		return nil, nil
	}
	d, err := directory.Open(src.Directory.Path)
	if err != nil {
		return nil, hinted(fmt.Errorf("reading the source again: %w", err),
			"verify where the directory is, or without --read")
	}
	return objectstore.NewMover(d, objects.Store, objectstore.MoverOptions{}), nil
}

// folderObjects are the objects of a folder.
type folderObjects struct {
	*objectstore.Store
	mover *objectstore.Mover
}

// Hash reads an object.
func (f folderObjects) Hash(ctx context.Context, o planner.Object, progress func(int64)) (string, error) {
	return f.mover.Hash(ctx, o, progress)
}

// progressPause is how often progress is shown.
const progressPause = 500 * time.Millisecond

// progress shows on a terminal how far the verification is.
func (c *verifyCommand) progress(plan planner.Plan) func(verify.Row) {
	if c.run.noProgress || !isTerminal(c.env.stderr) {
		return nil
	}
	var items, wrong int64
	var last time.Time
	return func(r verify.Row) {
		if r.ItemID > 0 {
			items++
		}
		if r.Verdict != verify.VerdictMatch && r.Verdict != verify.VerdictLeftOut {
			wrong++
		}
		if now := time.Now(); now.Sub(last) > progressPause {
			last = now
			_, _ = fmt.Fprintf(c.env.stderr, "\r\x1b[K%d of %d compared, %d not as planned\r", items, plan.Totals.Items, wrong)
		}
	}
}
