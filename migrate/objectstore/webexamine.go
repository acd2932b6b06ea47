package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// Errors of Examine, beside those of package transfer.
var (
	// ErrNoSize: nobody says how large an object is.
	ErrNoSize = errors.New("size is not known")
	// ErrOtherSize: the server says another size than was expected.
	ErrOtherSize = errors.New("another size than expected")
)

// Sight is what Examine found out.
type Sight struct {
	planner.Detail
	// Ranges is true where the server gives ranges of the object.
	Ranges bool
}

// Examine finds out what an object is by asking for its first byte: servers
// let that be read with URLs that are signed for reading, which are not good
// for a HEAD. The object's size is what is expected; negative is unknown. An
// error wraps ErrNoSize, ErrOtherSize or one of package transfer's, and holds
// no URL's query.
func (w *Web) Examine(ctx context.Context, o planner.Object) (Sight, error) {
	t := w.targets.acquire(o)
	defer w.targets.release(t)
	for attempt := 1; ; attempt++ {
		s, err := w.examineOnce(ctx, t, o)
		switch {
		case err == nil:
			return s, nil
		case errors.Is(err, ErrNoSize), errors.Is(err, ErrOtherSize):
			return s, webFailure(o, err)
		}
		if err := w.wait(ctx, o, err, attempt); err != nil {
			return s, webFailure(o, err)
		}
	}
}

// examineOnce makes one request.
func (w *Web) examineOnce(ctx context.Context, t *target, o planner.Object) (Sight, error) {
	u, err := t.url(ctx, nil)
	if err != nil {
		return Sight{}, err
	}
	header := span{object: planner.Object{SizeBytes: 2}, length: 1}.header("")
	resp, err := w.follow(ctx, u, header)
	if err != nil {
		return Sight{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	size, ranges, err := sizeOf(resp)
	if err != nil {
		return Sight{}, err
	}
	if w.page(o, resp) {
		return Sight{}, ErrPage
	}
	switch {
	case size < 0 && o.SizeBytes < 0:
		return Sight{}, ErrNoSize
	case size < 0:
		size = o.SizeBytes
	case o.SizeBytes >= 0 && size != o.SizeBytes:
		return Sight{}, fmt.Errorf("%w: %d bytes instead of %d", ErrOtherSize, size, o.SizeBytes)
	}
	if ranges { // else the connection is of no more use
		_, _ = io.CopyN(io.Discard, resp.Body, 2)
	}
	o.SizeBytes, o.ETag = size, unquote(resp.Header.Get("ETag"))
	s := Sight{Detail: unproven(o), Ranges: ranges}
	s.ContentType = aws.ToString(ofWeb(resp.Header).ContentType)
	return s, nil
}

// sizeOf reads the answer to a request for the first byte; a negative size is
// unknown.
func sizeOf(resp *http.Response) (size int64, ranges bool, err error) {
	extent := resp.Header.Get("Content-Range")
	switch resp.StatusCode {
	case http.StatusOK:
		return resp.ContentLength, false, nil
	case http.StatusPartialContent:
		first, last, total, ok := parseContentRange(extent)
		if !ok || first != 0 || last != 0 {
			return 0, false, fmt.Errorf("%w: Content-Range %q", transfer.ErrNoRanges, shorten(extent))
		}
		return total, true, nil
	case http.StatusRequestedRangeNotSatisfiable:
		// There is no first byte, or ranges are not to its liking.
		if total, found := strings.CutPrefix(extent, "bytes */"); found {
			if n, ok := digits(total); ok && n == 0 {
				return 0, true, nil
			}
		}
	}
	_, err = span{}.judge(resp)
	return 0, false, err
}

// URLList examines what the rows of a list of URLs lead to. It is a
// planner.Examiner.
type URLList struct {
	// Web reads the URLs.
	Web *Web
	// Expected is an object of the list, by its key: its size is negative
	// where the list doesn't say.
	Expected func(key string) (planner.Object, error)
	// WholeBytes is the largest object that is read in one request, where
	// its server gives no ranges.
	WholeBytes int64
}

// Head looks at what a row leads to. What speaks against it is a
// planner.RuleError; other errors may pass.
func (l URLList) Head(ctx context.Context, _, key string) (planner.Detail, error) {
	o, err := l.Expected(key)
	if err != nil {
		return planner.Detail{}, err
	}
	s, err := l.Web.Examine(ctx, o)
	switch {
	case ctx.Err() != nil:
		return planner.Detail{}, ctx.Err()
	case err == nil && !s.Ranges && s.SizeBytes > l.WholeBytes:
		err = transfer.ErrNoRanges
	}
	if rule := urlRule(err); rule != "" {
		return planner.Detail{}, &planner.RuleError{Rule: rule, Err: err}
	}
	return s.Detail, err
}

// urlRule is the rule that an error breaks; empty for none, and for what may
// be over soon: a network that is down, a server that has too much to do.
func urlRule(err error) planner.RuleID {
	for _, r := range urlRules {
		if errors.Is(err, r.is) {
			return r.rule
		}
	}
	var host *net.DNSError
	switch answer := status(err); {
	case errors.As(err, &host) && host.IsNotFound:
		return rules.SourceURLNotRead
	case answer == http.StatusTooManyRequests, answer >= http.StatusBadGateway, answer == 0:
		return ""
	}
	return rules.SourceURLRefused
}

// urlRules are the rules that errors break; the first that fits counts.
var urlRules = []struct {
	is   error
	rule planner.RuleID
}{
	{ErrNoSize, rules.SourceURLNoSize},
	{ErrPage, rules.SourceURLPage},
	{ErrOtherSize, rules.SourceURLOtherSize},
	{transfer.ErrNoRanges, rules.SourceURLNoRanges},
	{transfer.ErrChanged, rules.SourceURLNoSize}, // no first byte, and no size
	{transfer.ErrURL, rules.SourceURLNotRead},
	{transfer.ErrNotFound, rules.SourceURLGone},
	{transfer.ErrDenied, rules.SourceURLRefused},
}

// WholeBytes is the largest object that is streamed in one request, with
// that part size; 0 is the default.
func WholeBytes(partSizeBytes int64) int64 {
	if partSizeBytes > 0 {
		return partSizeBytes
	}
	return wholeBytes
}

// PartsOf is the number of parts that an ETag tells of, 1 without.
func PartsOf(etag string) int64 { return int64(max(partsInETag(etag), 1)) }
