package synapse

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// UploadCalls are multipart uploads and copies.
type UploadCalls struct{ client *Client }

// StartMultipart starts an upload or a copy, or returns where one that was
// started with an equal request stands. With forceRestart the server forgets
// that one and starts anew.
func (c UploadCalls) StartMultipart(
	ctx context.Context, r MultipartRequest, forceRestart bool,
) (MultipartStatus, error) {
	start := ask(r, "/file/v1/file/multipart")
	if forceRestart {
		start = create(r, "/file/v1/file/multipart")
		start.query = url.Values{"forceRestart": {"true"}}
	}
	return fetch[MultipartStatus](ctx, c.client, start)
}

// PartURLs returns presigned URLs for parts of an upload, valid for 15
// minutes.
func (c UploadCalls) PartURLs(
	ctx context.Context, uploadID string, r PartURLsRequest,
) (PartURLs, error) {
	return fetchWhole[PartURLs](ctx, c.client, ask(r, "/file/v1/file/multipart/{}/presigned/url/batch", uploadID),
		func(u PartURLs) string { return u.lacksOf(r) })
}

// AddPart adds a part, counted from 1, whose bytes were sent to its URL.
// The MD5 is 32 hex digits; for a copy, the ETag that S3 answered. Look at
// the result's AddPartState: a failure is no error here. After
// ErrUnknownOutcome, StartMultipart tells which parts were added; adding
// one twice may undo it, as its bytes are taken away by the first time.
func (c UploadCalls) AddPart(
	ctx context.Context, uploadID string, part int64, md5Hex string,
) (AddPartResult, error) {
	return fetch[AddPartResult](ctx, c.client, request{
		method: http.MethodPut, path: "/file/v1/file/multipart/{}/add/{}",
		args:  []string{uploadID, strconv.FormatInt(part, 10)},
		query: url.Values{"partMD5Hex": {md5Hex}},
	})
}

// CompleteMultipart finishes an upload all of whose parts were added. The
// result has the new handle's ID. Doing it again gives the same result.
func (c UploadCalls) CompleteMultipart(ctx context.Context, uploadID string) (MultipartStatus, error) {
	return fetch[MultipartStatus](ctx, c.client, request{
		method: http.MethodPut, path: "/file/v1/file/multipart/{}/complete",
		args: []string{uploadID}, repeat: repeatFreely,
	})
}
