package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/clean"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

const cleanHelp = `Finds multipart uploads that were begun below the destination's base key and
never finished, shows them, asks, and aborts them. S3 charges for their parts, and
no listing of objects shows them. Objects are never touched.

It knows those of the run file, which must not be in use: a run that is resumed
later begins these objects anew. All others below the base key it can only see
where S3 lets it list uploads. The folder's temporary credentials may not, if the
folder has a base key; your own AWS credentials may, if they are the bucket
owner's. Of those, only what is older than --older-than is taken, since it may
belong to a program that is at work. Uploads of other run files in the same
directory are left alone.

When S3 begins an upload and its answer is lost, the run file knows the item and
the time, but not the upload. One of that key that began since then is shown as
probably of this item. --unanswered takes it whatever its age: be sure first that
no other program brings objects to the same place, whose upload it could be.

What it can't see: uploads in Synapse's own bucket, and those that Synapse makes
in yours; Synapse ends these by itself. Some servers other than AWS (MinIO) list
uploads only by whole keys, and then those of unknown origin stay hidden. A
lifecycle rule (AbortIncompleteMultipartUpload) on the bucket finds all of them.

Exit codes:
  0    all aborted, or nothing to abort (or, for a dry run: shown)
  1    could not look, or nothing was aborted
  2    wrong usage
  3    some could not be aborted
  130  interrupted; the same command goes on`

// cleanCommand is migrate clean with its flags.
type cleanCommand struct {
	env       environment
	common    commonFlags
	runFile   string
	profile   string
	olderThan time.Duration
	// unanswered takes young uploads that are probably of this run.
	unanswered bool
	dryRun     bool
	yes        bool
}

func newClean(env environment) *cobra.Command {
	c := &cleanCommand{env: env}
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Abort multipart uploads that runs have left behind",
		Long:  cleanHelp,
		Example: `  migrate clean --dry-run
  migrate clean --older-than 72h --profile bucket-owner`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := untilStopped(cmd.Context())
			defer stop()
			err := c.execute(ctx)
			if ctx.Err() != nil {
				return &exitError{code: exitInterrupted, err: errors.New("interrupted"),
					hint: "give the same command again to abort the rest"}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.runFile, "run", "", "run `file` (default: the only one in this directory)")
	flags.StringVar(&c.profile, "profile", "", "AWS `profile` that lists uploads where the folder's credentials may not")
	flags.DurationVar(&c.olderThan, "older-than", 24*time.Hour,
		"take uploads of unknown origin only when they are older than `duration`")
	flags.BoolVar(&c.unanswered, "unanswered", false,
		"take uploads that are probably of this run, whatever their age")
	flags.BoolVar(&c.dryRun, "dry-run", false, "show what would be aborted, and change nothing")
	flags.BoolVar(&c.yes, "yes", false, "don't ask; required without a terminal")
	c.common.add(cmd)
	return cmd
}

