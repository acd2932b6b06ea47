package objectstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Remove deletes an object at the destination, if it still has that ETag;
// else the error wraps transfer.ErrChanged. One that is gone already is no
// error. In a bucket with versioning it stays as a version that is not
// current.
//
// AWS judges the condition itself, for those who may also read the object
// (source: S3 user guide, "How to perform conditional deletes", 2025). Other
// servers may not know it; there the object is looked at first.
func (m *Mover) Remove(ctx context.Context, bucket, key, etag string) error {
	return m.destination.remove(ctx, bucket, key, etag)
}

// remove is Remove with any store.
func (s *Store) remove(ctx context.Context, bucket, key, etag string) error {
	if etag == "" {
		return fmt.Errorf("removing %q: no ETag to know it by", location(bucket, key))
	}
	if s.options.Endpoint != "" {
		there, err := s.head(ctx, bucket, key, nil)
		if err != nil {
			return s.unlessAbsent(ctx, bucket, key, err)
		}
		if now := unquote(aws.ToString(there.ETag)); now != etag {
			return fmt.Errorf("removing %q: %w: ETag %q, want %q",
				location(bucket, key), transfer.ErrChanged, now, etag)
		}
	}
	_, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key),
		IfMatch: quote(etag), RequestPayer: s.payer,
	})
	return s.unlessAbsent(ctx, bucket, key, failure("DeleteObject", bucket, key, err))
}

// unlessAbsent is err, nil where the reason for it is that there is no such
// object.
func (s *Store) unlessAbsent(ctx context.Context, bucket, key string, err error) error {
	if errors.Is(err, transfer.ErrNotFound) || s.absent(ctx, bucket, key, err) {
		return nil
	}
	return err
}

// absent finds out whether a refusal means that there is no such object: S3
// answers so to those who may not list the whole bucket, as with Synapse's
// credentials, which may list below the base key.
func (s *Store) absent(ctx context.Context, bucket, key string, refused error) bool {
	if !errors.Is(refused, transfer.ErrDenied) {
		return false
	}
	listed, err := s.listed(ctx, bucket, key)
	return err == nil && !listed
}

// listed asks for an object by listing, for those who may list and not read.
func (s *Store) listed(ctx context.Context, bucket, key string) (bool, error) {
	out, err := s.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket: aws.String(bucket), Prefix: aws.String(key), MaxKeys: aws.Int32(1),
		EncodingType: types.EncodingTypeUrl, RequestPayer: s.payer,
	})
	if err != nil {
		return false, failure("ListObjectsV2", bucket, key, err)
	}
	page, err := objects(bucket, out)
	return len(page) > 0 && page[0].Key == key, err
}

// takeBack removes what was written and turns out to be something else than the
// source, and says so: the error wraps transfer.ErrMismatch. It is removed only
// where it is ours beyond doubt: written where nothing was (so that nothing
// refers to it), and still with the ETag that S3 gave to this very write, which
// S3 compares once more.
func (m *Mover) takeBack(
	ctx context.Context, req transfer.Request, there planner.Detail, wrote string,
) error {
	err := fmt.Errorf("%q: %w: %d bytes with ETag %q, sent %d",
		location(req.Bucket, req.Key), transfer.ErrMismatch,
		there.SizeBytes, there.ETag, req.Source.SizeBytes)
	if req.Replace {
		return fmt.Errorf("%w; it stays there, in place of what was replaced", err)
	}
	if wrote == "" || wrote != there.ETag {
		return fmt.Errorf("%w; it stays there", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	if removing := m.destination.remove(ctx, req.Bucket, req.Key, wrote); removing != nil {
		return fmt.Errorf("%w; it stays there: %w", err, removing)
	}
	return fmt.Errorf("%w; it was removed", err)
}
