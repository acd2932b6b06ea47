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

// headers are what goes along with an object's bytes.
type headers struct {
	contentType, cacheControl, disposition *string
	encoding, language, expires, redirect  *string
	metadata                               map[string]string
	// tags are encoded as a URL query; nil for none.
	tags *string
}

// ofHead takes the headers from a head.
func ofHead(out *s3.HeadObjectOutput) headers {
	return headers{
		contentType: out.ContentType, cacheControl: out.CacheControl,
		disposition: out.ContentDisposition, encoding: out.ContentEncoding,
		language: out.ContentLanguage, expires: out.ExpiresString,
		redirect: out.WebsiteRedirectLocation, metadata: out.Metadata,
	}
}

// ofGet takes the headers from a reply with a body.
func ofGet(out *s3.GetObjectOutput) headers {
	return headers{
		contentType: out.ContentType, cacheControl: out.CacheControl,
		disposition: out.ContentDisposition, encoding: out.ContentEncoding,
		language: out.ContentLanguage, expires: out.ExpiresString,
		redirect: out.WebsiteRedirectLocation, metadata: out.Metadata,
	}
}

// onPut writes the headers to a request.
func (h headers) onPut(in *s3.PutObjectInput) {
	in.ContentType, in.CacheControl = h.contentType, h.cacheControl
	in.ContentDisposition, in.ContentEncoding = h.disposition, h.encoding
	in.ContentLanguage, in.WebsiteRedirectLocation = h.language, h.redirect
	in.Metadata, in.Tagging = h.metadata, h.tags
	if t, err := http.ParseTime(aws.ToString(h.expires)); err == nil {
		in.Expires = aws.Time(t)
	}
}

// onCreate writes the headers to a request.
func (h headers) onCreate(in *s3.CreateMultipartUploadInput) {
	in.ContentType, in.CacheControl = h.contentType, h.cacheControl
	in.ContentDisposition, in.ContentEncoding = h.disposition, h.encoding
	in.ContentLanguage, in.WebsiteRedirectLocation = h.language, h.redirect
	in.Metadata, in.Tagging = h.metadata, h.tags
	if t, err := http.ParseTime(aws.ToString(h.expires)); err == nil {
		in.Expires = aws.Time(t)
	}
}

// onCopy writes the headers to a request.
func (h headers) onCopy(in *s3.CopyObjectInput) {
	in.ContentType, in.CacheControl = h.contentType, h.cacheControl
	in.ContentDisposition, in.ContentEncoding = h.disposition, h.encoding
	in.ContentLanguage, in.WebsiteRedirectLocation = h.language, h.redirect
	in.Metadata = h.metadata
	if t, err := http.ParseTime(aws.ToString(h.expires)); err == nil {
		in.Expires = aws.Time(t)
	}
}

// from adds a record of the source where that is asked for.
func (h headers) from(req transfer.Request, source planner.Object) headers {
	if req.RecordOrigin {
		h.metadata = planner.WithOrigin(h.metadata, source)
	}
	return h
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
