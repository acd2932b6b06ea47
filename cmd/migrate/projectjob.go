package main

import (
	"context"

	"synapse-migrate/migrate/credentials"
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
	own, home, err := o.own(ctx)
	if err != nil {
		return stores{}, err
	}
	o.needProject(dest)
	s, err := o.destination(ctx, own, home, dest)
	if err == nil && !s.canWrite {
		s.dest.Endpoint, s.dest.Region, err = o.whereManaged(ctx, dest)
	}
	if err != nil {
		return stores{}, err
	}
	src.Credentials, src.Endpoint = own.Name(), first(o.endpoint(""), home.Endpoint)
	s.src = src
	s.buckets = &sourceBuckets{
		opener: o, profiles: j.flags.profiles(), own: own, home: home, dest: s.dest, destination: s.destination, writer: s.writer,
		buckets: map[string]*sourceBucket{},
	}
	s.calls = s.buckets.calls
	return j.joined(s, o), nil
}

// whereManaged finds out where a bucket is that Synapse alone writes to:
// Synapse copies within a region.
func (o opener) whereManaged(
	ctx context.Context, dest planner.Destination,
) (endpoint, region string, err error) {
	a, err := o.accessToDestination(ctx, nil, credentials.AWS{}, dest)
	if err != nil {
		return "", "", err
	}
	s, err := o.store(ctx, a.way)
	return s.endpoint, s.region, err
}

// first is the first text that isn't empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
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
