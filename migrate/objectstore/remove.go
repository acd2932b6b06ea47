package objectstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
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
		if errors.Is(err, transfer.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
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
	err = failure("DeleteObject", bucket, key, err)
	if errors.Is(err, transfer.ErrNotFound) {
		return nil
	}
	return err
}
