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
	"synapse-migrate/synapse/paging"
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
		var way paging.Circle
		for {
			out, err := s.client.ListMultipartUploads(ctx, in)
			if err != nil {
				yield(LeftUpload{}, failure("ListMultipartUploads", bucket, prefix, err))
				return
			}
			var last LeftUpload
			for _, u := range out.Uploads {
				last, err = leftUpload(u, out.EncodingType)
				if !yield(last, err) || err != nil {
					return
				}
			}
			more, err := followingUploads(in, out, last, &way)
			if err != nil {
				yield(LeftUpload{}, failure("ListMultipartUploads", bucket, prefix, err))
			}
			if !more || err != nil {
				return
			}
		}
	}
}

// followingUploads is following for uploads: last is the last of the page, the
// zero value where it has none.
func followingUploads(
	in *s3.ListMultipartUploadsInput, out *s3.ListMultipartUploadsOutput, last LeftUpload, way *paging.Circle,
) (more bool, err error) {
	if !aws.ToBool(out.IsTruncated) {
		return false, nil
	}
	key, id := aws.ToString(out.NextKeyMarker), aws.ToString(out.NextUploadIdMarker)
	switch {
	case key == "" && last.Key == "":
		return false, errNoWay
	case key == "":
		key, id = last.Key, last.UploadID
	case out.EncodingType == types.EncodingTypeUrl:
		if key, err = url.QueryUnescape(key); err != nil {
			return false, fmt.Errorf("key marker %q in the listing: %w", aws.ToString(out.NextKeyMarker), err)
		}
	}
	in.KeyMarker, in.UploadIdMarker = aws.String(key), optional(id)
	return true, way.Next(key + "\x00" + id)
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
