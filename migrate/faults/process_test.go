package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// partSize makes two parts of a large object.
const partSize = 5 << 20

// process is what the program is between its start and its end: clients,
// credentials and stores of its own.
type process struct {
	w         *world
	s         scenario
	client    *synapse.Client
	transport http.RoundTripper
	// reads are the user's keys; writes the folder's credentials, nil where
	// Synapse alone writes.
	reads, writes *objectstore.Store
}

// start starts one.
func (w *world) start(s scenario) *process {
	w.t.Helper()
	p := &process{w: w, s: s, transport: w.wires()}
	p.client = w.client(p.transport, "http://"+hostSynapse)
	p.reads = p.store(credentials.NewRenewing("the user", &userKeys{}, credentials.Options{}))
	if !s.managed {
		p.writes = p.store(credentials.NewRenewing("the folder",
			credentials.Synapse(p.client, w.folder, synapse.STSReadWrite), credentials.Options{}))
	}
	return p
}

// userKeys are the user's, each time others.
type userKeys struct{ given atomic.Int64 }

// Retrieve gives the next.
func (u *userKeys) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID: fmt.Sprintf("AKIAUSER%d", u.given.Add(1)), SecretAccessKey: "secret", SessionToken: "token",
	}, nil
}

// bare sends requests as they are.
type bare struct{ http.RoundTripper }

// Do sends one.
func (b bare) Do(r *http.Request) (*http.Response, error) { return b.RoundTrip(r) }

func (p *process) store(c aws.CredentialsProvider) *objectstore.Store {
	p.w.t.Helper()
	s, err := objectstore.New(objectstore.Options{
		Credentials: c, Endpoint: "http://" + hostS3, PathStyle: true,
		PartSizeBytes: partSize, CopyLimitBytes: partSize, HTTPClient: bare{p.transport},
	})
	p.w.check(err)
	return s
}

// Reach is how the buckets of a project are reached.
func (p *process) Reach(_ context.Context, o planner.Object) (planner.Reach, error) {
	reach := planner.Reach{Region: "us-east-1", Endpoint: "http://" + hostS3}
	switch o.Bucket {
	case bucketOwn, bucketLab:
		reach.Readable, reach.Copyable, reach.Credentials = true, p.writes != nil, "keys"
	case bucketPartner:
		reach.Readable, reach.Credentials = true, "keys"
	}
	return reach, nil
}

// Head looks with the user's keys.
func (p *process) Head(ctx context.Context, bucket, key string) (planner.Detail, error) {
	return p.reads.Head(ctx, bucket, key)
}

// plan plans into a new run file.
func (p *process) plan(ctx context.Context, path string) (planner.Plan, error) {
	_, facts, err := destination.Examine(ctx, p.client, p.w.folder, p.client.STSCredentials)
	if err != nil {
		return planner.Plan{}, err
	}
	facts.Destination.Region, facts.Destination.Endpoint = "us-east-1", "http://"+hostS3
	header := planner.Header{Destination: facts.Destination, Caller: facts.Caller}
	if p.s.bucket != "" {
		header.Source = planner.Source{Bucket: p.s.bucket, Region: "us-east-1", Endpoint: "http://" + hostS3}
	} else {
		found, err := project.Examine(ctx, p.client, p.w.source, facts.Destination, p.s.project)
		if err != nil {
			return planner.Plan{}, err
		}
		header.Source = planner.Source{Project: &found.Source}
	}
	file, err := checkpoint.Create(ctx, path, header)
	if err != nil {
		return planner.Plan{}, err
	}
	plan, err := p.planInto(ctx, file, header, facts)
	return plan, errors.Join(err, file.Close())
}

func (p *process) planInto(
	ctx context.Context, file *checkpoint.File, header planner.Header, facts rules.DestinationFacts,
) (planner.Plan, error) {
	options := planner.Options{AcceptAccessChange: true, UploadPartSizeBytes: partSize}
	if p.s.bucket == "" {
		pr := project.Planner{
			Header: header, Facts: facts, Options: options, ProjectOptions: p.s.project, Source: p.client,
			Buckets: p, Existing: p.client, Store: file, Reviewer: file,
		}
		if p.writes != nil {
			pr.DestHead = p.writes
		}
		return pr.Plan(ctx)
	}
	b := listing.Planner{
		Header: header, Facts: facts, Options: options, Source: p.reads, Examine: p.reads,
		Existing: p.client, Store: file, Reviewer: file,
	}
	if p.writes != nil {
		b.Destination = p.writes
		if p.s.bucket == bucketLab {
			b.CopyProbe = p.writes
		}
	}
	return b.Plan(ctx)
}

// DownloadURL asks Synapse for one.
func (p *process) DownloadURL(ctx context.Context, d planner.Download) (string, error) {
	return p.client.DownloadURL(ctx, d.FileHandleID, d.EntityID)
}

// deps are what a run works on.
func (p *process) deps(plan planner.Plan, c migrate.Checkpoint) migrate.Deps {
	d := migrate.Deps{Plan: plan, Checkpoint: c, Synapse: p.client}
	d.PartClient = &http.Client{Transport: patient{p.transport}}
	if p.s.bucket != "" {
		destination := p.writes
		if destination == nil {
			destination = p.reads
		}
		mover := objectstore.NewMover(p.reads, destination, objectstore.MoverOptions{})
		d.Mover, d.Source = mover, mover
		return d
	}
	router := objectstore.NewRouter(objectstore.Routes{
		Bucket: func(_ context.Context, bucket string) (*objectstore.Store, error) {
			if bucket == bucketFar || bucket == bucketSynapse {
				return nil, fmt.Errorf("%w: %s", transfer.ErrUnknownBucket, bucket)
			}
			return p.reads, nil
		},
		Downloads: objectstore.NewDownloads(p, objectstore.WebOptions{
			Transport: p.transport, AllowPlainHTTP: true,
		}),
		Destination: p.writes, DestinationBucket: plan.Header.Destination.Bucket,
		BaseKey: plan.Header.Destination.BaseKey,
	})
	d.Mover, d.Source, d.Own = router, router, router
	return d
}

// patient waits 2 minutes for the head of an answer, as the run's own client
// for presigned URLs does.
type patient struct{ http.RoundTripper }

var errImpatient = errors.New("timeout awaiting response headers")

// RoundTrip sends one request.
func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(2*time.Minute, func() { cancel(errImpatient) })
	defer timer.Stop()
	return p.RoundTripper.RoundTrip(r.WithContext(ctx))
}

// options of all runs: parts are small, so that there are several.
func options() migrate.Options {
	return migrate.Options{UploadPartSizeBytes: partSize, CopyPartSizeBytes: partSize}
}

// run opens the run file and runs its plan; wrap may stand between.
func (p *process) run(
	ctx context.Context, path string, wrap func(migrate.Checkpoint) migrate.Checkpoint,
) (summary migrate.Summary, err error) {
	file, err := checkpoint.Open(context.WithoutCancel(ctx), path)
	if err != nil {
		return migrate.Summary{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	plan, err := file.Plan(context.WithoutCancel(ctx))
	if err != nil {
		return migrate.Summary{}, err
	}
	var c migrate.Checkpoint = file
	if wrap != nil {
		c = wrap(file)
	}
	o := options()
	o.RetryFailed = true
	return migrate.Run(ctx, o, p.deps(plan, c))
}
