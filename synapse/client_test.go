package synapse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"
)

// serve returns a client of an HTTP server with the given handler.
func serve(t *testing.T, h http.HandlerFunc, o Options) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	o.Endpoint = server.URL
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewEndpoints(t *testing.T) {
	tests := []struct {
		endpoint string
		allow    bool
		base     string // empty for an error
		plain    bool   // the error is ErrPlainHTTP
	}{
		{"", false, DefaultEndpoint, false},
		{"https://example.org", false, "https://example.org", false},
		{"https://example.org:8443/repo/v1/", false, "https://example.org:8443", false},
		{"https://example.org/file/v1", false, "https://example.org", false},
		{"http://127.0.0.1:80/", false, "http://127.0.0.1:80", false},
		{"http://[::1]:80", false, "http://[::1]:80", false},
		{"http://LOCALHOST", false, "http://LOCALHOST", false},
		{"http://example.org", false, "", true},
		{"http://127.0.0.1.example.org", false, "", true},
		{"http://example.org", true, "http://example.org", false},
		{"https://user:secret@example.org", false, "", false},
		{"https://example.org/?secret", false, "", false},
		{"https://example.org/other", false, "", false},
		{"ftp://example.org", false, "", false},
		{"https://", false, "", false},
		{"example.org", false, "", false},
		{"https://secret\x7f", false, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			c, err := New(Options{Endpoint: tt.endpoint, AllowPlainHTTP: tt.allow})
			if tt.base == "" {
				if err == nil {
					t.Fatalf("accepted as %s", c.base)
				}
				if errors.Is(err, ErrPlainHTTP) != tt.plain || strings.Contains(err.Error(), "secret") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || c.base.String() != tt.base {
				t.Errorf("base %v, error %v; want %s", c, err, tt.base)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		reached.Add(1)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, status)
		}, Options{Token: "secret"})
		_, err := c.Entity(t.Context(), "syn1")
		var e *Error
		if !errors.As(err, &e) || e.Status != status {
			t.Errorf("got %v, want an error of status %d", err, status)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the other host was called %d times", n)
	}
}

func TestCookiesAreSentBack(t *testing.T) {
	var got []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("sessionID")
		if err != nil {
			http.SetCookie(w, &http.Cookie{Name: "sessionID", Value: "s1", HttpOnly: true})
		} else {
			got = append(got, cookie.Value)
		}
		_, _ = io.WriteString(w, stored)
	}, Options{})
	for range 3 {
		if _, err := c.Entity(t.Context(), "syn1"); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Join(got, " ") != "s1 s1" {
		t.Errorf("cookies %q, want s1 with the second and third call", got)
	}
}

func TestNoTokenNoHeader(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if h, ok := r.Header["Authorization"]; ok {
			t.Errorf("authorization %q", h)
		}
		if got := r.UserAgent(); got != "tester/1" {
			t.Errorf("user agent %q", got)
		}
		_, _ = io.WriteString(w, stored)
	}, Options{UserAgent: "tester/1"})
	if _, err := c.Entity(t.Context(), "syn1"); err != nil {
		t.Error(err)
	}
}

// TestLostReply makes the server do its work and then cut the connection.
func TestLostReply(t *testing.T) {
	var created atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		created.Add(1)
		panic(http.ErrAbortHandler)
	}, Options{})
	_, err := c.CreateEntity(t.Context(), Entity{Name: "a"})
	var e *Error
	if !errors.Is(err, ErrUnknownOutcome) || !errors.As(err, &e) || e.Status != 0 {
		t.Errorf("got %v, want an unknown outcome without a status", err)
	}
	if n := created.Load(); n != 1 {
		t.Errorf("created %d times, want once", n)
	}
}

