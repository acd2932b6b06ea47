package awsbackend

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/synapse/emulator"
)

// PresignGet makes a URL that downloads an object, answering with the given
// content type and disposition where they are not empty.
func (b *Backend) PresignGet(
	ctx context.Context, bucket, key, contentType, disposition string, life time.Duration,
) (string, error) {
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if contentType != "" {
		in.ResponseContentType = &contentType
	}
	if disposition != "" {
		in.ResponseContentDisposition = &disposition
	}
	out, err := b.presign.PresignGetObject(ctx, in, s3.WithPresignExpires(life),
		s3.WithPresignClientFromClientOptions(b.in(bucket)))
	if err != nil {
		return "", fmt.Errorf("signing a download of s3://%s/%s: %w", bucket, key, err)
	}
	return out.URL, nil
}

// PresignPut makes a URL that uploads an object, and the headers that must
// be sent with it.
func (b *Backend) PresignPut(
	ctx context.Context, bucket, key, contentType string, life time.Duration,
) (string, map[string]string, error) {
	var headers http.Header
	if contentType != "" {
		headers = http.Header{"Content-Type": {contentType}}
	}
	return b.presignRequest(ctx, bucket, key, nil, headers, life)
}

// PresignPartCopy makes a URL for UploadPartCopy, and the headers that must
// be sent with it: those of the copy are signed.
func (b *Backend) PresignPartCopy(
	ctx context.Context, c emulator.PartCopy, life time.Duration,
) (string, map[string]string, error) {
	headers := http.Header{}
	headers.Set("x-amz-copy-source", copySource(c))
	headers.Set("x-amz-copy-source-if-match", c.SourceETag)
	if c.Last >= 0 {
		headers.Set("x-amz-copy-source-range", copyRange(c))
	}
	if c.ContentType != "" {
		headers.Set("Content-Type", c.ContentType)
	}
	query := url.Values{
		"partNumber": {strconv.Itoa(int(c.PartNumber))},
		"uploadId":   {c.UploadID},
	}
	return b.presignRequest(ctx, c.Bucket, c.Key, query, headers, life)
}

// presignRequest signs a PUT by hand. The SDK offers no UploadPartCopy, and
// its PutObject signs a content length of zero, which no upload has.
func (b *Backend) presignRequest(
	ctx context.Context, bucket, key string, query url.Values, headers http.Header,
	life time.Duration,
) (string, map[string]string, error) {
	target := strings.TrimSuffix(b.options.PublicS3Endpoint, "/") + "/" +
		escapePath(bucket+"/"+key)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, target, nil)
	if err != nil {
		return "", nil, fmt.Errorf("signing an upload to s3://%s/%s: %w", bucket, key, err)
	}
	values := url.Values{"X-Amz-Expires": {strconv.FormatInt(int64(life/time.Second), 10)}}
	for name := range query {
		values[name] = query[name]
	}
	request.URL.RawQuery = values.Encode()
	for name := range headers {
		request.Header[name] = headers[name]
	}
	keys, err := b.keys.Retrieve(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("signing an upload to s3://%s/%s: %w", bucket, key, err)
	}
	signed, _, err := b.signer.PresignHTTP(ctx, keys, request, "UNSIGNED-PAYLOAD", "s3",
		b.options.regionOf(bucket), time.Now())
	if err != nil {
		return "", nil, fmt.Errorf("signing an upload to s3://%s/%s: %w", bucket, key, err)
	}
	return signed, sent(headers), nil
}

// sent names the headers as Synapse does: x-amz-... in lower case.
func sent(headers http.Header) map[string]string {
	if len(headers) == 0 {
		return nil
	}
	out := make(map[string]string, len(headers))
	for name := range headers {
		as := name
		if strings.HasPrefix(name, "X-Amz-") {
			as = strings.ToLower(name)
		}
		out[as] = headers.Get(name)
	}
	return out
}
