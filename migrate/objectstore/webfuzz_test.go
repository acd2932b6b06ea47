package objectstore

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// What is read of a Content-Range is what it says, whatever it says.
func FuzzContentRange(f *testing.F) {
	for _, text := range []string{
		"bytes 0-9/10", "bytes 5-9/*", "bytes */10", "bytes 0-9", "bytes -1-9/10", "bytes 9-0/10",
		"bytes 0-10/10", "bytes +0-9/10", "items 0-9/10", "bytes 0-9223372036854775808/*", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, last, total, ok := parseContentRange(text)
		if !ok {
			return
		}
		if first < 0 || last < first || total < -1 || total >= 0 && last >= total {
			t.Errorf("%q: got %d to %d of %d", text, first, last, total)
		}
		if !strings.HasPrefix(text, "bytes ") {
			t.Errorf("%q is not about bytes", text)
		}
	})
}

// An answer is taken only if it begins where it should and isn't known to be
// of another size.
func FuzzWebAnswer(f *testing.F) {
	f.Add(206, "bytes 5-9/100", "", int64(5), []byte("01234"))
	f.Add(206, "", "multipart/byteranges", int64(-1), []byte{})
	f.Add(200, "", "", int64(100), []byte("x"))
	f.Add(503, "", "120", int64(0), []byte("<Error><Code>SlowDown</Code></Error>"))
	f.Add(403, "bytes 5-9/100", "999999999999999999999", int64(1), []byte("<Error><Code>&#10;</Code>"))
	f.Fuzz(func(t *testing.T, status int, contentRange, other string, length int64, body []byte) {
		s := span{planner.Object{SizeBytes: 100}, 5, 5}
		h := http.Header{
			"Content-Range": {contentRange}, "Retry-After": {other}, "Etag": {other},
			"X-Amz-Meta-" + other: {contentRange}, "Content-Type": {other},
		}
		more, err := s.judge(&http.Response{
			StatusCode: status, Header: h, ContentLength: length,
			Body: io.NopCloser(strings.NewReader(string(body))),
		})
		first, last, total, ok := parseContentRange(contentRange)
		fits := status == http.StatusPartialContent && ok && first == 5 && last == 9 &&
			(total == 100 || total == -1) && (length < 0 || length == 5)
		if (err == nil) != fits || more {
			t.Errorf("got %v, more %v; the answer fits: %v", err, more, fits)
		}
		if d := retryAfter(h); d < 0 {
			t.Errorf("a pause of %v", d)
		}
		for _, c := range refusalCode(body) {
			if c > 'z' {
				t.Errorf("code %q", refusalCode(body))
			}
		}
		size := 0
		for key, value := range ofWeb(h).Metadata {
			size += len(key) + len(value)
		}
		if size > maxMetadataBytes {
			t.Errorf("%d bytes of metadata", size)
		}
	})
}
