package synapse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
)

// reply is one answer of a script: a status with a body, or an error.
type reply struct {
	status     int
	body       string
	retryAfter string
	cut        bool // the body ends in an error
	err        error
}

// script is a round tripper that answers by its replies, the last one for
// ever, and remembers what it was asked.
type script struct {
	replies []reply
	asked   []string // method, path and body
	headers []http.Header
	at      []time.Time
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	s.asked = append(s.asked, strings.TrimSpace(req.Method+" "+req.URL.RequestURI()+" "+string(body)))
	s.headers = append(s.headers, req.Header)
	s.at = append(s.at, time.Now())
	r := s.replies[min(len(s.asked), len(s.replies))-1]
	if r.err != nil {
		return nil, r.err
	}
	res := &http.Response{StatusCode: r.status, Header: http.Header{}, Request: req}
	if r.retryAfter != "" {
		res.Header.Set("Retry-After", r.retryAfter)
	}
	var content io.Reader = strings.NewReader(r.body)
	if r.cut {
		content = io.MultiReader(content, brokenReader{})
	}
	res.Body = io.NopCloser(content)
	return res, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// scripted returns a client that talks to a script.
func scripted(t *testing.T, replies ...reply) (*Client, *script) {
	t.Helper()
	s := &script{replies: replies}
	c, err := New(Options{Transport: s, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

const (
	throttled = `{"reason": "Requests are too frequent. Allowed 600 requests every 60 seconds."}`
	stored    = `{"concreteType":"x","id":"syn2","etag":"e2"}`
)

func TestRetries(t *testing.T) {
	var (
		cutConnection = reply{err: io.ErrUnexpectedEOF}
		ok            = reply{status: 200, body: stored}
		badGateway    = reply{status: 502, body: "<html>"}
		down          = reply{status: 503, body: `{"reason":"Synapse is down for maintenance."}`}
		overloaded    = reply{status: 503, body: "<html>"}
		refusedDial   = reply{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
		cutBody       = reply{status: 200, body: stored[:10], cut: true}
		page          = reply{status: 200, body: "<!DOCTYPE html><html></html>"}
		huge          = reply{status: 200, body: strings.Repeat(" ", maxAnswerBytes+1)}
	)
	get := func(ctx context.Context, c *Client) error {
		_, err := c.Entity(ctx, "syn2")
		return err
	}
	search := func(ctx context.Context, c *Client) error {
		_, err := c.ChildID(ctx, "syn1", "a")
		return err
	}
	post := func(ctx context.Context, c *Client) error {
		_, err := c.CreateEntity(ctx, Entity{Name: "a"})
		return err
	}
	put := func(ctx context.Context, c *Client) error {
		_, err := c.UpdateEntity(ctx, Entity{ID: "syn2", Etag: "e1"}, false)
		return err
	}
	tests := []struct {
		name    string
		call    func(context.Context, *Client) error
		replies []reply
		calls   int
		want    error // nil for success
		never   error // must not match
	}{
		{"read after 429", get, []reply{{status: 429, body: throttled}, ok}, 2, nil, nil},
		{"read after 502, 504, 503", get, []reply{badGateway, {status: 504}, overloaded, ok}, 4, nil, nil},
		{"read after cut connection", get, []reply{cutConnection, ok}, 2, nil, nil},
		{"read after cut body", get, []reply{cutBody, ok}, 2, nil, nil},
		{"read by POST after cut connection", search, []reply{cutConnection, ok}, 2, nil, nil},
		{"read that never succeeds", get, []reply{cutConnection}, maxAttempts, io.ErrUnexpectedEOF, ErrUnknownOutcome},
		{"maintenance that lasts", get, []reply{down}, maxAttempts, nil, ErrUnknownOutcome},
		{"read after 500", get, []reply{{status: 500}, ok}, 2, nil, nil},
		{"create of which a 500 tells nothing", post, []reply{{status: 500}, ok}, 1, ErrUnknownOutcome, nil},
		{"read after a page", get, []reply{page, ok}, 2, nil, nil},
		{"read after nothing", get, []reply{{status: 200}, ok}, 2, nil, nil},
		{"read after half a document", get, []reply{{status: 200, body: stored[:10]}, ok}, 2, nil, nil},
		{"read after another document", get, []reply{{status: 200, body: "{}"}, ok}, 2, nil, nil},
		{"read of a page for ever", get, []reply{page}, maxAttempts, ErrNotSynapse, ErrUnknownOutcome},
		{"create of which a page tells nothing", post, []reply{page, ok}, 1, ErrUnknownOutcome, nil},
		{"read of what is too large", get, []reply{huge, ok}, 1, ErrAnswerTooLarge, ErrUnknownOutcome},
		{"create of what is too large", post, []reply{huge, ok}, 1, ErrUnknownOutcome, nil},
		{"no retry after 404", get, []reply{{status: 404}, ok}, 1, ErrNotFound, nil},
		{"create after 429", post, []reply{{status: 429, body: throttled}, ok}, 2, nil, nil},
		{"create after maintenance", post, []reply{down, ok}, 2, nil, nil},
		{"create after refused dial", post, []reply{refusedDial, ok}, 2, nil, nil},
		{"create that never gets there", post, []reply{refusedDial}, maxDials, nil, ErrUnknownOutcome},
		{"create, 502", post, []reply{badGateway, ok}, 1, ErrUnknownOutcome, nil},
		{"create, 504", post, []reply{{status: 504}, ok}, 1, ErrUnknownOutcome, nil},
		{"create, 503 of a gateway", post, []reply{overloaded, ok}, 1, ErrUnknownOutcome, nil},
		{"create, cut connection", post, []reply{cutConnection, ok}, 1, ErrUnknownOutcome, nil},
		{"create, cut body", post, []reply{cutBody, ok}, 1, ErrUnknownOutcome, nil},
		{"create, answer that isn't JSON", post, []reply{{status: 201, body: "<html>"}}, 1, ErrUnknownOutcome, nil},
		{"create, empty answer", post, []reply{{status: 201}}, 1, ErrUnknownOutcome, nil},
		{"create, cause is kept", post, []reply{cutConnection}, 1, io.ErrUnexpectedEOF, nil},
		{"create, refused with a cut body", post, []reply{{status: 409, body: "{", cut: true}, ok}, 1, ErrConflict, ErrUnknownOutcome},
		{"guarded write after cut connection", put, []reply{cutConnection, ok}, 2, nil, nil},
		{"guarded write meets itself", put, []reply{cutConnection, {status: 412}}, 2, ErrUnknownOutcome, nil},
		{"guarded write is stale", put, []reply{{status: 412}}, 1, ErrStale, ErrUnknownOutcome},
		{"guarded write, stale after 429", put, []reply{{status: 429}, {status: 412}}, 2, ErrStale, ErrUnknownOutcome},
		{"wait too long to be ours", get, []reply{{status: 429, retryAfter: "3600"}, ok}, 1, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := scripted(t, tt.replies...)
				err := tt.call(t.Context(), c)
				last := tt.replies[min(len(s.asked), len(tt.replies))-1]
				if good := last.err == nil && last.status == 200 && !last.cut && last.body == stored; good != (err == nil) {
					t.Errorf("error %v after the last reply, of status %d", err, last.status)
				}
				if len(s.asked) != tt.calls {
					t.Errorf("%d attempts, want %d", len(s.asked), tt.calls)
				}
				if tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error %v, want %v", err, tt.want)
				}
				if tt.never != nil && errors.Is(err, tt.never) {
					t.Errorf("error %v must not be %v", err, tt.never)
				}
				for i, asked := range s.asked {
					if asked != s.asked[0] {
						t.Errorf("attempt %d sends %q, the first %q", i+1, asked, s.asked[0])
					}
				}
			})
		})
	}
}

func TestRetryWaits(t *testing.T) {
	tests := []struct {
		name       string
		reply      reply
		least, max time.Duration // before the second attempt
	}{
		{"by itself", reply{status: 502}, 500 * time.Millisecond, 1500 * time.Millisecond},
		{"as the server asks", reply{status: 429, retryAfter: "17"}, 17 * time.Second, 17 * time.Second},
		{"until the server's date",
			reply{status: 503, retryAfter: "Sat, 01 Jan 2000 00:00:09 GMT"}, 9 * time.Second, 9 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // begins at midnight, 1 January 2000
				c, s := scripted(t, tt.reply, reply{status: 200, body: stored})
				if _, err := c.Entity(t.Context(), "syn2"); err != nil {
					t.Fatal(err)
				}
				if got := s.at[1].Sub(s.at[0]); got < tt.least || got > tt.max {
					t.Errorf("waited %v, want %v to %v", got, tt.least, tt.max)
				}
			})
		})
	}
}

