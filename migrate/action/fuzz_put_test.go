package action

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
)

// FuzzPutAnswer: what a presigned URL answers counts as done where the status
// is 200 and no error stands in the body, and no error shows more of it than
// S3's code.
func FuzzPutAnswer(f *testing.F) {
	for _, text := range []string{
		"", "<Error><Code>InternalError</Code><Message>Hush0</Message></Error>",
		"<Error><Code>Hush0 1</Code></Error>",
		"  <?xml version=\"1.0\"?>\n<Error><Code>SlowDown</Code></Error>", "<Error/>", "<a/>", "\xff",
		"<Error><Code>NoSuchUpload</Code></Error>",
		"<CopyPartResult><ETag>e</ETag></CopyPartResult>",
		"<Error><Code>PreconditionFailed</Code></Error>" + strings.Repeat(" ", maxAnswerBytes),
	} {
		for _, status := range []int{200, 204, 302, 403, 412, 503} {
			f.Add(status, []byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got, err := checkPut(&http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(string(body)))})
		refused := status != http.StatusOK || s3Code(body[:min(len(body), maxAnswerBytes)]) != ""
		if err == nil && refused {
			t.Errorf("status %d %q was taken for done", status, body)
		}
		if len(got) > maxAnswerBytes {
			t.Errorf("%d bytes were read", len(got))
		}
		if err != nil && strings.Contains(err.Error(), "Hush0") {
			t.Errorf("the error %q shows the answer", err)
		}
		if status == http.StatusPreconditionFailed && s3Code(body) == "" && !errors.Is(err, transfer.ErrChanged) {
			t.Errorf("got %v, want a change", err)
		}
	})
}

// What a proxy or a login sends is no part that has arrived; what S3 puts off is
// throttled.
func TestCheckPut(t *testing.T) {
	page := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	for _, tt := range []struct {
		status int
		header http.Header
		want   error
	}{
		{200, nil, nil}, {200, page, errPage}, {429, nil, transfer.ErrThrottled}, {503, page, transfer.ErrThrottled},
		{403, nil, effect.ErrURLRefused}, {412, nil, transfer.ErrChanged},
	} {
		_, err := checkPut(&http.Response{StatusCode: tt.status, Header: tt.header, Body: http.NoBody})
		if !errors.Is(err, tt.want) {
			t.Errorf("%d %v: got %v, want %v", tt.status, tt.header, err, tt.want)
		}
	}
}
