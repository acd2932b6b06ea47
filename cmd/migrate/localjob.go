package main

import (
	"context"
	"errors"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/objectstore/directory"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
)

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
	return surveyFor(ctx, o, j.flags.foreignFlags, planner.Source{
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
