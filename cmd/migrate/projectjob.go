package main

import (
	"context"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
)

// projectJob migrates the files of a project, or of a folder of one.
type projectJob struct {
	flags projectFlags
}

func (j *projectJob) check() error { return j.flags.check() }

func (j *projectJob) arguments() map[string]string { return j.flags.arguments() }

// options are the planner's.
func (j *projectJob) options(run runFlags) planner.Options {
	return j.flags.options(run)
}

// survey looks at the destination and at the source.
func (j *projectJob) survey(ctx context.Context, o opener) (prospect, error) {
	dest, facts, err := destination.Examine(ctx, o.client, o.target.to, o.client.STSCredentials)
	if err != nil {
		return prospect{}, err
	}
	p := prospect{facts: facts, findings: rules.CheckRun(facts, j.options(o.run))}
	project, err := project.Examine(ctx, o.client, j.flags.source, dest, j.flags.projectOptions())
	if err != nil {
		return prospect{}, err
	}
	p.findings = append(p.findings, rules.CheckProject(project)...)
	p.source = planner.Source{Project: &project.Source}
	return p, nil
}

// open decides who writes; who reads a bucket shows when its first file is
// met.
func (j *projectJob) open(
	ctx context.Context, o opener, src planner.Source, dest planner.Destination,
) (stores, error) {
	src, d, buckets, err := o.Project(ctx, src, dest, j.flags.profiles())
	if err != nil {
		return stores{}, err
	}
	s := o.stores(ctx, src, d)
	s.buckets, s.calls = buckets, buckets.Calls
	return s.routed(o), nil
}

// routed adds what the run works with: every object is read where it lies,
// and what comes to the destination is written there.
func (s stores) routed(o opener) stores {
	web := objectstore.NewDownloads(access.Downloads{Client: o.client}, objectstore.WebOptions{
		AllowPlainHTTP: o.allowHTTP, RangeConcurrency: o.run.partConcurrency, Logger: o.logger, Roots: s.roots,
	})
	router := objectstore.NewRouter(objectstore.Routes{
		Bucket: s.buckets.Store, Downloads: web, Destination: s.destination,
		DestinationBucket: s.dest.Bucket, BaseKey: s.dest.BaseKey,
		Options: objectstore.MoverOptions{Logger: o.logger},
	})
	s.copier, s.reader, s.own = router, router, router
	return s
}

// probes are the ways into the buckets that the user's credentials read.
func (j *projectJob) probes(
	ctx context.Context, o opener, plan planner.Plan, file *checkpoint.File,
) ([]access.Probe, access.Principal, error) {
	samples, err := access.Samples(plan.Buckets, func(yield func(planner.Object, error) bool) {
		for e, err := range file.Entries(ctx, checkpoint.EntryFilter{}) {
			if !yield(e.Source, err) {
				return
			}
		}
	})
	if err != nil {
		return nil, access.Principal{}, err
	}
	probes := o.ProbeProject(ctx, plan.Buckets, plan.Header.Destination, j.flags.profiles(), samples)
	return probes, access.Principal{}, nil
}

// plan walks the source from where that was left, and seals the plan.
func (j *projectJob) plan(ctx context.Context, d draft) (planner.Plan, error) {
	p := project.Planner{
		Header: d.header, Facts: d.prospect.facts,
		Options: j.options(d.run), ProjectOptions: j.flags.projectOptions(),
		Source: d.client, Buckets: d.stores.buckets, Existing: d.stores.contents,
		Store: d.file, Reviewer: d.file, Observer: d.progress,
	}
	if d.stores.canWrite {
		p.DestHead = d.stores.destination
	}
	return p.Plan(ctx)
}
