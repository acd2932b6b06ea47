package object

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Options shape Handle. The zero value is ready for use in AWS.
type Options struct {
	// Config says how buckets are reached; the source's credentials are the
	// event's in any case.
	Config config.Config
	// Profile is the AWS profile that writes the destination. Empty is what
	// Config says of its bucket, else what the AWS SDK finds by itself.
	Profile string
	// Endpoint is the base URL of an S3 that is not AWS, for buckets of
	// which Config says nothing; empty is AWS.
	Endpoint string
	// ETags says what ETags are on servers that are not AWS, where Config says
	// nothing of the bucket; empty is that they tell nothing of the content.
	ETags objectstore.ETags
	// StatePath is a file that remembers how far a large object has come, so
	// that another attempt goes on from there. It is removed at the end.
	// Empty keeps nothing, and leaves nothing behind.
	StatePath string
	// Replace overwrites other content at the destination.
	Replace bool
	// PartSizeBytes and PartConcurrency are those of objectstore.Options.
	PartSizeBytes   int64
	PartConcurrency int
	// AppName tells the credentials' endpoint which program asks; empty is
	// what Config says of the source's bucket, else config.DefaultAppName.
	AppName string
	// AllowPlainHTTP lets endpoints be http elsewhere than on this machine.
	AllowPlainHTTP bool
	// HTTPClient asks the credentials' endpoint; nil is one that trusts whom
	// the settings of the AWS tools say.
	HTTPClient *http.Client
	// MFA asks a person for the code that an MFA device shows; nil refuses
	// profiles with one.
	MFA func(ctx context.Context, serial string) (string, error)
	// Logger is told of renewals, retries and warnings; the zero value
	// discards.
	Logger zerolog.Logger
}

// Handler is Handle with options, as a handler of AWS Lambda.
func Handler(o Options) func(context.Context, Event) (Result, error) {
	return func(ctx context.Context, e Event) (Result, error) { return Handle(ctx, e, o) }
}

// Handle brings an event's object to its destination, and returns once what
// arrived was compared with what was sent. Content type, headers and user
// metadata are kept. An error is a *Failure. With a state file, an attempt
// that was broken off is continued by another one with the same event.
func Handle(ctx context.Context, e Event, o Options) (Result, error) {
	began := time.Now()
	e = e.complete()
	h := &handling{event: e, options: o}
	r, err := h.run(ctx)
	if err != nil {
		return Result{}, failure(ctx, e, h.provider, err)
	}
	r.DurationSeconds = time.Since(began).Seconds()
	return r, nil
}

// handling is one event under way.
type handling struct {
	event   Event
	options Options
	// provider is the name of the source's credentials.
	provider            string
	source, destination access.Bucket
	warnings            []string
	state               state
	resumedBytes        int64
}

// run does the steps.
func (h *handling) run(ctx context.Context) (Result, error) {
	o, e := h.options, h.event
	if err := e.check(o.AllowPlainHTTP || o.Config.AllowPlainHTTP); err != nil {
		return Result{}, err
	}
	before, found, err := loadState(o.StatePath, e)
	if err != nil {
		return Result{}, err
	}
	if err := h.open(ctx); err != nil {
		return Result{}, err
	}
	seen, err := h.source.Head(ctx, e.Source.Bucket, e.Source.Key)
	if err != nil {
		return Result{}, h.explained(err)
	}
	mover := objectstore.NewMover(h.source.Store, h.destination.Store, objectstore.MoverOptions{Logger: o.Logger})
	h.state = stateOf(e, seen.Object)
	if found {
		if err := h.takeUp(ctx, mover, before); err != nil {
			return Result{}, err
		}
	}
	got, err := mover.Stream(ctx, h.request(seen.Object))
	if err != nil {
		return Result{}, h.explained(err)
	}
	if u := h.state.Upload; u.Left {
		h.warn("multipart upload " + u.UploadID + " was left behind at the destination: it could not be aborted")
	}
	if asked := h.state.Upload.Asked; !asked.IsZero() {
		h.warn("a multipart upload may be left behind at the destination, begun at " +
			asked.UTC().Format(time.RFC3339) + ": the answer to its creation was lost")
	}
	if err := h.forget(); err != nil {
		return Result{}, err
	}
	return h.result(seen.Object, got), nil
}

// takeUp goes on from an earlier attempt, unless the source is another object
// by now: the parts that were sent are of no use then.
func (h *handling) takeUp(ctx context.Context, mover *objectstore.Mover, before state) error {
	if before.SourceETag == h.state.SourceETag && before.SizeBytes == h.state.SizeBytes {
		h.state.Upload = before.Upload
		for _, part := range before.Upload.Parts {
			h.resumedBytes += part.SizeBytes
		}
		return nil
	}
	h.state.Upload.Asked = before.Upload.Asked // what was begun then may still be there
	h.warn("the source has changed since the earlier attempt: it is read from the beginning")
	return mover.Abort(ctx, h.event.Dest.Bucket, h.event.Dest.Key, before.Upload)
}

