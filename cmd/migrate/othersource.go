package main

import (
	"context"
	"errors"
	"maps"
	"strconv"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
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
		{"action", f.action, actions(func(t planner.Traits) bool { return t.Crosses })},
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

// surveyFor looks at the destination of a source that is not S3.
func surveyFor(
	ctx context.Context, o opener, flags foreignFlags, src planner.Source,
) (prospect, error) {
	_, facts, err := destination.Examine(ctx, o.client, o.target.to, o.client.STSCredentials)
	if err != nil {
		return prospect{}, err
	}
	return prospect{
		source: src, facts: facts, findings: rules.CheckRun(facts, flags.options(o.run)),
	}, nil
}

// openFor joins a source that is not S3 with the destination, which the
// folder's own credentials write.
func openFor(
	ctx context.Context, o opener, from objectstore.Source, src planner.Source, dest planner.Destination,
) (stores, error) {
	home, _ := o.Settings(ctx) // Destination fails where they can't be read
	d, err := o.Destination(ctx, access.Principal{Home: home}, dest)
	if err != nil {
		return stores{}, err
	}
	s := o.stores(ctx, src, d)
	mover := objectstore.NewMover(from, s.destination, objectstore.MoverOptions{Logger: o.logger})
	s.copier, s.reader = mover, mover
	s.calls = func() int64 { return access.Calls(s.destination) }
	return s, nil
}

// planFor plans a source that is not S3. Of one that lists nothing, empty is
// said.
func planFor(
	ctx context.Context, d draft, flags foreignFlags,
	list planner.Lister, examine planner.Examiner, empty error,
) (planner.Plan, error) {
	b := listing.Planner{
		Header: d.header, Facts: d.prospect.facts, Options: flags.options(d.run),
		Source: listing.NotEmpty{Lister: list, Prefix: d.header.Source.Prefix}, Examine: examine, Existing: d.stores.contents,
		Store: d.file, Reviewer: d.file, Observer: d.progress,
	}
	b.Hash = func(ctx context.Context, o planner.Object) (string, error) {
		return d.stores.reader.Hash(ctx, o, nil)
	}
	if d.stores.canWrite {
		b.Destination, b.DestinationHead = d.stores.destination, d.stores.destination
	}
	plan, err := b.Plan(ctx)
	if errors.Is(err, listing.ErrEmpty) {
		return plan, hinted(empty, "look at what was named as the source")
	}
	return plan, err
}
