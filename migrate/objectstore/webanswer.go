package objectstore

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// maxRefusalBytes bounds what is read of an answer that is no object.
const maxRefusalBytes = 4 << 10

// maxMetadataBytes is how much user metadata an object can have in S3
// (source: S3 user guide, "Working with object metadata", 2025).
const maxMetadataBytes = 2 << 10

// span is a range of an object.
type span struct {
	object        planner.Object
	first, length int64
}

// whole reports whether it is all of the object.
func (s span) whole() bool { return s.first == 0 && s.length == s.object.SizeBytes }

// header is what a request for the span says.
func (s span) header(pin string) http.Header {
	h := http.Header{}
	// Bytes are wanted as they are stored.
	h.Set("Accept-Encoding", "identity")
	h.Set("User-Agent", "migrate")
	if !s.whole() {
		h.Set("Range", part{first: s.first, length: s.length}.byteRange())
	}
	if pin != "" {
		h.Set("If-Match", pin)
	}
	return h
}

// refusedError is an answer that is no object. Its kind is one of the
// transfer.Err values, nil for most where another attempt may do better.
type refusedError struct {
	status int
	code   string
	kind   error
	// after is what the server asked to wait.
	after time.Duration
}

// Error names status and code.
func (e *refusedError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", e.status, e.code))
}

// Unwrap is the kind.
func (e *refusedError) Unwrap() error { return e.kind }

// judge decides whether an answer holds the span, at its begin; more says
// that its body goes on after the span.
func (s span) judge(resp *http.Response) (more bool, err error) {
	switch resp.StatusCode {
	case http.StatusOK:
		return s.judgeWhole(resp.ContentLength)
	case http.StatusPartialContent:
		return false, s.judgePart(resp.ContentLength, resp.Header.Get("Content-Range"))
	}
	start, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusalBytes))
	return false, &refusedError{
		status: resp.StatusCode, code: refusalCode(start),
		kind: refusalKinds[resp.StatusCode], after: retryAfter(resp.Header),
	}
}

// judgeWhole decides about an answer with all of the object. The length is
// negative where the server doesn't tell.
func (s span) judgeWhole(length int64) (more bool, err error) {
	size := s.object.SizeBytes
	switch {
	case length >= 0 && length != size:
		return false, fmt.Errorf("%w: %d bytes, planned %d", transfer.ErrChanged, length, size)
	case s.first > 0:
		return false, transfer.ErrNoRanges
	}
	return s.length < size, nil
}

// judgePart decides about an answer with a range.
func (s span) judgePart(length int64, contentRange string) error {
	first, last, total, ok := parseContentRange(contentRange)
	switch {
	case !ok:
		return fmt.Errorf("%w: Content-Range %q", transfer.ErrNoRanges, shorten(contentRange))
	case total >= 0 && total != s.object.SizeBytes:
		return fmt.Errorf("%w: %d bytes, planned %d",
			transfer.ErrChanged, total, s.object.SizeBytes)
	case first != s.first || last != s.first+s.length-1,
		length >= 0 && length != s.length:
		return fmt.Errorf("%w: bytes %d to %d instead of %d to %d",
			transfer.ErrNoRanges, first, last, s.first, s.first+s.length-1)
	}
	return nil
}

// parseContentRange reads a Content-Range of bytes (RFC 9110, section
// 14.4). The total is -1 where the server doesn't tell.
func parseContentRange(text string) (first, last, total int64, ok bool) {
	extent, isBytes := strings.CutPrefix(text, "bytes ")
	span, size, hasSize := strings.Cut(extent, "/")
	from, to, hasEnd := strings.Cut(span, "-")
	if !isBytes || !hasSize || !hasEnd {
		return 0, 0, 0, false
	}
	first, firstOK := digits(from)
	last, lastOK := digits(to)
	total, totalOK := digits(size)
	if size == "*" {
		total, totalOK = -1, true
	}
	if !firstOK || !lastOK || !totalOK || last < first || total >= 0 && last >= total {
		return 0, 0, 0, false
	}
	return first, last, total, true
}

// digits reads a number without a sign.
func digits(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err == nil
}

// refusalKinds sort answers that are no object. A URL that has expired is
// 403 with S3, CloudFront and most others, 400 with Google.
var refusalKinds = map[int]error{
	http.StatusBadRequest:   transfer.ErrDenied,
	http.StatusUnauthorized: transfer.ErrDenied,
	http.StatusForbidden:    transfer.ErrDenied,
	http.StatusNotFound:     transfer.ErrNotFound,
	http.StatusGone:         transfer.ErrNotFound,

	http.StatusTooManyRequests: transfer.ErrThrottled,

	http.StatusPreconditionFailed:           transfer.ErrChanged,
	http.StatusRequestedRangeNotSatisfiable: transfer.ErrChanged,
}

// refusalCode is the code in an error document as S3 and Google write it;
// empty without one. The rest may repeat what was signed.
func refusalCode(start []byte) string {
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
	}
	if xml.NewDecoder(bytes.NewReader(start)).Decode(&document) != nil ||
		len(document.Code) > maxMessageBytes {
		return ""
	}
	for _, c := range document.Code {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '.' {
			return ""
		}
	}
	return document.Code
}

// retryAfter is what the header asks to wait, in seconds; 0 without.
func retryAfter(h http.Header) time.Duration {
	const day = 24 * 60 * 60
	seconds, ok := digits(h.Get("Retry-After"))
	if !ok {
		return 0
	}
	return time.Duration(min(seconds, day)) * time.Second
}

// ofWeb takes what belongs to the object from an answer's headers; the
// others are the server's own.
func ofWeb(h http.Header) Headers {
	return Headers{
		ContentType: optional(h.Get("Content-Type")),
		Encoding:    optional(h.Get("Content-Encoding")),
		Language:    optional(h.Get("Content-Language")),
		Metadata:    webMetadata(h),
	}
}

// webMetadata is the user metadata, as S3 and Google write it, nil where it
// would not fit an object.
func webMetadata(h http.Header) map[string]string {
	var metadata map[string]string
	size := 0
	for name := range h {
		low := strings.ToLower(name)
		key, found := strings.CutPrefix(low, "x-amz-meta-")
		if !found {
			key, found = strings.CutPrefix(low, "x-goog-meta-")
		}
		if !found || key == "" {
			continue
		}
		if metadata == nil {
			metadata = make(map[string]string)
		}
		metadata[key] = h.Get(name)
		if size += len(key) + len(metadata[key]); size > maxMetadataBytes {
			return nil
		}
	}
	return metadata
}
