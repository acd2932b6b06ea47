package main

import (
	"maps"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/binding"
	"synapse-migrate/planner"
)

// foreignFlags shape the plan of a source that is not S3: a directory, a list
// of URLs.
type foreignFlags struct {
	targetFlags

	names        string
	shardFolders bool
}

func (f *foreignFlags) add(cmd *cobra.Command) {
	f.targetFlags.add(cmd, "stream or upload")
	flags := cmd.Flags()
	flags.StringVar(&f.names, "names", string(planner.NamesFail),
		"path segments that aren't valid entity names: fail (block the file) or replace (reversibly)")
	flags.BoolVar(&f.shardFolders, "shard-folders", false,
		"spread folders with more than 10,000 children over numbered sub-folders")
	// No AWS credentials read these sources.
	for _, name := range []string{"profile", "dest-credentials"} {
		_ = flags.MarkHidden(name)
	}
}

// check refuses values that no flag can have.
func (f *foreignFlags) check() error {
	if f.profile != "" || f.destCredentials != destSynapse {
		return usagef("--profile and --dest-credentials are for sources in S3: " +
			"the folder's temporary credentials write here")
	}
	return choices{
		{"names", f.names, []string{string(planner.NamesFail), string(planner.NamesReplace)}},
		{"action", f.action, []string{"", string(planner.ActionStream), string(planner.ActionUpload)}},
	}.check()
}

// arguments is what the run file remembers of the flags.
func (f *foreignFlags) arguments(command, source string) map[string]string {
	a := map[string]string{
		binding.Command: command, binding.Source: source,
		"names": f.names, "shard-folders": strconv.FormatBool(f.shardFolders),
	}
	maps.Copy(a, f.targetFlags.arguments())
	return a
}

// foreignFlagsOf is the reverse of arguments.
func foreignFlagsOf(a map[string]string) foreignFlags {
	return foreignFlags{
		targetFlags: targetFlagsOf(a), names: a["names"], shardFolders: yes(a, "shard-folders"),
	}
}

// options are the planner's.
func (f *foreignFlags) options(run runFlags) planner.Options {
	o := f.targetFlags.options(run)
	o.Names, o.ShardFolders = planner.NamesPolicy(f.names), f.shardFolders
	return o
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
		foreignFlags: foreignFlagsOf(a), directory: a[binding.Source], followLinks: yes(a, "follow-links"),
	}
}
