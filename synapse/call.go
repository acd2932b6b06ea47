package synapse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// repeat says whether a call may be sent again when its answer was lost.
type repeat string

const (
	// repeatNever is a create: a second one would make a second thing.
	repeatNever repeat = ""
	// repeatGuarded is a write that carries an etag: a second one is
	// refused with 412 if the first one happened.
	repeatGuarded repeat = "guarded"
	// repeatFreely is a read, or a write that always ends the same.
	repeatFreely repeat = "freely"
)

// request is one call of the API.
type request struct {
	method string
	// path has {} where the args go, in their order.
	path   string
	args   []string
	query  url.Values
	body   any
	repeat repeat
}

// read is a GET.
func read(path string, args ...string) request {
	return request{method: http.MethodGet, path: path, args: args, repeat: repeatFreely}
}

// ask is a POST that changes nothing, or always the same.
func ask(body any, path string, args ...string) request {
	return request{method: http.MethodPost, path: path, args: args, body: body, repeat: repeatFreely}
}

// create is a POST that makes something new each time.
func create(body any, path string, args ...string) request {
	return request{method: http.MethodPost, path: path, args: args, body: body}
}

// answer is what came back: any status, the body whole.
type answer struct {
	status     int
	body       []byte
	retryAfter time.Duration
}

// call travels in the context of a request, for the transports.
type call struct {
	// endpoint is method and path with {} in place of what varies.
	endpoint string
	repeat   repeat
	// lost is set once an attempt may have happened without an answer.
	lost bool
	// decode reads the body of a successful answer, as often as it is asked to;
	// nil takes any.
	decode func([]byte) error
}

type callKey struct{}

// callOf returns the call of a context, and one that must not be repeated
// when there is none.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{endpoint: "other"}
}

// fetch makes a call whose answer is a document, whole: ErrNotSynapse.
func fetch[T any](ctx context.Context, c *Client, r request) (T, error) {
	return fetchWhole(ctx, c, r, func(T) string { return "" })
}

// fetchWhole is fetch for a document which lacks something, by what was asked
// for.
func fetchWhole[T any](ctx context.Context, c *Client, r request, lacks func(T) string) (T, error) {
	var out T
	err := c.do(ctx, r, func(body []byte) error {
		if err := decodeWhole(body, &out); err != nil {
			return err
		}
		if what := lacks(out); what != "" {
			return fmt.Errorf("%w: it has no %s", ErrNotSynapse, what)
		}
		return nil
	})
	if err != nil {
		return *new(T), err
	}
	return out, nil
}

// empty reports whether an answer holds no document.
func empty(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) == 0 || string(body) == "null"
}

// do makes a call and gives the body of a successful answer to decode.
func (c *Client) do(ctx context.Context, r request, decode func([]byte) error) error {
	path, err := expand(r.path, r.args)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	made := &call{endpoint: r.method + " " + r.path, repeat: r.repeat, decode: decode}
	a, err := c.send(context.WithValue(ctx, callKey{}, made), r, path)
	if err != nil {
		return doubt(made, &Error{Method: r.method, Path: path, Cause: err})
	}
	if !successful(a.status) {
		return doubt(made, errorFrom(r, path, a))
	}
	if err := decode(a.body); err != nil {
		made.lost = true
		return doubt(made, &Error{
			Method: r.method, Path: path,
			Cause: fmt.Errorf("reading the answer of status %d: %w", a.status, err),
		})
	}
	return nil
}

// doubt adds ErrUnknownOutcome to an error where the call may have happened
// nevertheless. A guarded write that was sent twice may meet its own effect
// as a 412; a last attempt that the throttle refused says nothing about
// those before.
func doubt(made *call, e *Error) error {
	unknown := made.lost && made.repeat == repeatNever
	if made.lost && made.repeat == repeatGuarded {
		unknown = e.Cause != nil || e.Status >= 500 ||
			e.Status == http.StatusPreconditionFailed || e.Status == http.StatusTooManyRequests
	}
	if unknown {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, e)
	}
	return e
}

// send carries the request through the transports.
func (c *Client) send(ctx context.Context, r request, path string) (answer, error) {
	req, err := c.newRequest(ctx, r, path)
	if err != nil {
		return answer{}, err
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{
		status: res.StatusCode, body: body,
		retryAfter: retryAfter(res.Header.Get("Retry-After"), time.Now()),
	}, nil
}

// newRequest makes the HTTP request. Nothing follows redirects, so the token
// goes to the endpoint's host alone.
func (c *Client) newRequest(ctx context.Context, r request, path string) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("encoding the request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	address := c.base.String() + path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.token))
	}
	return req, nil
}

// errPathSegment refuses an ID that would lead to another endpoint.
var errPathSegment = errors.New("an ID is empty or a relative path")

// expand puts the escaped args in the place of the {} of a path.
func expand(path string, args []string) (string, error) {
	parts := strings.Split(path, "{}")
	var b strings.Builder
	for i, part := range parts {
		b.WriteString(part)
		if i == len(parts)-1 {
			break
		}
		switch args[i] {
		case "", ".", "..":
			return "", errPathSegment
		}
		b.WriteString(url.PathEscape(args[i]))
	}
	return b.String(), nil
}
