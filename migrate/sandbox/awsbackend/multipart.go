package awsbackend

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/synapse/emulator"
)

// CreateUpload begins a multipart upload and returns its ID.
func (b *Backend) CreateUpload(ctx context.Context, bucket, key, contentType string) (string, error) {
	in := &s3.CreateMultipartUploadInput{
		Bucket: &bucket, Key: &key, ACL: types.ObjectCannedACLBucketOwnerFullControl,
	}
	if contentType != "" {
		in.ContentType = &contentType
	}
	out, err := b.s3.CreateMultipartUpload(ctx, in, b.in(bucket))
	if err != nil {
		return "", fmt.Errorf("beginning an upload to s3://%s/%s: %w", bucket, key,
			classify(err, nil))
	}
	return aws.ToString(out.UploadId), nil
}

// CopyPart copies a source into a part, on condition of the source's ETag,
// and returns the part's ETag.
func (b *Backend) CopyPart(ctx context.Context, c emulator.PartCopy) (string, error) {
	in := &s3.UploadPartCopyInput{
		Bucket: &c.Bucket, Key: &c.Key, UploadId: &c.UploadID, PartNumber: &c.PartNumber,
		CopySource:        aws.String(copySource(c)),
		CopySourceIfMatch: &c.SourceETag,
	}
	if c.Last >= 0 {
		in.CopySourceRange = aws.String(copyRange(c))
	}
	out, err := b.s3.UploadPartCopy(ctx, in, b.in(c.Bucket))
	if err != nil {
		return "", fmt.Errorf("copying s3://%s/%s to part %d of s3://%s/%s: %w",
			c.SourceBucket, c.SourceKey, c.PartNumber, c.Bucket, c.Key, classify(err, nil))
	}
	if out.CopyPartResult == nil {
		return "", fmt.Errorf("copying s3://%s/%s: the answer has no ETag",
			c.SourceBucket, c.SourceKey)
	}
	return strings.Trim(aws.ToString(out.CopyPartResult.ETag), `"`), nil
}

// CompleteUpload finishes a multipart upload; etags begin with part 1.
func (b *Backend) CompleteUpload(
	ctx context.Context, bucket, key, uploadID string, etags []string,
) error {
	parts := make([]types.CompletedPart, len(etags))
	for i, etag := range etags {
		parts[i] = types.CompletedPart{
			PartNumber: aws.Int32(int32(i + 1)),
			ETag:       aws.String(`"` + strings.Trim(etag, `"`) + `"`),
		}
	}
	_, err := b.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: &uploadID,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}, b.in(bucket))
	if err != nil {
		return fmt.Errorf("completing the upload to s3://%s/%s: %w", bucket, key,
			classify(err, nil))
	}
	return nil
}

// AbortUpload gives a multipart upload up.
func (b *Backend) AbortUpload(ctx context.Context, bucket, key, uploadID string) error {
	_, err := b.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: &bucket, Key: &key, UploadId: &uploadID,
	}, b.in(bucket))
	if err != nil {
		return fmt.Errorf("aborting the upload to s3://%s/%s: %w", bucket, key,
			classify(err, nil))
	}
	return nil
}

// copySource is the x-amz-copy-source of a part: URL-encoded, slashes kept.
func copySource(c emulator.PartCopy) string {
	return escapePath(c.SourceBucket + "/" + c.SourceKey)
}

// copyRange is the x-amz-copy-source-range of a part.
func copyRange(c emulator.PartCopy) string {
	return fmt.Sprintf("bytes=%d-%d", c.First, c.Last)
}

// escapePath escapes everything but slashes and the characters that a
// signature leaves alone: letters, digits, hyphen, underscore, period, tilde.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	}
	return strings.Join(segments, "/")
}
