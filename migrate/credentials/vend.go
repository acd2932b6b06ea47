package credentials

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"synapse-migrate/synapse/webpage"
)

// Errors of endpoints that vend credentials, for errors.Is.
var (
	// ErrLogin means that an endpoint wants a login instead of what it was
	// shown: a token that is missing, wrong or over.
	ErrLogin = errors.New("it asks for a login")
	// ErrTerms means that the user has yet to agree to the terms of use.
	ErrTerms = errors.New("terms of use have to be accepted first")
)

// VendError is an endpoint that gave no credentials. It holds no secret.
type VendError struct {
	// Endpoint is its URL without query.
	Endpoint string
	// Status is 0 without an answer.
	Status int
	// Reason says what happened and what to do.
	Reason string

	kind, cause error
}

// Error names endpoint, status and reason.
func (e *VendError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s: %s", e.Endpoint, e.Reason)
	}
	return fmt.Sprintf("%s: %d %s", e.Endpoint, e.Status, e.Reason)
}

// Unwrap is ErrLogin or ErrTerms where one applies, and the cause.
func (e *VendError) Unwrap() []error {
	var out []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

const (
	// maxVendAttempts counts the first one.
	maxVendAttempts = 4
	// firstVendPause doubles from attempt to attempt.
	firstVendPause = time.Second
	// maxVendPause bounds what an endpoint may ask to wait.
	maxVendPause = 30 * time.Second
)

// issuer asks one endpoint for credentials.
type issuer struct {
	endpoint *url.URL
	method   string
	client   *http.Client
	// headers are made anew for each request, since tokens change.
	headers func(context.Context) (http.Header, error)
	// login says what to do about ErrLogin.
	login string
}

// newIssuer checks the URL. A nil client is Go's own; of any client, only
// the transport and the timeout are used.
func newIssuer(endpoint, method string, client *http.Client) (issuer, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return issuer{}, errors.New("the endpoint is not an https URL")
	}
	if client == nil {
		client = http.DefaultClient
	}
	return issuer{endpoint: u, method: method, client: &http.Client{
		Transport: client.Transport, Timeout: client.Timeout,
		// A redirect is an answer here: followed, it would carry the token to
		// another host, or end in a login page.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// name is the endpoint as errors and reports show it.
func (i issuer) name() string { return plainURL(i.endpoint) }

// plainURL is a URL without user, query and fragment.
func plainURL(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// ask returns the body of a good answer. It asks again where that can help;
// asking twice costs nobody anything.
func (i issuer) ask(ctx context.Context) ([]byte, error) {
	pause := firstVendPause
	for attempt := 1; ; attempt++ {
		body, wait, err := i.once(ctx)
		if err == nil || wait == never || wait == onceMore && attempt > 1 || attempt == maxVendAttempts {
			return body, err
		}
		if wait <= 0 {
			wait = pause
		}
		pause *= 2
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, errors.Join(err, ctx.Err())
		}
	}
}

// How long to wait before asking again, where an answer doesn't say.
const (
	// asUsual is as the caller likes.
	asUsual = time.Duration(0)
	// never is where asking again can't help.
	never = time.Duration(-1)
	// onceMore is where the answer is none, though it says that all is well: a
	// page of something on the way, more often than the endpoint's own.
	onceMore = time.Duration(-2)
)

// once asks once, and says how long to wait before the next time.
func (i issuer) once(ctx context.Context) ([]byte, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, i.method, i.endpoint.String(), nil)
	if err != nil {
		return nil, never, i.failed(0, "this URL can't be requested", nil, nil)
	}
	if req.Header, err = i.headers(ctx); err != nil {
		return nil, never, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := i.client.Do(req)
	if err != nil {
		cause := withoutURL(err)
		return nil, asUsual, i.failed(0, cause.Error(), nil, cause)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, asUsual, i.failed(resp.StatusCode, "the answer broke off", nil, withoutURL(err))
	case len(body) > maxAnswerBytes:
		return nil, never, i.failed(resp.StatusCode, "an answer far longer than credentials are", nil, nil)
	}
	return i.judge(req, resp, body)
}

// withoutURL leaves out the URL, whose query may hold anything.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func (i issuer) failed(status int, reason string, kind, cause error) error {
	return &VendError{Endpoint: i.name(), Status: status, Reason: reason, kind: kind, cause: cause}
}

// judge sorts an answer by its status and type.
func (i issuer) judge(
	req *http.Request, resp *http.Response, body []byte,
) ([]byte, time.Duration, error) {
	status := resp.StatusCode
	switch {
	case status/100 == 3:
		return nil, never, i.redirected(resp)
	case status == http.StatusUnauthorized:
		return nil, never, i.failed(status, ErrLogin.Error()+": "+i.login, ErrLogin, nil)
	case status == http.StatusForbidden:
		return nil, never, i.forbidden(req, body)
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return nil, retryAfter(resp), i.failed(status, "the endpoint is not available now", nil, nil)
	case status/100 != 2:
		return nil, never, i.failed(status, "want 200: is this the right URL?", nil, nil)
	case len(bytes.TrimSpace(body)) == 0:
		return nil, asUsual, i.failed(status, "an empty answer", nil, nil)
	case webpage.Typed(resp.Header.Get("Content-Type")) || !json.Valid(body) && looksLikeHTML(body):
		return nil, onceMore, i.failed(status, "a page for people came instead of credentials: "+i.login,
			ErrLogin, nil)
	case !json.Valid(body):
		return nil, onceMore, i.failed(status, "the answer is not JSON", nil, errAnswer)
	}
	return body, asUsual, nil
}

// looksLikeHTML reports whether an answer is a page, whatever its type says.
func looksLikeHTML(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) }

// redirected is an answer that leads elsewhere.
func (i issuer) redirected(resp *http.Response) error {
	to, err := resp.Location()
	if err != nil {
		return i.failed(resp.StatusCode, "a redirect without an address", nil, nil)
	}
	if repeats(plainURL(to), resp.Request) {
		return i.failed(resp.StatusCode, ErrLogin.Error()+": "+i.login, ErrLogin, nil)
	}
	if to.Host == i.endpoint.Host && to.Path != i.endpoint.Path && !strings.Contains(to.Path, "login") {
		return i.failed(resp.StatusCode, "the endpoint has moved: use "+plainURL(to), nil, nil)
	}
	return i.failed(resp.StatusCode,
		fmt.Sprintf("%v at %s: %s", ErrLogin, plainURL(to), i.login), ErrLogin, nil)
}

// forbidden is a refusal. Earthdata says so in JSON where the terms of use
// are yet to be accepted (source: NASA's TEA, read November 2026).
func (i issuer) forbidden(req *http.Request, body []byte) error {
	var answer struct {
		Resolution  string `json:"resolution_url"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.Resolution != "" {
		reason := ErrTerms.Error()
		if page := harmless(answer.Resolution, req); page != "" {
			reason += ", at " + page
		}
		return i.failed(http.StatusForbidden, reason, ErrTerms, nil)
	}
	return i.failed(http.StatusForbidden, "this user may not have credentials here", nil, nil)
}

// maxShownBytes bounds what is shown of an answer.
const maxShownBytes = 300

// harmless is a URL out of an answer as it may be shown: empty where it
// repeats what a header of the request held.
func harmless(page string, req *http.Request) string {
	u, err := url.Parse(page)
	if err != nil || len(page) > maxShownBytes || u.Host == "" || u.User != nil ||
		u.Scheme != "https" && u.Scheme != "http" || strings.ContainsFunc(page, unicode.IsControl) {
		return ""
	}
	shown := plainURL(u)
	if client := u.Query().Get("client_id"); client != "" {
		shown += "?" + url.Values{"client_id": {client}}.Encode()
	}
	if repeats(shown, req) {
		return ""
	}
	return shown
}

// repeats reports whether a text holds what a header of the request held.
func repeats(shown string, req *http.Request) bool {
	for _, values := range req.Header {
		for _, v := range values {
			for _, part := range strings.FieldsFunc(v, func(r rune) bool { return r == ' ' || r == '=' }) {
				if len(part) >= 8 && strings.Contains(shown, part) {
					return true
				}
			}
		}
	}
	return false
}

// retryAfter is how long an answer asks to wait, 0 where it doesn't say.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	// What is far more than a year would not fit a Duration.
	return time.Duration(min(seconds, int(maxVendPause/time.Second))) * time.Second
}
