package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Source is where objects are read: a Store, a Web, a directory.Dir, or what
// another package brings. It is safe for concurrent use, and pins what it reads
// to what was planned: an object that is another one by now is an error that
// wraps transfer.ErrChanged. Other errors wrap those of package transfer where
// one applies; their messages hold no secret. What may pass, a source tries
// again itself; a body that breaks off is asked for again from where it broke.
type Source interface {
	// Begin asks for bytes of an object, from the offset first on. No bytes
	// are asked for of an empty object alone. The caller closes the body.
	Begin(ctx context.Context, o planner.Object, first, length int64) (*Answer, error)
	// Describe finds out what is known of an object without reading it.
	Describe(ctx context.Context, o planner.Object) (Description, error)
	// Ranges is how many ranges of one object are read at once.
	Ranges() int
}

var (
	_ Source = (*Store)(nil)
	_ Source = (*Web)(nil)
)

// Answer is a body that has begun, and what came along with it.
type Answer struct {
	Body io.ReadCloser
	// More is true where the body may be longer than what was asked for.
	More    bool
	Headers Headers
	// ETag is without quotes, empty where the server gives none.
	ETag string
	// VersionID is S3's, empty where there is none.
	VersionID string
	tagCount  *int32
}

// pinnedTo is a source object as an answer showed it.
func pinnedTo(o planner.Object, a *Answer) planner.Object {
	o.ETag, o.VersionID = a.ETag, a.VersionID
	return o
}

// Description is what is known of an object without reading it.
type Description struct {
	planner.Detail
	Headers  Headers
	tagCount *int32
}

// place is how an object is written in messages.
func place(o planner.Object) string {
	switch {
	case o.Download != nil:
		return "file handle " + o.Download.FileHandleID + " of " + o.Download.EntityID
	case o.Bucket == "":
		return o.Key
	case strings.Contains(o.Bucket, "://"): // a URL without its query
		return o.Bucket
	}
	return location(o.Bucket, o.Key)
}

// lasting are the errors that another reply can't put right.
func lasting(err error) bool {
	for _, target := range []error{
		transfer.ErrChanged, transfer.ErrNotFound, transfer.ErrDenied, transfer.ErrArchived,
		transfer.ErrCredentials, transfer.ErrNoRanges, transfer.ErrURL, context.Canceled,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// Begin asks S3. A whole object is asked for without a range, so that its
// checksum comes along and is verified.
func (s *Store) Begin(
	ctx context.Context, o planner.Object, first, length int64,
) (*Answer, error) {
	in := &s3.GetObjectInput{
		Bucket:       aws.String(o.Bucket),
		Key:          aws.String(o.Key),
		IfMatch:      quote(o.ETag),
		RequestPayer: s.payer,
	}
	if first > 0 || length < o.SizeBytes {
		in.Range = aws.String(part{first: first, length: length}.byteRange())
	} else {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	out, err := s.client.GetObject(ctx, in)
	if err != nil {
		return nil, failure("GetObject", o.Bucket, o.Key, err)
	}
	if err := begun(out, span{o, first, length}); err != nil {
		_ = out.Body.Close()
		return nil, fmt.Errorf("GetObject %q: %w", location(o.Bucket, o.Key), err)
	}
	return &Answer{
		Body: out.Body, Headers: ofGet(out), tagCount: out.TagCount,
		ETag: o.ETag, VersionID: versionID(out.VersionId),
	}, nil
}

// begun checks that an answer is the object that was planned, whatever the
// server makes of conditions, and begins where it was asked to.
func begun(out *s3.GetObjectOutput, s span) error {
	length := int64(-1)
	if out.ContentLength != nil {
		length = *out.ContentLength
	}
	switch etag := unquote(aws.ToString(out.ETag)); {
	case etag != s.object.ETag:
		return fmt.Errorf("%w: ETag %q, planned %q", transfer.ErrChanged, etag, s.object.ETag)
	case length >= 0 && length != s.length:
		return fmt.Errorf("%w: %d bytes, want %d", transfer.ErrChanged, length, s.length)
	case s.whole():
		return nil
	}
	return s.judgePart(length, aws.ToString(out.ContentRange))
}

// Describe heads an object, its parts and checksums included.
func (s *Store) Describe(ctx context.Context, o planner.Object) (Description, error) {
	head, parts, err := s.examine(ctx, o.Bucket, o.Key)
	if err != nil {
		return Description{}, err
	}
	d := s.detail(o.Bucket, o.Key, head, parts)
	return Description{d, ofHead(head), head.TagCount}, Unchanged(o, d.Object)
}

// Ranges is the option.
func (s *Store) Ranges() int { return s.options.PartConcurrency }

// Unchanged asks whether a source object still has the ETag and the size
// that it was planned with. If not, the error wraps transfer.ErrChanged, and
// transfer.ErrNotFound where it is gone. It is one request that carries no
// data, and it never waits behind transfers.
func (m *Mover) Unchanged(ctx context.Context, o planner.Object) error {
	return stillPlanned(ctx, m.source, o)
}

// stillPlanned is a look at a source object. Those of S3 and of the web wait
// behind nothing.
func stillPlanned(ctx context.Context, source Source, o planner.Object) error {
	switch s := source.(type) {
	case *Store:
		return s.unchanged(ctx, o)
	case *Web:
		source = s.beside
	}
	_, err := source.Describe(ctx, o)
	return err
}

// unchanged is one HeadObject with a condition.
func (s *Store) unchanged(ctx context.Context, o planner.Object) error {
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:       aws.String(o.Bucket),
		Key:          aws.String(o.Key),
		IfMatch:      quote(o.ETag),
		RequestPayer: s.payer,
	}, func(o *s3.Options) { o.HTTPClient = s.aside })
	if err != nil {
		return failure("HeadObject", o.Bucket, o.Key, err)
	}
	return Unchanged(o, planner.Object{
		ETag: unquote(aws.ToString(out.ETag)), SizeBytes: aws.ToInt64(out.ContentLength),
	})
}
