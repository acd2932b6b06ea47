package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/synapse"
)

const folderHelp = `Makes, shows and checks the folders that migrations go into: those with an STS
storage location, for which Synapse gives out temporary AWS credentials.

A storage location is a bucket and a base key. External ones are in a bucket of
your own, which must let Synapse in; managed ones are in Synapse's bucket, where
the credentials only read.`

func newFolder(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "folder",
		Short: "Make, show and check folders with an STS storage location",
		Long:  folderHelp,
		Example: `  migrate folder create syn10/run7 --bucket lab-data --base-key run7 --apply
  migrate folder check syn123
  migrate folder list --in syn10`,
		Args: knownFolderCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFolderCreate(env), newFolderShow(env), newFolderCheck(env), newFolderList(env))
	return cmd
}

// knownFolderCommand refuses a word that is no command.
func knownFolderCommand(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unknown command %q: want folder create, show, check or list", args[0])
	}
	return nil
}

// folderSession runs something as the caller that Synapse knows.
func folderSession(
	ctx context.Context, env environment, common commonFlags, do func(context.Context, *session) error,
) error {
	log, done, err := common.logger(env)
	if err != nil {
		return err
	}
	defer done()
	run := runFlags{synapseRate: synapse.DefaultRequests, synapseConcurrency: synapse.DefaultInFlight}
	s, err := connect(ctx, env, common, run, log)
	if err != nil {
		return err
	}
	return explained(do(ctx, s))
}

// reachFlags say how the commands about folders reach a bucket.
type reachFlags struct {
	profile, endpoint, region, config string
}

// add adds the flags; profile is what that one is for.
func (f *reachFlags) add(cmd *cobra.Command, profile string) {
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", "", profile)
	flags.StringVar(&f.endpoint, "endpoint-url", "", "S3 `URL` of the bucket, when it is not AWS")
	flags.StringVar(&f.region, "region", "", "AWS `region` of the bucket (default: asked for)")
	flags.StringVar(&f.config, "config", "",
		"configuration `file`, which says how buckets are reached and what is written with: endpoint,\n"+
			"encryption, acl (default: migrate.yaml here, then that in your configuration folder)")
}

// override is what the flags say of the bucket.
func (f *reachFlags) override() access.Override {
	return access.Override{Profile: f.profile, Endpoint: f.endpoint, Region: f.region}
}

// opener opens buckets as the flags and the configuration say.
func (f *reachFlags) opener(env environment, common commonFlags, s *session) (opener, error) {
	settings, err := readConfig(f.config)
	if err != nil {
		return opener{}, err
	}
	return newOpener(env, common, runFlags{}, &targetFlags{profile: f.profile}, s, settings)
}

// oneEntity wants one Synapse ID as the only argument.
func oneEntity(_ *cobra.Command, args []string) error {
	if len(args) != 1 || !entityID.MatchString(args[0]) {
		return usagef("want one Synapse ID, such as syn123")
	}
	return nil
}

// bucketAndKey are a place in S3, for people.
func bucketAndKey(bucket, baseKey string) string {
	if bucket == "" {
		bucket = "(Synapse's bucket)"
	}
	return strings.TrimSuffix(fmt.Sprintf("s3://%s/%s", shown(bucket), shown(baseKey)), "/")
}