func (c *cleanCommand) execute(ctx context.Context) error {
	if c.olderThan < 0 {
		return usagef("--older-than %s: must not be negative", c.olderThan)
	}
	log, done, err := c.common.logger(c.env)
	if err != nil {
		return err
	}
	defer done()
	path, err := findRunFile(c.runFile)
	if err != nil {
		return err
	}
	// Locked from the first look to the last abort: no run may take up an
	// upload meanwhile.
	file, err := openOwn(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return c.clean(ctx, file, path, log)
}

// clean finds, shows, asks and aborts.
func (c *cleanCommand) clean(ctx context.Context, file *checkpoint.File, path string, log zerolog.Logger) error {
	header, err := file.Header(ctx)
	if err != nil {
		return err
	}
	if header.Destination.Managed {
		say(c.env.stderr, "%s is in Synapse's own bucket: Synapse ends uploads there by itself", header.Destination.FolderID)
		return nil
	}
	run := runFlags{synapseRate: synapse.DefaultRequests, synapseConcurrency: synapse.DefaultInFlight}
	s, err := connect(ctx, c.env, c.common, run, log)
	if err != nil {
		return err
	}
	if err := binding.Synapse(path, header, s.synapseURL, s.me); err != nil {
		return err
	}
	f, err := c.finder(ctx, s, file, path, header)
	if err != nil {
		return err
	}
	found, err := f.Find(ctx)
	if err != nil {
		return err
	}
	c.show(header.Destination, found)
	switch {
	case len(found.Uploads) == 0, c.dryRun:
		return nil
	}
	if err := c.ask(ctx, len(found.Uploads)); err != nil {
		return err
	}
	return c.abort(ctx, f, found.Uploads)
}

// finder reaches the destination as the plan says.
func (c *cleanCommand) finder(
	ctx context.Context, s *session, file *checkpoint.File, path string, h planner.Header,
) (*clean.Finder, error) {
	target := targetFlagsOf(h.Arguments)
	target.profile = cmp.Or(c.profile, target.profile)
	conf, err := readConfig(target.config)
	if err != nil {
		return nil, err
	}
	o, err := newOpener(c.env, c.common, runFlags{}, &target, s, conf)
	if err != nil {
		return nil, err
	}
	own, err := o.Own(ctx)
	if err != nil && (c.profile != "" || target.destCredentials == destSource) {
		return nil, err
	}
	written, err := o.Destination(ctx, own, h.Destination)
	if err != nil {
		return nil, err
	}
	if err := binding.Destination(path, h, written.Endpoint); err != nil {
		return nil, err
	}
	f := &clean.Finder{
		RunFile: file, Destination: h.Destination, Store: written.Store, Before: time.Now().Add(-c.olderThan),
		Unanswered: c.unanswered,
	}
	if own.Credentials != nil {
		opened, err := o.OwnDestination(ctx, own, h.Destination)
		if err != nil {
			return nil, err
		}
		f.Owner = opened.Store
	}
	f.Others, err = clean.Others(ctx, path, runSuffix)
	return f, err
}

// show lists what was found.
func (c *cleanCommand) show(dest planner.Destination, found clean.Found) {
	if found.Unseen != nil {
		say(c.env.stderr, "note: uploads of unknown origin can't be seen: %v; "+
			"--profile names credentials of the bucket's owner, who may list them", found.Unseen)
	}
	var total int64
	for _, u := range found.Uploads {
		started, origin := "time unknown", "unknown origin"
		if !u.StartedOn.IsZero() {
			started = u.StartedOn.UTC().Format(time.RFC3339)
		}
		if u.ItemID > 0 {
			origin = fmt.Sprintf("item %d of this run", u.ItemID)
		}
		if u.Probable {
			origin = fmt.Sprintf("probably item %d of this run, whose answer was lost", u.ItemID)
		}
		total += u.SizeBytes
		_, _ = fmt.Fprintf(c.env.stdout, "%-20s  %10s  %-20s  %s\n",
			started, humanize.IBytes(uint64(u.SizeBytes)), origin, shown("s3://"+dest.Bucket+"/"+u.Key))
	}
	_, _ = fmt.Fprintf(c.env.stdout, "%d multipart uploads left behind, %s in finished parts\n",
		len(found.Uploads), humanize.IBytes(uint64(total)))
	if found.Kept > 0 {
		say(c.env.stderr, "note: %d more are younger than --older-than or belong to other run files here; "+
			"they are left alone", found.Kept)
	}
	if found.Unanswered > 0 {
		say(c.env.stderr, "note: %d of these are probably of this run, which got no answer when it began them; "+
			"--unanswered takes them, too, if no other program brings objects here", found.Unanswered)
	}
	if found.Synapse > 0 {
		say(c.env.stderr, "note: %d of this run are Synapse's own; Synapse ends them by itself", found.Synapse)
	}
}

// abort aborts all, and says of each that can't be why.
func (c *cleanCommand) abort(ctx context.Context, f *clean.Finder, uploads []clean.Upload) error {
	failed := 0
	err := f.Abort(ctx, uploads, func(err error) {
		failed++
		say(c.env.stderr, "not aborted: %v", err)
	})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.env.stdout, "%d aborted\n", len(uploads)-failed)
	if failed > 0 {
		return &exitError{code: exitIncomplete, err: fmt.Errorf("%d uploads could not be aborted", failed)}
	}
	return nil
}

// ask wants a yes on the terminal.
func (c *cleanCommand) ask(ctx context.Context, n int) error {
	if c.yes {
		return nil
	}
	if !isTerminal(c.env.stdin) || !isTerminal(c.env.stderr) {
		return &exitError{code: exitUsage, err: errors.New("there is no terminal to ask on"),
			hint: "--yes aborts without asking"}
	}
	_, _ = fmt.Fprintf(c.env.stderr, "Abort %d multipart uploads? Type yes to continue: ", n)
	select {
	case answer := <-firstLine(c.env.stdin):
		if strings.TrimSpace(strings.ToLower(answer)) == "yes" {
			return nil
		}
		return hinted(errors.New("not confirmed, nothing was changed"), "the same command asks again")
	case <-ctx.Done():
		return ctx.Err()
	}
}
