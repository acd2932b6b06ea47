package awsbackend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/synapse/emulator"
)

// Region is the bucket's region, asked once and remembered: Synapse does so
// too. A server that names none is in Options.Region.
func (b *Backend) Region(ctx context.Context, bucket string) (string, error) {
	if known, ok := b.regions.Load(bucket); ok {
		return known.(string), nil
	}
	out, err := b.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}, b.in(bucket))
	var region string
	switch {
	case err == nil:
		region = aws.ToString(out.BucketRegion)
	case redirected(err) != "":
		region = redirected(err)
	default:
		return "", fmt.Errorf("looking for bucket %s: %w", bucket,
			classify(err, emulator.ErrNoBucket))
	}
	if region == "" {
		region = b.options.regionOf(bucket)
	}
	b.regions.Store(bucket, region)
	return region, nil
}

// redirected is the region that S3 names when a bucket was asked for in
// another one (by a redirection, or by refusing the signature), empty when
// err is something else.
func redirected(err error) string {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return ""
	}
	switch response.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusBadRequest:
		return response.Response.Header.Get("X-Amz-Bucket-Region")
	}
	return ""
}

// Head looks at an object. A 404 has no code on HEAD: it counts as a
// missing object, since the bucket was found before.
func (b *Backend) Head(ctx context.Context, bucket, key string) (emulator.ObjectInfo, error) {
	out, err := b.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key},
		b.in(bucket))
	if err != nil {
		return emulator.ObjectInfo{}, fmt.Errorf("looking at s3://%s/%s: %w", bucket, key,
			classify(err, emulator.ErrNoObject))
	}
	return emulator.ObjectInfo{
		SizeBytes:   aws.ToInt64(out.ContentLength),
		ETag:        strings.Trim(aws.ToString(out.ETag), `"`),
		ContentType: aws.ToString(out.ContentType),
	}, nil
}

// Read returns the first limit bytes of an object.
func (b *Backend) Read(ctx context.Context, bucket, key string, limit int64) ([]byte, error) {
	out, err := b.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key},
		b.in(bucket))
	if err != nil {
		return nil, fmt.Errorf("reading s3://%s/%s: %w", bucket, key, classify(err, nil))
	}
	defer func() { _ = out.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(out.Body, limit))
	if err != nil {
		return nil, fmt.Errorf("reading s3://%s/%s: %w", bucket, key, err)
	}
	return data, nil
}

// Write makes an object, over one that is there.
func (b *Backend) Write(
	ctx context.Context, bucket, key, contentType string, content []byte,
) error {
	_, err := b.s3.PutObject(ctx, &s3.PutObjectInput{
		ACL:    types.ObjectCannedACLBucketOwnerFullControl,
		Bucket: &bucket, Key: &key, ContentType: &contentType, Body: bytes.NewReader(content),
	}, b.in(bucket))
	if err != nil {
		return fmt.Errorf("writing s3://%s/%s: %w", bucket, key, classify(err, nil))
	}
	return nil
}

// Delete removes an object; a missing one is no error.
func (b *Backend) Delete(ctx context.Context, bucket, key string) error {
	_, err := b.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key},
		b.in(bucket))
	if err = classify(err, emulator.ErrNoObject); err == nil ||
		errors.Is(err, emulator.ErrNoObject) {
		return nil
	}
	return fmt.Errorf("deleting s3://%s/%s: %w", bucket, key, err)
}
