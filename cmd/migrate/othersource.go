package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
)

// foreignFlags shape the plan of a source that is not S3: a directory, a list
// of URLs.
type foreignFlags struct{ listedFlags }

func (f *foreignFlags) add(cmd *cobra.Command) {
	f.listedFlags.add(cmd, "stream or upload", "path segments", "file")
	// No AWS credentials read these sources.
	for _, name := range []string{"profile", "dest-credentials"} {
		_ = cmd.Flags().MarkHidden(name)
	}
}

// check refuses values that no flag can have.
func (f *foreignFlags) check() error {
	if f.profile != "" || f.destCredentials != destSynapse {
		return usagef("--profile and --dest-credentials are for sources in S3: " +
			"the folder's temporary credentials write here")
	}
	return f.listedFlags.check(func(t planner.Traits) bool { return t.Crosses })
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
	s.mover, s.reader = mover, mover
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
		return d.stores.mover.Hash(ctx, o, nil)
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