// request is what the Mover is asked.
func (h *handling) request(source planner.Object) transfer.Request {
	r := transfer.Request{
		Source: source, Bucket: h.event.Dest.Bucket, Key: h.event.Dest.Key,
		Replace: h.options.Replace, Resume: h.state.Upload,
	}
	if h.options.StatePath != "" {
		r.Save = func(_ context.Context, u transfer.Upload) error {
			if u.UploadID != r.Resume.UploadID {
				h.resumedBytes = 0 // the earlier upload was not there any more
			}
			h.state.Upload = u
			return h.state.save(h.options.StatePath)
		}
	}
	return r
}

// forget removes the state file.
func (h *handling) forget() error {
	if h.options.StatePath == "" {
		return nil
	}
	if err := os.Remove(h.options.StatePath); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the state file: %w", err)
	}
	return nil
}

// result is what there is to say at the end.
func (h *handling) result(source planner.Object, got transfer.Result) Result {
	d := got.Object
	return Result{
		Format:      Format,
		Source:      Copy{source.Bucket, source.Key, source.ETag, region(h.source)},
		Destination: Copy{d.Bucket, d.Key, d.ETag, region(h.destination)},
		SizeBytes:   d.SizeBytes, MD5: got.MD5, Found: got.Found,
		Parts:   objectstore.PartsOf(d.ETag),
		Resumed: h.resumedBytes > 0, ResumedBytes: h.resumedBytes,
		BytesRead: got.BytesRead, BytesWritten: got.BytesWritten,
		Warnings: h.warnings,
	}
}

// warn tells people something.
func (h *handling) warn(text string) {
	h.warnings = append(h.warnings, text)
	h.options.Logger.Warn().Msg(text)
}

// explained adds to a denial what was warned of.
func (h *handling) explained(err error) error {
	if errors.Is(err, transfer.ErrDenied) && len(h.warnings) > 0 {
		return fmt.Errorf("%w (%s)", err, h.warnings[len(h.warnings)-1])
	}
	return err
}

// open makes the ways to both buckets.
func (h *handling) open(ctx context.Context) error {
	e := h.event
	o := access.New(access.Options{
		Config: h.options.Config, Profile: h.options.Profile, Endpoint: h.options.Endpoint, ETags: h.options.ETags,
		AllowPlainHTTP: h.options.AllowPlainHTTP, PartSizeBytes: h.options.PartSizeBytes,
		PartConcurrency: h.options.PartConcurrency, MFA: h.options.MFA, HTTPClient: h.options.HTTPClient,
		Warn: h.warn, Logger: h.options.Logger,
	})
	settings, err := o.Settings(ctx)
	if err != nil {
		return err
	}
	from := o.Place(e.Source.Bucket, access.Override{})
	reader, err := h.reader(ctx, from.Rule, settings)
	if err != nil {
		return err
	}
	from = from.Or(access.Principal{Credentials: reader, Home: settings.Elsewhere()})
	if h.source, err = o.Open(ctx, from); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	o.WarnOfRegion(ctx, from, config.KindS3Credentials, region(h.source))
	to, err := h.writer(ctx, o, settings)
	if err != nil {
		return err
	}
	if h.destination, err = o.Open(ctx, to); err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	return nil
}

// reader are the credentials that the event's endpoint gives.
func (h *handling) reader(
	ctx context.Context, rule config.Rule, settings credentials.AWS,
) (*credentials.Renewing, error) {
	vendor, err := credentials.S3Credentials(config.S3Credentials{
		URL: h.event.CredentialsEndpoint, Token: config.Plain(string(h.event.BearerToken)),
		AppName: cmp.Or(h.options.AppName, rule.Credentials.S3Credentials.AppName),
	}, cmp.Or(h.options.HTTPClient, credentials.HTTPClient(settings.Roots())))
	if err != nil {
		return nil, err
	}
	h.provider = plainURL(h.event.CredentialsEndpoint)
	reader := credentials.NewRenewing(h.provider, vendor, credentials.Options{Logger: h.options.Logger})
	_, err = reader.Retrieve(ctx)
	return reader, err
}

// writer is how the destination is written.
func (h *handling) writer(ctx context.Context, o *access.Opener, settings credentials.AWS) (access.Way, error) {
	dest := h.event.Dest
	o.Need(dest.Bucket, credentials.Need{Bucket: dest.Bucket, Prefix: dest.Key, Read: true, Write: true})
	w, err := o.Way(ctx, dest.Bucket, access.Override{Profile: h.options.Profile})
	if err != nil {
		return w, err
	}
	if w, err = o.OwnOr(ctx, w); !w.Home.Loaded() {
		w.Home = settings.Elsewhere()
	}
	return w.Writing(h.options.Profile == "" && w.Rule.Credentials.Kind == config.KindSynapse), err
}

// region is where a bucket is, empty where that isn't known.
func region(b access.Bucket) string {
	if !b.RegionKnown {
		return ""
	}
	return b.Region
}

// plainURL is a URL without query.
func plainURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "the endpoint"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
