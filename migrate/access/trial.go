package access

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Probe is a way into a bucket that is to be tried.
type Probe struct {
	Way
	// Use is what the credentials are for.
	Use string
	// Prefix is what is listed; nothing is where NotListed.
	Prefix    string
	NotListed bool
	// Key is what is looked at; empty is the first that is listed.
	Key string
	// Err is why there is no way in.
	Err error
}

// What credentials are for: to read, to write, or to look only, where Synapse
// alone writes.
const (
	useRead  = "read"
	useWrite = "write"
	useLook  = "look"
)

// The outcomes of a trial.
const (
	worked  = "ok"
	failed  = "failed"
	untried = "-"
)

// Trial is what came of a Probe, in words.
type Trial struct {
	Probe
	Identity, List, Head string
	// Answers are what was said where something failed.
	Answers []string
}

// ProbeBucket reads a bucket of which nothing is known but its name.
func (o *Opener) ProbeBucket(ctx context.Context, src planner.Source) Probe {
	o.Need(src.Bucket, credentials.Need{Bucket: src.Bucket, Prefix: src.Prefix, Read: true, List: true})
	p := Probe{Use: useRead, Prefix: src.Prefix}
	p.Way, p.Err = o.readable(ctx, src.Bucket, Override{})
	return p
}

// readable is the way into a bucket with the user's own credentials where
// nothing is said of any.
func (o *Opener) readable(ctx context.Context, bucket string, over Override) (Way, error) {
	w, err := o.Way(ctx, bucket, over)
	if err == nil {
		w, err = o.OwnOr(ctx, w)
	}
	w.Bucket = bucket
	return w, err
}

// ProbeSource reads the one bucket of a migration.
func (m Migration) ProbeSource(ctx context.Context, src planner.Source, dest planner.Destination, over Override) Probe {
	p := Probe{Use: useRead, Prefix: src.Prefix}
	p.Way, p.Err = m.SourceBucket(ctx, src, dest, over)
	p.Bucket = src.Bucket
	return p
}

// ProbeProject looks at a sample of each bucket behind a project that the
// user's credentials read; samples are keys, by bucket.
func (m Migration) ProbeProject(
	ctx context.Context, buckets []planner.BucketDecision, dest planner.Destination, profiles, samples map[string]string,
) (probes []Probe) {
	m.needProject(dest)
	for _, b := range buckets {
		if readWithCredentials(b) {
			p := Probe{Use: useRead, NotListed: true, Key: samples[b.Bucket]}
			p.Way, p.Err = m.readable(ctx, b.Bucket, Override{Profile: profiles[b.Bucket]})
			probes = append(probes, p)
		}
	}
	return probes
}

// ProbeDestination reads with what writes the destination. Own are the user's
// credentials, where they are known.
func (m Migration) ProbeDestination(ctx context.Context, own Principal, dest planner.Destination) Probe {
	p := Probe{Use: useWrite, Prefix: writing(dest).Prefix}
	if dest.Managed {
		p.Use = useLook
	}
	if own.Credentials == nil && m.target.Writer == WriterSource {
		own, p.Err = m.Own(ctx)
	}
	if p.Err == nil {
		p.Way, p.Err = m.DestinationWay(ctx, own, dest)
	}
	p.Bucket = dest.Bucket
	return p
}

// readWithCredentials reports whether the user's credentials are what reads a
// bucket of a project.
func readWithCredentials(b planner.BucketDecision) bool {
	return b.Bucket != "" && b.Reach.Readable && b.Reach.EntityID == ""
}

// Samples are the key of an object in each bucket behind a project that the
// user's credentials read. The objects are those of the plan.
func Samples(buckets []planner.BucketDecision, objects iter.Seq2[planner.Object, error]) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, b := range buckets {
		if readWithCredentials(b) {
			wanted[b.Bucket] = true
		}
	}
	samples := map[string]string{}
	if len(wanted) == 0 {
		return samples, nil
	}
	for object, err := range objects {
		if err != nil {
			return nil, err
		}
		if wanted[object.Bucket] && object.Download == nil {
			samples[object.Bucket] = object.Key
			delete(wanted, object.Bucket)
		}
		if len(wanted) == 0 {
			break
		}
	}
	return samples, nil
}

