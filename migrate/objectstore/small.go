package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
)

// ReadSmall returns the beginning of an object, at most limit bytes of it.
// An error wraps transfer.ErrNotFound or transfer.ErrDenied where that is
// the case.
func (s *Store) ReadSmall(ctx context.Context, bucket, key string, limit int64) ([]byte, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), RequestPayer: s.payer,
	})
	if err != nil {
		return nil, failure("GetObject", bucket, key, err)
	}
	defer func() { _ = out.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(out.Body, limit))
	return text, failure("GetObject", bucket, key, err)
}

// PutNew writes a small text object where there is none, and returns its
// ETag; else the error wraps transfer.ErrExists.
func (s *Store) PutNew(ctx context.Context, bucket, key, text string) (etag string, err error) {
	out, err := s.putObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key),
		ContentType: aws.String("text/plain; charset=utf-8"), IfNoneMatch: aws.String("*"),
	}, payload{data: []byte(text)})
	if errors.Is(err, errCondition) {
		return "", fmt.Errorf("writing %q: %w", location(bucket, key), transfer.ErrExists)
	} else if err != nil {
		return "", err
	}
	return unquote(aws.ToString(out.ETag)), nil
}

// Remove deletes an object if it still has that ETag, as Mover.Remove does.
func (s *Store) Remove(ctx context.Context, bucket, key, etag string) error {
	return s.remove(ctx, bucket, key, etag)
}
