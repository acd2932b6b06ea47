package main

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore/directory"
	"synapse-migrate/planner"
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

// localFlags shape the plan of a directory.
type localFlags struct {
	foreignFlags

	directory   string
	followLinks bool
}

func (f *localFlags) add(cmd *cobra.Command) {
	f.foreignFlags.add(cmd)
	cmd.Flags().BoolVar(&f.followLinks, "follow-links", false,
		"read what symbolic links to files inside the directory lead to (default: skip them)")
}

// check makes the directory's path absolute, so that a resumed run finds it
// from anywhere.
func (f *localFlags) check() error {
	if f.directory == "" {
		return usagef("want one source: a directory")
	}
	path, err := filepath.Abs(f.directory)
	if err != nil {
		return err
	}
	f.directory = path
	return f.foreignFlags.check()
}

// arguments is what the run file remembers of the flags.
func (f *localFlags) arguments() map[string]string {
	a := f.foreignFlags.arguments(commandLocal, f.directory)
	a["follow-links"] = strconv.FormatBool(f.followLinks)
	return a
}

// localFlagsOf is the reverse of arguments.
func localFlagsOf(a map[string]string) localFlags {
	return localFlags{
		foreignFlags: foreignFlags{listedFlagsOf(a)}, directory: a[binding.Source], followLinks: yes(a, "follow-links"),
	}
}

// localJob migrates the files of a directory.
type localJob struct {
	flags localFlags
	// own are the files of this very run.
	own  func() []string
	list directory.List
}

func (j *localJob) check() error { return j.flags.check() }

func (j *localJob) arguments() map[string]string { return j.flags.arguments() }

// survey opens the directory, and looks at the destination.
func (j *localJob) survey(ctx context.Context, o opener) (prospect, error) {
	if err := j.openDirectory(); err != nil {
		return prospect{}, err
	}
	return o.survey(ctx, j.flags.options(o.run), planner.Source{
		Directory: &planner.DirectorySource{
			Path: j.flags.directory, FollowLinks: j.flags.followLinks,
		},
		Credentials: "this user's files",
	})
}

// openDirectory opens the source, once.
func (j *localJob) openDirectory() error {
	if j.list.Dir != nil {
		return nil
	}
	d, err := directory.Open(j.flags.directory)
	if err != nil {
		return hinted(err, "name a directory that this user may list")
	}
	j.list = directory.List{Dir: d, FollowLinks: j.flags.followLinks}
	return nil
}

// open decides who writes.
func (j *localJob) open(
	ctx context.Context, o opener, src planner.Source, dest planner.Destination,
) (stores, error) {
	if err := j.openDirectory(); err != nil {
		return stores{}, err
	}
	return openFor(ctx, o, j.list.Dir, src, dest)
}

// probes are none: no credentials read a directory.
func (j *localJob) probes(
	context.Context, opener, planner.Plan, *checkpoint.File,
) ([]access.Probe, access.Principal, error) {
	return nil, access.Principal{}, nil
}

// plan lists the directory from where listing was left, and seals the plan.
func (j *localJob) plan(ctx context.Context, d draft) (planner.Plan, error) {
	j.list.Own = directory.KeysBelow(j.flags.directory, j.own())
	return planFor(ctx, d, j.flags.foreignFlags, j.list, j.list, errNoFiles)
}

// ownFiles are the run file, what lies beside it while it is used, and the
// log.
func (m *migration) ownFiles() []string {
	return append(checkpoint.Files(m.runFile), m.common.logFile)
}

// errNoFiles is what an empty directory ends with.
var errNoFiles = errors.New("there is no file in it")