// Try tries one way in: whose the credentials are, whether they list the
// bucket, and whether they may look at an object in it. It changes nothing.
func (o *Opener) Try(ctx context.Context, p Probe) Trial {
	t := Trial{Probe: p, Identity: untried, List: untried, Head: untried}
	if p.Err != nil {
		t.fails(&t.Identity, p.Err)
		return t
	}
	if !o.whose(ctx, &t) {
		return t
	}
	opened, err := o.Open(ctx, p.Way)
	if err != nil {
		t.fails(&t.List, err)
		return t
	}
	o.WarnOfRegion(ctx, p.Way, p.Rule.Credentials.Kind, opened.Region)
	if !p.NotListed {
		t.lists(ctx, opened.Store)
	}
	if t.Key != "" {
		t.looks(ctx, opened.Store)
	}
	return t
}

// fails notes what was answered.
func (t *Trial) fails(field *string, err error) {
	*field = failed
	t.Answers = append(t.Answers, err.Error())
}

// whose asks STS whose the credentials are, where there is an STS that knows.
// It is false where there are none.
func (o *Opener) whose(ctx context.Context, t *Trial) bool {
	if t.Rule.Credentials.Kind == config.KindAnonymous {
		t.Identity = "nobody"
		return true
	}
	if _, err := t.Credentials.Retrieve(ctx); err != nil {
		t.fails(&t.Identity, err)
		return false
	}
	at := t.Rule.Credentials.STS()
	if at.Endpoint == "" {
		at.Endpoint = o.options.STSEndpoint
	}
	if at.Endpoint == "" && t.Endpoint != "" {
		return true
	}
	settings, err := o.settingsFor(ctx, t.Way)
	if err == nil {
		t.Identity, err = credentials.Identity(ctx, t.Credentials, at, settings)
	}
	if err != nil {
		t.fails(&t.Identity, err)
	}
	return true
}

// lists asks for the first page.
func (t *Trial) lists(ctx context.Context, store *objectstore.Store) {
	t.List = worked + ", nothing there"
	for page, err := range store.List(ctx, t.Bucket, t.Prefix, "") {
		if err != nil {
			t.fails(&t.List, fmt.Errorf("listing s3://%s/%s: %w", t.Bucket, t.Prefix, err))
		} else if len(page) > 0 {
			t.List, t.Key = worked, sampleOf(page)
		}
		break
	}
	// What can't be listed may be an object.
	if t.List == failed && t.Prefix != "" && !strings.HasSuffix(t.Prefix, "/") {
		t.Key = t.Prefix
	}
}

// sampleOf is the key of an object to look at: the first of a page that isn't
// empty, but an owner.txt only where there is nothing else.
func sampleOf(page []planner.Object) string {
	for _, o := range page {
		if !isOwnerFile(o.Key) {
			return o.Key
		}
	}
	return page[0].Key
}

// isOwnerFile reports whether a key is an owner.txt: Synapse's credentials may
// list it and are denied everything else on it (sts-policy-template.json.vtp of
// the server's source, October 2024).
func isOwnerFile(key string) bool { return path.Base(key) == planner.OwnerFile }

// looks asks for what is known of an object. One that is gone, or an owner.txt
// that is denied, says nothing against the credentials.
func (t *Trial) looks(ctx context.Context, store *objectstore.Store) {
	_, err := store.Head(ctx, t.Bucket, t.Key)
	switch {
	case errors.Is(err, transfer.ErrNotFound):
		t.Head = worked + ", not there"
	case errors.Is(err, transfer.ErrDenied) && isOwnerFile(t.Key):
		t.Head = untried
	case err != nil:
		t.fails(&t.Head, err)
	default:
		t.Head = worked
	}
}
