package objectstore

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// scripted is a Store of a server that always answers the same.
func scripted(t *testing.T, status int, body []byte) (*Store, *wire) {
	t.Helper()
	w := &wire{before: answering(status, http.Header{}, func() io.Reader { return bytes.NewReader(body) })}
	s, err := New(Options{Credentials: static, Endpoint: "http://127.0.0.1:1", PathStyle: true, HTTPClient: w,
		MaxRetryDelay: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	return s, w
}

// FuzzUploadAnswers: whatever a server says of multipart uploads and their
// parts, listings end, parts have numbers and sizes that exist, and an answer
// that holds an error is one, also with status 200.
func FuzzUploadAnswers(f *testing.F) {
	const part = "<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>e</ETag></Part>"
	for _, text := range []string{
		"<ListPartsResult>" + part + "</ListPartsResult>",
		"<ListPartsResult>" + strings.Repeat(part, 3) + "</ListPartsResult>",
		"<ListPartsResult><Part><PartNumber>1</PartNumber><Size>-1</Size></Part></ListPartsResult>",
		"<ListPartsResult><Part><PartNumber>-5</PartNumber><Size>-1</Size></Part></ListPartsResult>",
		"<ListPartsResult><Part><Size>9223372036854775807</Size></Part>" + part + "</ListPartsResult>",
		"<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker></ListPartsResult>",
		"<ListMultipartUploadsResult><EncodingType>url</EncodingType>" +
			"<Upload><Key>a%2</Key></Upload></ListMultipartUploadsResult>",
		"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>" +
			"<NextKeyMarker>k</NextKeyMarker></ListMultipartUploadsResult>",
		"<Error><Code>InternalError</Code><Message>m</Message></Error>", "<Error><Code>NoSuchUpload</Code></Error>",
		"\n  <Error><Code>SlowDown</Code></Error>", "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>", "",
		"<", "\xff",
		"<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>", "<Policy/>",
		"{\"Version\":",
	} {
		f.Add(200, []byte(text))
		f.Add(404, []byte(text))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 499 || status == 429 || status == 408 {
			return // tried again, which the tests of that are for
		}
		s, w := scripted(t, status, body)
		held, err := s.listParts(t.Context(), transfer.Request{Bucket: "b", Key: "k", Resume: transfer.Upload{UploadID: "u"}})
		for number, p := range held {
			if err == nil && (number < 1 || number > maxParts || p.SizeBytes < 0 || p.SizeBytes > maxPartBytes) {
				t.Errorf("part %d has %d bytes", number, p.SizeBytes)
			}
		}
		if bytes, _, err := s.UploadBytes(t.Context(), "b", "k", "u"); err == nil && bytes < 0 {
			t.Errorf("an upload of %d bytes", bytes)
		}
		n := 0
		for range s.LeftUploads(t.Context(), "b", "") {
			n++
		}
		if n > len(body)+1 {
			t.Errorf("%d uploads in %d bytes", n, len(body))
		}
		_, err = NewMover(s, s, MoverOptions{}).Copy(t.Context(), transfer.Request{Bucket: "d", Key: "k",
			Source: planner.Object{Bucket: "b", Key: "k", SizeBytes: 5, ETag: "e"}})
		if err == nil && bytes.Contains(body, []byte("<Error>")) && !bytes.Contains(body, []byte("Result")) {
			t.Errorf("an error was taken for a copy: %q", body)
		}
		if n := len(w.requests()); n > 200 {
			t.Errorf("%d requests", n)
		}
	})
}
