package objectstore

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
)

// answer is what an S3 says.
func answerOf(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/xml"}},
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

// deniedHead refuses HEAD as S3 does for those who may not list the bucket.
func deniedHead(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodHead {
		return answerOf(http.StatusForbidden, ""), nil
	}
	return nil, nil
}

func TestLookTellsWhatIsGoneFromWhatIsDenied(t *testing.T) {
	f := newFixture(t, nil)
	f.put(t, destBucket, "base/there", []byte("x"), nil)
	if d, err := f.dest.Look(t.Context(), destBucket, "base/there"); err != nil || d.SizeBytes != 1 {
		t.Errorf("got %+v, %v; want the object", d, err)
	}
	if _, err := f.dest.Look(t.Context(), destBucket, "base/gone"); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	f.to.before = deniedHead
	if _, err := f.dest.Look(t.Context(), destBucket, "base/gone"); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("refused, and not in the listing: got %v, want not found", err)
	}
	_, err := f.dest.Look(t.Context(), destBucket, "base/there")
	if !errors.Is(err, transfer.ErrDenied) || errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("refused, and in the listing: got %v, want denied", err)
	}
	f.to.before = func(*http.Request) (*http.Response, error) {
		return answerOf(http.StatusForbidden, "<Error><Code>AccessDenied</Code></Error>"), nil
	}
	if _, err := f.dest.Look(t.Context(), destBucket, "base/gone"); !errors.Is(err, transfer.ErrDenied) {
		t.Errorf("listing refused, too: got %v, want denied", err)
	}
}

// uploadPages answer a listing of uploads in two pages, keys encoded.
func uploadPages(req *http.Request) (*http.Response, error) {
	q := req.URL.Query()
	if !q.Has("uploads") {
		return nil, nil
	}
	page := func(truncated, key string) string {
		return `<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>` + truncated +
			`</IsTruncated><NextKeyMarker>base/a%2Bb</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker>` +
			`<Upload><Key>` + key + `</Key><UploadId>u</UploadId>` +
			`<Initiated>2026-11-01T12:00:00.000Z</Initiated></Upload></ListMultipartUploadsResult>`
	}
	switch {
	case q.Get("key-marker") == "base/a+b" && q.Get("upload-id-marker") == "1":
		return answerOf(http.StatusOK, page("false", "base/c%0A")), nil
	case q.Get("prefix") == "base/" && !q.Has("key-marker"):
		return answerOf(http.StatusOK, page("true", "base/a%2Bb")), nil
	}
	return answerOf(http.StatusBadRequest, "<Error><Code>InvalidArgument</Code></Error>"), nil
}

func TestLeftUploadsPagesAndDecodes(t *testing.T) {
	f := newFixture(t, nil)
	f.to.before = uploadPages
	var keys []string
	for u, err := range f.dest.LeftUploads(t.Context(), destBucket, "base/") {
		if err != nil {
			t.Fatal(err)
		}
		if u.StartedOn.Year() != 2026 || u.UploadID != "u" {
			t.Errorf("got %+v, want the time and the ID", u)
		}
		keys = append(keys, u.Key)
	}
	if want := []string{"base/a+b", "base/c\n"}; !slices.Equal(keys, want) {
		t.Errorf("got %q, want %q", keys, want)
	}
	f.to.before = func(*http.Request) (*http.Response, error) {
		return answerOf(http.StatusForbidden, "<Error><Code>AccessDenied</Code></Error>"), nil
	}
	for _, err := range f.dest.LeftUploads(t.Context(), destBucket, "base/") {
		if !errors.Is(err, transfer.ErrDenied) {
			t.Errorf("got %v, want denied", err)
		}
	}
}

func TestUploadBytesAndAbort(t *testing.T) {
	f := newFixture(t, nil)
	made, err := f.dest.client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: aws.String(destBucket), Key: aws.String("k"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range int32(2) {
		if _, err := f.dest.client.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: aws.String(destBucket), Key: aws.String("k"), UploadId: made.UploadId,
			PartNumber: aws.Int32(n + 1), Body: bytes.NewReader(make([]byte, 100)),
		}); err != nil {
			t.Fatal(err)
		}
	}
	n, there, err := f.dest.UploadBytes(t.Context(), destBucket, "k", *made.UploadId)
	if n != 200 || !there || err != nil {
		t.Errorf("got %d, %v, %v; want 200 bytes", n, there, err)
	}
	for range 2 { // the second finds it gone
		if err := f.dest.AbortUpload(t.Context(), destBucket, "k", *made.UploadId); err != nil {
			t.Error(err)
		}
	}
	if n, there, err := f.dest.UploadBytes(t.Context(), destBucket, "k", *made.UploadId); n != 0 || there || err != nil {
		t.Errorf("aborted: got %d, %v, %v; want nothing there", n, there, err)
	}
}
