package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// probe is one bucket, and how it is reached.
type probe struct {
	opener opener
	// use is what the credentials are for.
	use string
	access
	// prefix is what is listed; nothing is where notListed.
	prefix    string
	notListed bool
	// key is what is looked at; empty is the first that is listed.
	key string
	// err is why there is no way in.
	err error
}

// The outcomes of a trial.
const (
	worked  = "ok"
	failed  = "failed"
	untried = "-"
)

// trial is what came of a probe.
type trial struct {
	probe
	identity, list, head string
	// answers are what was said where something failed.
	answers []string
}

// probeBucket reads a bucket of which nothing is known but its name.
func (o opener) probeBucket(ctx context.Context, src planner.Source) probe {
	p := probe{opener: o, use: "read", prefix: src.Prefix}
	rule, _ := o.config.For(src.Bucket)
	o.providers.plan(rule, credentials.Need{Bucket: src.Bucket, Prefix: src.Prefix, Read: true, List: true})
	p.access, p.err = o.accessTo(ctx, src.Bucket, said{})
	p.access = p.ownOtherwise(ctx, o)
	return p
}

// ownOtherwise are the user's credentials where nothing is said of any.
func (p *probe) ownOtherwise(ctx context.Context, o opener) access {
	if p.err != nil || p.chosen != nil {
		return p.access
	}
	own, home, err := o.own(ctx)
	p.err = err
	return p.otherwise(own, home)
}

// probePlan tries all that a plan reads and writes with credentials.
func (o opener) probePlan(
	ctx context.Context, j job, plan planner.Plan, samples map[string]string,
) (probes []probe) {
	src, dest := plan.Header.Source, plan.Header.Destination
	read := access{}
	switch j := j.(type) {
	case *bucketJob:
		p := probe{opener: o, use: "read", prefix: src.Prefix}
		p.access, p.err = j.reader(ctx, o, src, dest)
		p.bucket = src.Bucket
		read, probes = p.access, append(probes, p)
	case *projectJob:
		o.needProject(dest)
		for _, b := range plan.Buckets {
			if !readWithCredentials(b) {
				continue
			}
			p := probe{opener: o, use: "read", notListed: true, key: samples[b.Bucket]}
			p.access, p.err = o.accessTo(ctx, b.Bucket, said{profile: j.flags.profiles()[b.Bucket]})
			p.access = p.ownOtherwise(ctx, o)
			p.bucket = b.Bucket
			probes = append(probes, p)
		}
	}
	return append(probes, o.probeDestination(ctx, read.chosen, read.home, dest))
}

// probeDestination reads with what writes the destination.
func (o opener) probeDestination(
	ctx context.Context, own *credentials.Renewing, home credentials.AWS, dest planner.Destination,
) probe {
	p := probe{opener: o, use: "write", prefix: writing(dest).Prefix}
	if dest.Managed {
		p.use = "look" // Synapse alone writes
	}
	if own == nil && o.target.destCredentials == destSource {
		own, home, p.err = o.own(ctx)
	}
	if p.err == nil {
		p.access, p.err = o.accessToDestination(ctx, own, home, dest)
	}
	p.bucket = dest.Bucket
	return p
}

// try tries one way in.
func (p probe) try(ctx context.Context) trial {
	t := trial{probe: p, identity: untried, list: untried, head: untried}
	if p.err != nil {
		t.fails(&t.identity, p.err)
		return t
	}
	if !t.whose(ctx) {
		return t
	}
	opened, err := p.opener.store(ctx, p.way)
	if err != nil {
		t.fails(&t.list, err)
		return t
	}
	p.opener.asked(ctx, p.access, opened.region)
	if !p.notListed {
		t.lists(ctx, opened.Store)
	}
	if t.key != "" {
		t.looks(ctx, opened.Store)
	}
	return t
}

// fails notes what was answered.
func (t *trial) fails(field *string, err error) {
	*field = failed
	t.answers = append(t.answers, err.Error())
}

// whose asks STS whose the credentials are, where there is an STS that knows.
// It is false where there are none.
func (t *trial) whose(ctx context.Context) bool {
	if t.rule.Credentials.Kind == config.KindAnonymous {
		t.identity = "nobody"
		return true
	}
	if _, err := t.chosen.Retrieve(ctx); err != nil {
		t.fails(&t.identity, err)
		return false
	}
	at := t.sts()
	if at.Endpoint == "" && t.endpoint != "" {
		return true
	}
	settings, err := t.opener.settings(ctx, t.way)
	if err != nil {
		t.fails(&t.identity, err)
		return true
	}
	arn, err := credentials.Identity(ctx, t.chosen, at, settings)
	if err != nil {
		t.fails(&t.identity, err)
		return true
	}
	t.identity = arn
	return true
}

// sts is where the credentials come from, or else what the environment says.
func (t *trial) sts() config.STSEndpoint {
	c := t.rule.Credentials
	return config.STSEndpoint{
		Endpoint: first(c.AssumeRole.STS.Endpoint, c.Federation.STS.Endpoint,
			t.opener.env.getenv("AWS_ENDPOINT_URL_STS")),
		Region: first(c.AssumeRole.STS.Region, c.Federation.STS.Region),
	}
}

// lists asks for the first page.
func (t *trial) lists(ctx context.Context, store *objectstore.Store) {
	t.list = worked
	for page, err := range store.List(ctx, t.bucket, t.prefix, "") {
		if err != nil {
			t.fails(&t.list, fmt.Errorf("listing s3://%s/%s: %w", t.bucket, t.prefix, err))
		} else if len(page) > 0 {
			t.key = page[0].Key
		}
		break
	}
	if t.list == worked && t.key == "" {
		t.list = worked + ", nothing there"
	}
	// What can't be listed may be an object.
	if t.list == failed && t.prefix != "" && !strings.HasSuffix(t.prefix, "/") {
		t.key = t.prefix
	}
}

// looks asks for what is known of an object. One that is gone says nothing
// against the credentials.
func (t *trial) looks(ctx context.Context, store *objectstore.Store) {
	_, err := store.Head(ctx, t.bucket, t.key)
	switch {
	case errors.Is(err, transfer.ErrNotFound):
		t.head = worked + ", not there"
	case err != nil:
		t.fails(&t.head, err)
	default:
		t.head = worked
	}
}

// writeTrials writes the table, and below it what was answered.
func writeTrials(w io.Writer, tried []trial) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "bucket\tfor\trule\tcredentials\tidentity\tlist\thead")
	for _, t := range tried {
		name, rule := untried, untried
		if t.chosen != nil {
			name = t.chosen.Name()
		}
		if t.rule.Line > 0 {
			rule = fmt.Sprint("line ", t.rule.Line)
		}
		_, _ = fmt.Fprintln(table, strings.Join([]string{
			shown(t.bucket), t.use, rule, shown(name), shown(t.identity), t.list, t.head}, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, t := range tried {
		for _, answer := range t.answers {
			if _, err := fmt.Fprintf(w, "\n%s (%s): %s\n", shown(t.bucket), t.use, shown(answer)); err != nil {
				return err
			}
		}
	}
	return nil
}
