package objectstore

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Headers are what goes along with an object's bytes, as HTTP and S3 name it;
// nil for what there is not.
type Headers struct {
	ContentType, CacheControl, Disposition *string
	Encoding, Language, Expires, Redirect  *string
	// Metadata is the user metadata, its keys without x-amz-meta-.
	Metadata map[string]string
	// tags are encoded as a URL query; nil for none.
	tags *string
}

// ofHead takes the headers from a head.
func ofHead(out *s3.HeadObjectOutput) Headers {
	return Headers{
		ContentType: out.ContentType, CacheControl: out.CacheControl,
		Disposition: out.ContentDisposition, Encoding: out.ContentEncoding,
		Language: out.ContentLanguage, Expires: out.ExpiresString,
		Redirect: out.WebsiteRedirectLocation, Metadata: out.Metadata,
	}
}

// ofGet takes the headers from a reply with a body.
func ofGet(out *s3.GetObjectOutput) Headers {
	return Headers{
		ContentType: out.ContentType, CacheControl: out.CacheControl,
		Disposition: out.ContentDisposition, Encoding: out.ContentEncoding,
		Language: out.ContentLanguage, Expires: out.ExpiresString,
		Redirect: out.WebsiteRedirectLocation, Metadata: out.Metadata,
	}
}

// onPut writes the headers to a request.
func (h Headers) onPut(in *s3.PutObjectInput) {
	in.ContentType, in.CacheControl = h.ContentType, h.CacheControl
	in.ContentDisposition, in.ContentEncoding = h.Disposition, h.Encoding
	in.ContentLanguage, in.WebsiteRedirectLocation = h.Language, h.Redirect
	in.Metadata, in.Tagging = h.Metadata, h.tags
	if t, err := http.ParseTime(aws.ToString(h.Expires)); err == nil {
		in.Expires = aws.Time(t)
	}
}

// onCreate writes the headers to a request.
func (h Headers) onCreate(in *s3.CreateMultipartUploadInput) {
	in.ContentType, in.CacheControl = h.ContentType, h.CacheControl
	in.ContentDisposition, in.ContentEncoding = h.Disposition, h.Encoding
	in.ContentLanguage, in.WebsiteRedirectLocation = h.Language, h.Redirect
	in.Metadata, in.Tagging = h.Metadata, h.tags
	if t, err := http.ParseTime(aws.ToString(h.Expires)); err == nil {
		in.Expires = aws.Time(t)
	}
}

// onCopy writes the headers to a request.
func (h Headers) onCopy(in *s3.CopyObjectInput) {
	in.ContentType, in.CacheControl = h.ContentType, h.CacheControl
	in.ContentDisposition, in.ContentEncoding = h.Disposition, h.Encoding
	in.ContentLanguage, in.WebsiteRedirectLocation = h.Language, h.Redirect
	in.Metadata = h.Metadata
	if t, err := http.ParseTime(aws.ToString(h.Expires)); err == nil {
		in.Expires = aws.Time(t)
	}
}

// from adds a record of the source where that is asked for.
func (h Headers) from(req transfer.Request, source planner.Object) Headers {
	if req.RecordOrigin {
		h.Metadata = planner.WithOrigin(h.Metadata, source)
	}
	return h
}

// tagsOf are an object's tags, encoded as a URL query, where its source has
// tags; nil for none. The count is that of an answer.
func tagsOf(ctx context.Context, source Source, o planner.Object, count *int32) *string {
	s, ok := source.(*Store)
	if !ok {
		return nil
	}
	return s.tags(ctx, o, count)
}

// tags reads an object's tags where the credentials allow it. The count is
// the head's, which S3 leaves out for those who may not read tags.
func (s *Store) tags(ctx context.Context, o planner.Object, count *int32) *string {
	if aws.ToInt32(count) == 0 {
		return nil
	}
	out, err := s.client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{
		Bucket: aws.String(o.Bucket), Key: aws.String(o.Key), RequestPayer: s.payer,
	})
	if err != nil {
		s.options.Logger.Warn().Err(failure("GetObjectTagging", o.Bucket, o.Key, err)).
			Msg("tags are not kept")
		return nil
	}
	query := url.Values{}
	for _, t := range out.TagSet {
		query.Set(aws.ToString(t.Key), aws.ToString(t.Value))
	}
	return optional(query.Encode())
}
