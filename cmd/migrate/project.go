package main

import (
	"github.com/spf13/cobra"
)

// commandProject is what run files call this command.
const commandProject = "project"

const projectHelp = `Plans the migration of a Synapse project, or of a folder of one, into a Synapse
folder with an STS storage location, shows the plan, asks, and runs it.

Files are found wherever Synapse keeps them: in its own storage, in your
buckets, in those of others, in Google Cloud, behind a proxy. Folders are made
anew below the destination. Names, descriptions, content types and annotations
travel along, versions with --versions all, provenance with --provenance keep.
The plan names what can't travel: tables, links, wikis, DOIs, discussions.

--mode copy makes new files and leaves the source as it is. --mode move gives
each file its new place and its new file handle, so that its Synapse ID, with
all links and citations, stays: files leave the source project.

Each file takes the cheapest way that works, bucket by bucket: its object may
already lie where it belongs (reuse, register), be copied by S3 (copy) or by
Synapse (synapse-copy), or go through this machine (stream, upload). The plan
shows for every bucket whose it is and how it is reached. A bucket is read with
what --bucket-profile or the configuration file says, else with --profile or
your default AWS credentials, else through Synapse's download URLs.

The destination's sharing settings hold for everything in it. Where anybody
could download more than before, or an access requirement would be lost, the
plan says who, what and how many, and the run doesn't start unless
--accept-access-change is given.

` + runsHelp + exitCodesHelp

func newProject(env environment) *cobra.Command {
	j := &projectJob{}
	m := &migration{env: env, job: j, target: &j.flags.targetFlags}
	cmd := &cobra.Command{
		Use:   "project synID --to synID",
		Short: "Migrate a Synapse project, or a folder of one",
		Long:  projectHelp,
		Example: `  migrate project syn10 --to syn123 --dry-run
  migrate project syn10 --to syn123 --versions all --bucket-profile partner-archive=partner
  migrate project syn10 --to syn123 --mode move
  migrate project syn10 --to syn123 --only @files.txt --layout mirrored`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("want one source: the Synapse ID of a project or a folder, such as syn10")
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