func TestPlaceIsHeldUntilTheAnswerIsRead(t *testing.T) {
	b := NewBudget(BudgetOptions{})
	var inFlight int
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		inFlight = b.Counters().InFlight
		_, _ = io.WriteString(w, stored)
	}, Options{Budget: b})
	if _, err := c.Entity(t.Context(), "syn1"); err != nil {
		t.Fatal(err)
	}
	if after := b.Counters().InFlight; inFlight != 1 || after != 0 {
		t.Errorf("%d in flight during the call and %d after it, want 1 and 0", inFlight, after)
	}
}

func TestBodyHoldsItsPlace(t *testing.T) {
	ends := map[string]func(io.ReadCloser){
		"read":   func(r io.ReadCloser) { _, _ = io.ReadAll(r) },
		"closed": func(r io.ReadCloser) { _ = r.Close() },
		"both":   func(r io.ReadCloser) { _, _ = io.ReadAll(r); _ = r.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			b := NewBudget(BudgetOptions{})
			transport := limitTransport{next: &script{replies: []reply{{status: 200, body: "x"}}}, limiter: b}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/", nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.Counters().InFlight; got != 1 {
				t.Errorf("%d in flight before the body's end, want 1", got)
			}
			end(res.Body)
			if got := b.Counters().InFlight; got != 0 {
				t.Errorf("%d in flight after the body's end, want 0", got)
			}
		})
	}
}

func TestSecretsStaySecret(t *testing.T) { synctest.Test(t, secretsStaySecret) }

func secretsStaySecret(t *testing.T) {
	var log bytes.Buffer
	c, err := New(Options{Token: "secret", Logger: zerolog.New(&log).Level(zerolog.TraceLevel),
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{"Set-Cookie": {"sessionID=secret"}},
				Body: io.NopCloser(strings.NewReader(`{"secretAccessKey":"secret", "expiration": 5}`))}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.STSCredentials(t.Context(), "syn1", "secret")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v, want one without secrets", err)
	}
	var e *Error
	if !errors.As(err, &e) || strings.Contains(fmt.Sprintf("%+v", *e), "secret") {
		t.Errorf("error %+v, want one without secrets", e)
	}
	if log.Len() == 0 || strings.Contains(log.String(), "secret") {
		t.Errorf("log %s, want one without secrets", log.String())
	}
}

func TestSecretsPrintRedacted(t *testing.T) {
	token := Token("secret")
	credentials := STSCredentials{AccessKeyID: "secret", SecretAccessKey: "secret", SessionToken: "secret"}
	part := PartURL{PartNumber: 1, UploadPresignedURL: "https://h/k?X-Amz-Signature=secret"}
	file := BatchFile{FileHandleID: "9", PreSignedURL: "https://h/k?X-Amz-Signature=secret"}
	inside := struct {
		T Token
		C *STSCredentials
		P []PartURL
		O Options
	}{token, &credentials, []PartURL{part}, Options{Token: token}}
	for _, v := range []any{token, &token, credentials, &credentials, part, file, inside, []Token{token}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "secret") ||
				strings.Contains(got, fmt.Sprintf("%x", "secret")) {
				t.Errorf("%s of %T: %s", format, v, got)
			}
		}
	}
	if got, err := json.Marshal(map[string]Token{"t": token}); err != nil || string(got) != `{"t":"REDACTED"}` {
		t.Errorf("JSON %s, %v", got, err)
	}
	if got := token.LogValue().String() + credentials.LogValue().String(); strings.Contains(got, "secret") {
		t.Errorf("log values %s", got)
	}
}

func TestRedactURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://b.example.org/k/a%20b?X-Amz-Signature=secret": "https://b.example.org/k/a%20b?REDACTED",
		"https://user:secret@h/k":                              "https://h/k?REDACTED",
		"https://h/k#secret":                                   "https://h/k?REDACTED",
		"https://h/k":                                          "https://h/k",
		"secret:opaque":                                        "secret:?REDACTED",
		"%zz":                                                  "REDACTED",
		"":                                                     "",
	} {
		if got := RedactURL(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
