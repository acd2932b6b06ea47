package objectstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/paging"
)

// List lists a bucket in pages of up to 1,000 objects, in key order, from
// the first key after startAfter. Keys may hold any character: the server is
// asked to encode them. The sequence ends after the first error, whose text
// leaves out the bucket and the prefix.
func (s *Store) List(
	ctx context.Context, bucket, prefix, startAfter string,
) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		in := &s3.ListObjectsV2Input{
			Bucket:       aws.String(bucket),
			Prefix:       optional(prefix),
			StartAfter:   optional(startAfter),
			EncodingType: types.EncodingTypeUrl,
			RequestPayer: s.payer,
		}
		var way paging.Circle
		for {
			out, err := s.client.ListObjectsV2(ctx, in)
			if err != nil {
				yield(nil, listFailure(bucket, prefix, err))
				return
			}
			page, err := objects(bucket, out)
			if err == nil {
				err = belong(page, prefix, aws.ToString(in.StartAfter))
			}
			if err != nil {
				yield(nil, listFailure(bucket, prefix, err))
				return
			}
			if len(page) > 0 && !yield(page, nil) {
				return
			}
			more, err := following(in, out, page, &way)
			if err != nil {
				yield(nil, listFailure(bucket, prefix, err))
			}
			if !more || err != nil {
				return
			}
		}
	}
}

// Pages of a listing that contradict themselves, or what was asked for.
var (
	errNoWay   = errors.New("more is said to follow, but not how to ask for it")
	errForeign = errors.New("a key in the listing is not among those that were asked for")
)

// belong checks that a page has keys below the prefix and after the one from
// which the listing was to begin.
func belong(page []planner.Object, prefix, startAfter string) error {
	for _, o := range page {
		if !strings.HasPrefix(o.Key, prefix) || o.Key <= startAfter && startAfter != "" {
			return fmt.Errorf("%w: %q", errForeign, shorten(o.Key))
		}
	}
	return nil
}

// following prepares the request for the page after one, and is false where
// that was the last. A page that is cut short and doesn't name the next is gone
// on from behind its last key; no page is taken for the last that says it
// isn't.
func following(
	in *s3.ListObjectsV2Input, out *s3.ListObjectsV2Output, page []planner.Object, way *paging.Circle,
) (more bool, err error) {
	token := aws.ToString(out.NextContinuationToken)
	switch {
	case token != "":
		in.ContinuationToken, in.StartAfter = aws.String(token), nil
		return true, way.Next(token)
	case !aws.ToBool(out.IsTruncated):
		return false, nil
	case len(page) == 0:
		return false, errNoWay
	}
	in.ContinuationToken, in.StartAfter = nil, aws.String(page[len(page)-1].Key)
	return true, nil
}

// objects reads one page.
func objects(bucket string, out *s3.ListObjectsV2Output) ([]planner.Object, error) {
	page := make([]planner.Object, 0, len(out.Contents))
	for _, c := range out.Contents {
		key := aws.ToString(c.Key)
		if out.EncodingType == types.EncodingTypeUrl {
			decoded, err := url.QueryUnescape(key)
			if err != nil {
				return nil, fmt.Errorf("key %q in the listing: %w", key, err)
			}
			key = decoded
		}
		page = append(page, planner.Object{
			Bucket:       bucket,
			Key:          key,
			ETag:         unquote(aws.ToString(c.ETag)),
			SizeBytes:    aws.ToInt64(c.Size),
			LastModified: aws.ToTime(c.LastModified),
			StorageClass: storageClass(string(c.StorageClass)),
		})
	}
	return page, nil
}

// Region asks where a bucket is; best effort: an S3 that doesn't say gives
// an empty answer. S3 says so even to those who may not look inside. That of an
// access point stands in its ARN.
func (s *Store) Region(ctx context.Context, bucket string) (string, error) {
	if point, is := config.AccessPointOf(bucket); is {
		if s.options.AWS.S3.OwnRegionOnly {
			return "", nil // the SDK refuses those of others
		}
		return point.Region, nil
	}
	out, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)})
	if err == nil {
		return aws.ToString(out.BucketRegion), nil
	}
	var refusal *smithyhttp.ResponseError
	if errors.As(err, &refusal) && refusal.Response != nil &&
		refusal.HTTPStatusCode() != http.StatusNotFound {
		if r := refusal.Response.Header.Get("X-Amz-Bucket-Region"); r != "" {
			return r, nil
		}
	}
	return "", failure("HeadBucket", bucket, "", err)
}

// unquote takes the quotes off an ETag.
func unquote(etag string) string {
	return strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
}

// quote puts them on, as conditions want them.
func quote(etag string) *string { return aws.String(`"` + etag + `"`) }

// storageClass gives STANDARD as the empty string, as planner.Object does.
func storageClass(s string) string {
	if s == string(types.StorageClassStandard) {
		return ""
	}
	return s
}

// optional is nil for the empty string.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}