// Who watches is told why nothing goes on: soon, but not of every hiccup,
// and once a minute.
func TestLongWaitsAreWarnedOf(t *testing.T) {
	const maintenance = `{"reason": "Synapse is down for maintenance"}`
	down := reply{status: 503, body: maintenance, retryAfter: "15"}
	up := reply{status: 200, body: stored}
	tests := []struct {
		name    string
		replies []reply
		want    int // warnings
	}{
		{"hiccup", []reply{down, down, up}, 0},
		{"outage", []reply{down, down, down, up}, 1},
		{"unreachable", []reply{{err: &net.OpError{Op: "dial", Err: io.EOF}}}, 1},
		{"outage of 105 s", []reply{down}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				c, err := New(Options{
					Transport: &script{replies: tt.replies}, Token: "secret",
					Logger: zerolog.New(&log).Level(zerolog.WarnLevel),
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := c.Entity(t.Context(), "syn2"); (err == nil) !=
					(tt.replies[len(tt.replies)-1] == up) {
					t.Error(err)
				}
				if got := strings.Count(log.String(), "trying again"); got != tt.want {
					t.Errorf("%d warnings, want %d:\n%s", got, tt.want, &log)
				}
				told := strings.Contains(log.String(), "down for maintenance")
				if want := tt.want > 0 && tt.name != "unreachable"; told != want {
					t.Errorf("reason told: %v, want %v:\n%s", told, want, &log)
				}
			})
		})
	}
}

