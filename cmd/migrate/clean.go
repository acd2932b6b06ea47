package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/checkpoint"
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
	dryRun    bool
	yes       bool
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
					hint: "give the same command again for what is left"}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.runFile, "run", "", "run `file` (default: the only one in this directory)")
	flags.StringVar(&c.profile, "profile", "", "AWS `profile` that lists uploads where the folder's credentials may not")
	flags.DurationVar(&c.olderThan, "older-than", 24*time.Hour,
		"take uploads of unknown origin only when they are older than `duration`")
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
	if err := s.bound(path, header); err != nil {
		return err
	}
	f, err := c.finder(ctx, s, file, path, header)
	if err != nil {
		return err
	}
	if err := c.leaveOthers(ctx, f, path); err != nil {
		return err
	}
	if err := f.find(ctx); err != nil {
		return err
	}
	f.show(c.env.stdout)
	switch {
	case len(f.found) == 0, c.dryRun:
		return nil
	}
	if err := c.ask(ctx, len(f.found)); err != nil {
		return err
	}
	return f.abort(ctx, c.env.stdout)
}

// leaveOthers has the uploads of other run files of this directory left
// alone, whether or not anybody works with them. A file that can't be read
// ends it: what is in it could be in use.
func (c *cleanCommand) leaveOthers(ctx context.Context, f *uploadFinder, path string) error {
	others, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"+runSuffix))
	if err != nil {
		return err
	}
	mine, err := os.Stat(path)
	if err != nil {
		return err
	}
	for _, other := range others {
		if info, err := os.Stat(other); err != nil || os.SameFile(mine, info) {
			continue
		}
		if err := leaveThose(ctx, f, other); err != nil {
			return hinted(err, "uploads of that run could be in use; move the file away if it is none")
		}
	}
	return nil
}

// leaveThose has the uploads of one run file left alone.
func leaveThose(ctx context.Context, f *uploadFinder, path string) error {
	file, err := checkpoint.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for saved, err := range file.Uploads(ctx) {
		if err != nil {
			return err
		}
		f.others[saved.Upload.UploadID] = true
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
	_, _ = fmt.Fprintf(c.env.stderr, "Abort %d multipart uploads? Type yes to go on: ", n)
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
