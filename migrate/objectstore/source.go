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

// Source is where objects are read: a Store, a Web or a Directory. It is
// safe for concurrent use, and pins what it reads to what was planned: an
// object that is another one by now is an error that wraps
// transfer.ErrChanged.
type Source interface {
	// begin asks for bytes of an object, from the offset first on. No bytes
	// are asked for of an empty object alone.
	begin(ctx context.Context, o planner.Object, first, length int64) (*answer, error)
	// look finds out what is known of an object without reading it.
	look(ctx context.Context, o planner.Object) (sight, error)
	// tags are an object's, encoded as a URL query; nil for none. The count
	// is that of an answer.
	tags(ctx context.Context, o planner.Object, count *int32) *string
	// unchanged is look for those who want to know nothing else, and who
	// don't wait behind transfers.
	unchanged(ctx context.Context, o planner.Object) error
	// ranges is how many ranges of one object are read at once.
	ranges() int
}

var (
	_ Source = (*Store)(nil)
	_ Source = (*Web)(nil)
	_ Source = (*Directory)(nil)
)

// answer is a body that has begun, and what came along with it. The body
// may be longer than what was asked for where more is true. The ETag is
// without quotes, empty where the server gives none.
type answer struct {
	body     io.ReadCloser
	headers  headers
	tagCount *int32
	etag     string
	// version is S3's version ID, empty where there is none.
	version string
	more    bool
}

// pinnedTo is a source object as an answer showed it.
func pinnedTo(o planner.Object, a *answer) planner.Object {
	o.ETag, o.VersionID = a.etag, a.version
	return o
}

// sight is what a look at an object tells.
type sight struct {
	planner.Detail
	headers  headers
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

// begin asks S3. A whole object is asked for without a range, so that its
// checksum comes along and is verified.
func (s *Store) begin(
	ctx context.Context, o planner.Object, first, length int64,
) (*answer, error) {
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
	return &answer{
		body: out.Body, headers: ofGet(out), tagCount: out.TagCount,
		etag: o.ETag, version: versionID(out.VersionId),
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

// look heads an object, its parts and checksums included.
func (s *Store) look(ctx context.Context, o planner.Object) (sight, error) {
	head, parts, err := s.examine(ctx, o.Bucket, o.Key)
	if err != nil {
		return sight{}, err
	}
	d := s.detail(o.Bucket, o.Key, head, parts)
	return sight{d, ofHead(head), head.TagCount}, unchanged(o, d.Object)
}

// ranges is the option.
func (s *Store) ranges() int { return s.options.PartConcurrency }
