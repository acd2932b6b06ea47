package objectstore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/planner"
)

// Unchanged asks whether a source object still has the ETag and the size
// that it was planned with. If not, the error wraps transfer.ErrChanged, and
// transfer.ErrNotFound where it is gone. It is one request that carries no
// data, and it never waits behind transfers.
func (m *Mover) Unchanged(ctx context.Context, o planner.Object) error {
	return stillPlanned(ctx, m.source, o)
}

// stillPlanned is a look at a source object that waits behind nothing.
func stillPlanned(ctx context.Context, source Source, o planner.Object) error {
	if s, ok := source.(*Store); ok {
		return s.unchanged(ctx, o)
	}
	_, err := source.Describe(aside(ctx), o)
	return err
}

// unchanged is one HeadObject with a condition.
func (s *Store) unchanged(ctx context.Context, o planner.Object) error {
	out, err := s.client.HeadObject(aside(ctx), &s3.HeadObjectInput{
		Bucket:       aws.String(o.Bucket),
		Key:          aws.String(o.Key),
		IfMatch:      quote(o.ETag),
		RequestPayer: s.payer,
	})
	if err != nil {
		return failure("HeadObject", o.Bucket, o.Key, err)
	}
	return Unchanged(o, planner.Object{
		ETag: unquote(aws.ToString(out.ETag)), SizeBytes: aws.ToInt64(out.ContentLength),
	})
}

// asideKey marks the context of requests that go beside the others.
type asideKey struct{}

// aside returns a context whose requests have places of their own.
func aside(ctx context.Context) context.Context {
	return context.WithValue(ctx, asideKey{}, true)
}

// isAside reports whether a request has a place of its own.
func isAside(ctx context.Context) bool {
	marked, _ := ctx.Value(asideKey{}).(bool)
	return marked
}
