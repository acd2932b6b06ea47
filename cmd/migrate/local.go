package main

import (
	"github.com/spf13/cobra"
)

// commandLocal is what run files call this command.
const commandLocal = "local"

const localHelp = `Plans the migration of the files below a directory into a Synapse folder, shows
the plan, asks, and runs it. Nothing is deleted or changed in the directory.

A file's path from the directory becomes its path in Synapse: with the
directory run7, the file run7/a/b.bam becomes b.bam in the folder a, and its
object gets the same path below the destination's base key. Directories without
files are left out.

Symbolic links are not followed; with --follow-links, those to files inside the
directory are. Pipes, sockets and devices are skipped, and files that can't be
read are left out; the plan names them. A file that is changed after it was
planned fails, and needs a new plan.

Files are read once where the destination is your own bucket (stream). Where
Synapse uploads (upload), they are read twice: Synapse wants to know the MD5
first.

` + runsHelp + exitCodesHelp

func newLocal(env environment) *cobra.Command {
	j := &localJob{}
	m := &migration{env: env, job: j, target: &j.flags.targetFlags}
	j.own = m.ownFiles
	cmd := &cobra.Command{
		Use:   "local DIR --to synID",
		Short: "Migrate the files of a directory",
		Long:  localHelp,
		Example: `  migrate local /data/run7 --to syn123 --dry-run
  migrate local /data/run7 --to syn123 --names replace --shard-folders
  migrate local . --to syn123 --follow-links --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usagef("want one source: a directory")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			j.flags.directory = args[0]
			return m.execute(cmd.Context())
		},
	}
	j.flags.add(cmd)
	m.flags(cmd)
	return cmd
}
