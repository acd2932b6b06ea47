package objectstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
)

// LeftUpload is a multipart upload that is neither completed nor aborted.
type LeftUpload struct {
	Key, UploadID string
	// StartedOn is zero where S3 didn't say.
	StartedOn time.Time
}

// LeftUploads lists the multipart uploads under way below a prefix, by key.
// It needs s3:ListBucketMultipartUploads on the bucket, which the
// credentials of a folder with a base key lack: transfer.ErrDenied. The
// sequence ends after the first error.
func (s *Store) LeftUploads(ctx context.Context, bucket, prefix string) iter.Seq2[LeftUpload, error] {
	return func(yield func(LeftUpload, error) bool) {
		in := &s3.ListMultipartUploadsInput{
			Bucket: aws.String(bucket), Prefix: optional(prefix),
			EncodingType: types.EncodingTypeUrl, RequestPayer: s.payer,
		}
		var before [2]string // the markers of the page
		for {
			out, err := s.client.ListMultipartUploads(ctx, in)
			if err != nil {
				yield(LeftUpload{}, failure("ListMultipartUploads", bucket, prefix, err))
				return
			}
			for _, u := range out.Uploads {
				left, err := leftUpload(u, out.EncodingType)
				if !yield(left, err) || err != nil {
					return
				}
			}
			if !aws.ToBool(out.IsTruncated) || aws.ToString(out.NextKeyMarker) == "" {
				return
			}
			marker := [2]string{*out.NextKeyMarker, aws.ToString(out.NextUploadIdMarker)}
			if marker == before {
				yield(LeftUpload{}, failure("ListMultipartUploads", bucket, prefix, errCircle))
				return
			}
			before = marker
			in.KeyMarker, in.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
			if out.EncodingType == types.EncodingTypeUrl {
				marker, err := url.QueryUnescape(*out.NextKeyMarker)
				if err != nil {
					yield(LeftUpload{}, fmt.Errorf("key marker %q in the listing: %w", *out.NextKeyMarker, err))
					return
				}
				in.KeyMarker = &marker
			}
		}
	}
}

// leftUpload reads one upload of a listing.
func leftUpload(u types.MultipartUpload, encoding types.EncodingType) (LeftUpload, error) {
	key := aws.ToString(u.Key)
	if encoding == types.EncodingTypeUrl {
		decoded, err := url.QueryUnescape(key)
		if err != nil {
			return LeftUpload{}, fmt.Errorf("key %q in the listing: %w", key, err)
		}
		key = decoded
	}
	return LeftUpload{
		Key: key, UploadID: aws.ToString(u.UploadId), StartedOn: aws.ToTime(u.Initiated),
	}, nil
}

// UploadBytes is the size of the parts of a multipart upload under way, and
// false where there is no such upload any more.
func (s *Store) UploadBytes(ctx context.Context, bucket, key, uploadID string) (int64, bool, error) {
	held, err := s.listParts(ctx, transfer.Request{
		Bucket: bucket, Key: key, Resume: transfer.Upload{UploadID: uploadID},
	})
	if errors.Is(err, errNoUpload) || errors.Is(err, transfer.ErrNotFound) {
		return 0, false, nil
	}
	var bytes int64
	for _, p := range held {
		bytes += p.SizeBytes
	}
	return bytes, err == nil, err
}

// AbortUpload gives up a multipart upload and frees its parts. One that is
// gone already is no error.
func (s *Store) AbortUpload(ctx context.Context, bucket, key, uploadID string) error {
	m := Mover{destination: s}
	return m.Abort(ctx, bucket, key, transfer.Upload{UploadID: uploadID})
}
