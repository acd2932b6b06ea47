package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

// environment is what the program sees of the world, so that a test can
// show it another one.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, env environment, args []string) int {
	out := &output{Writer: env.stdout}
	env.stdout = out
	root := newRoot(env)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.failed
	}
	return exitCode(env.stderr, cmd, err)
}

const rootHelp = `migrate moves data in bulk into Synapse folders that have an STS storage
location, so that researchers can compute on it directly in S3.

The data comes from a bucket (migrate bucket), from a Synapse project with all
the storage behind it (migrate project), from a directory (migrate local), or
from URLs (migrate urls).

It plans first: every object, what will happen to it and why, what it costs.
Then it runs the plan, and goes on where it stopped after anything: a signal,
a crash, an expired token. Objects that already lie below the folder's base
key are registered where they are; others are copied server-side where that
is possible, streamed through this machine where it isn't, or uploaded
through Synapse.

The access token is taken from --token-file, from SYNAPSE_AUTH_TOKEN, or from
~/.synapseConfig, in this order. It needs the scopes view, download and
modify.

` + exitCodesHelp

func newRoot(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "migrate",
		Short: "Move data in bulk into Synapse folders with an STS storage location",
		Long:  rootHelp,
		Example: `  migrate bucket s3://lab-data/run7/ --to syn123 --dry-run
  migrate bucket s3://lab-data/run7/ --to syn123
  migrate project syn10 --to syn123
  migrate status`,
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		Args:                       knownCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return &exitError{code: exitUsage, err: err}
	})
	root.AddCommand(
		newBucket(env), newProject(env), newResume(env), newStatus(env), newReport(env), newCredentials(env), newFolder(env),
		newConfig(env), newRules(env), newVersion(env),
		newLocal(env), newURLs(env), newObject(env), newVerify(env), newClean(env),
	)
	return root
}

// knownCommand refuses a first word that is no command, with what it may
// have been meant to be.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := usagef("unknown command %q", args[0])
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		err = &exitError{code: exitUsage, err: err, hint: "did you mean migrate " + similar[0] + "?"}
	}
	return err
}