func TestCallsShareTheirWarnings(t *testing.T) {
	c, _ := scripted(t, reply{status: 503})
	n, began := c.transport.(retryTransport).notice, time.Unix(0, 0)
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {0, false}, {59 * time.Second, false}, {60 * time.Second, true}, {61 * time.Second, false}} {
		if got := n.due(began.Add(tt.after)); got != tt.want {
			t.Errorf("after %v: got %v, want %v", tt.after, got, tt.want)
		}
	}
}

func TestCancellation(t *testing.T) {
	stuck := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, context.Cause(req.Context())
	}
	tests := []struct {
		name    string
		busy    bool // no place in the budget
		unknown bool
		call    func(context.Context, *Client) error
	}{
		{"create under way", false, true, func(ctx context.Context, c *Client) error {
			_, err := c.CreateEntity(ctx, Entity{})
			return err
		}},
		{"create that waits for the budget", true, false, func(ctx context.Context, c *Client) error {
			_, err := c.CreateEntity(ctx, Entity{})
			return err
		}},
		{"read under way", false, false, func(ctx context.Context, c *Client) error {
			_, err := c.Entity(ctx, "syn1")
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(BudgetOptions{InFlight: 1})
				if tt.busy {
					acquire(t, b)
				}
				c, err := New(Options{Transport: roundTrip(stuck), Budget: b})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err = tt.call(ctx, c)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the context's error", err)
				}
				if got := errors.Is(err, ErrUnknownOutcome); got != tt.unknown {
					t.Errorf("outcome unknown: %t, want %t (%v)", got, tt.unknown, err)
				}
			})
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestAttemptThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		c, err := New(Options{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			if attempts++; attempts == 1 {
				<-req.Context().Done()
				return nil, context.Cause(req.Context())
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(stored))}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Entity(t.Context(), "syn2"); err != nil || attempts != 2 {
			t.Errorf("error %v after %d attempts, want success at the second", err, attempts)
		}
	})
}

func TestRetriesPassTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		s := &script{replies: []reply{
			{status: 429}, {err: io.ErrUnexpectedEOF}, {status: 200, body: stored}}}
		c, err := New(Options{Transport: s, Budget: b})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Entity(t.Context(), "syn2"); err != nil {
			t.Fatal(err)
		}
		got := b.Counters()
		if got.Started != 3 || got.Retried != 2 || got.Refused != 1 || got.InFlight != 0 {
			t.Errorf("started %d, retried %d, refused %d, in flight %d; want 3, 2, 1, 0",
				got.Started, got.Retried, got.Refused, got.InFlight)
		}
		want := map[string]int64{"GET /repo/v1/entity/{}": 3}
		if diff := cmp.Diff(want, got.Endpoints); diff != "" {
			t.Errorf("endpoints (-want +got):\n%s", diff)
		}
	})
}

func TestBackoff(t *testing.T) {
	tests := []struct {
		attempt int
		asked   time.Duration
		jitter  float64
		want    time.Duration
	}{
		{1, 0, 1, time.Second}, {2, 0, 1, 2 * time.Second}, {5, 0, 1, 16 * time.Second},
		{6, 0, 1, maxWait}, {100, 0, 1, maxWait}, {2, 0, 0.5, time.Second},
		{3, 0, 1.5, 6 * time.Second}, {1, time.Minute, 0.5, time.Minute},
	}
	for _, tt := range tests {
		if got := backoff(tt.attempt, tt.asked, tt.jitter); got != tt.want {
			t.Errorf("attempt %d, asked %v, jitter %v: %v, want %v",
				tt.attempt, tt.asked, tt.jitter, got, tt.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "5": 5 * time.Second, "-5": 0, "soon": 0, "99999999999999": 0,
		"Sun, 01 Nov 2026 12:01:00 GMT": time.Minute, "Sun, 01 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestFateOfHopelessErrors(t *testing.T) {
	for _, err := range []error{
		&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}},
		unsentError{ErrNotStarted},
	} {
		if got := fateOf(0, nil, err); got != fateHopeless {
			t.Errorf("%v: %s, want %s", err, got, fateHopeless)
		}
	}
}
