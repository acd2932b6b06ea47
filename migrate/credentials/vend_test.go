package credentials

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate/config"
)

// script answers requests in order, the last answer for ever, and notes
// them.
type script struct {
	answers []answer
	asked   []*http.Request
}

type answer struct {
	status  int
	headers map[string]string
	body    string
	err     error
}

const good = `{"accessKeyId": "ASIA", "secretAccessKey": "hush-secret", "sessionToken": "hush-token"}`

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	a := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked = append(s.asked, r)
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{}
	for name, value := range a.headers {
		h.Set(name, value)
	}
	return &http.Response{
		StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}

func TestS3CredentialsAsks(t *testing.T) {
	t.Setenv(earthdataVariable, "hush-earthdata")
	t.Setenv("OTHER", "hush-other")
	tests := []struct {
		name   string
		given  config.S3Credentials
		header string
		want   string
	}{
		{"token of the environment", config.S3Credentials{}, "Authorization", "Bearer hush-earthdata"},
		{"given token", config.S3Credentials{Token: config.Env("OTHER")}, "Authorization", "Bearer hush-other"},
		{"cookie", config.S3Credentials{Cookie: config.Env("OTHER")}, "Cookie", "asf-urs=hush-other"},
		{"cookie alone", config.S3Credentials{Cookie: config.Env("OTHER")}, "Authorization", ""},
		{"usual app name", config.S3Credentials{}, "App-Name", "migrate"},
		{"app name", config.S3Credentials{AppName: "me@lab"}, "App-Name", "me@lab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{answers: []answer{{status: 200, body: good}}}
			tt.given.URL = "https://tea.example.org/s3credentials"
			p, err := S3Credentials(tt.given, &http.Client{Transport: s})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			c, err := p.Retrieve(t.Context())
			if err != nil || c.SessionToken != "hush-token" || c.Expires.Sub(began).Round(time.Minute) != time.Hour {
				t.Fatalf("expiring %s, %v", c.Expires, err)
			}
			if r := s.asked[0]; r.Header.Get(tt.header) != tt.want || r.Method != http.MethodGet ||
				r.URL.String() != tt.given.URL {
				t.Errorf("asked %s %s with %s %q", r.Method, r.URL, tt.header, r.Header.Get(tt.header))
			}
		})
	}
}

func TestAppNameIsChecked(t *testing.T) {
	for _, name := range []string{"a b", "a/b", strings.Repeat("a", 33), "ä", "a\n"} {
		if _, err := S3Credentials(config.S3Credentials{URL: "https://a.org", AppName: name}, nil); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

func TestVendingRefused(t *testing.T) {
	t.Setenv(earthdataVariable, "hush-earthdata")
	const login = "https://urs.earthdata.nasa.gov/oauth/authorize?client_id=a&state=hush-state"
	tests := []struct {
		name   string
		answer answer
		kind   error
		want   []string
	}{
		{"login page", answer{status: 302, headers: map[string]string{"Location": login}}, ErrLogin,
			[]string{"302 it asks for a login at https://urs.earthdata.nasa.gov/oauth/authorize:", earthdataVariable}},
		{"login on the same host", answer{status: 307, headers: map[string]string{"Location": "/login"}}, ErrLogin,
			[]string{"307 it asks for a login at https://tea.example.org/login"}},
		{"moved", answer{status: 301, headers: map[string]string{"Location": "/new/s3credentials"}}, nil,
			[]string{"has moved: use https://tea.example.org/new/s3credentials"}},
		{"to nowhere", answer{status: 302}, nil, []string{"a redirect without an address"}},
		{"unauthorized", answer{status: 401, body: "hush-earthdata"}, ErrLogin, []string{"401 it asks for a login"}},
		{"terms of use", answer{status: 403, body: `{"resolution_url": "https://urs.org/approve?client_id=abc&x=y",
			"error_description": "hush-earthdata"}`}, ErrTerms,
			[]string{"terms of use", "https://urs.org/approve?client_id=abc"}},
		{"terms that repeat the token", answer{status: 403,
			body: `{"resolution_url": "https://urs.org/hush-earthdata"}`},
			ErrTerms, []string{"terms of use have to be accepted first"}},
		{"forbidden", answer{status: 403, body: "<html>hush-earthdata"}, nil,
			[]string{"this user may not have credentials"}},
		{"not found", answer{status: 404}, nil, []string{"404 want 200: is this the right URL?"}},
		{"no credentials", answer{status: 200, body: `{"hush": "hush"}`}, errAnswer, []string{"no access key ID"}},
		{"far too long", answer{status: 200, body: good + strings.Repeat(" ", maxAnswerBytes)}, nil,
			[]string{"far longer than credentials are"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{answers: []answer{tt.answer}}
			p, err := S3Credentials(config.S3Credentials{URL: "https://tea.example.org/s3credentials?hush=hush"},
				&http.Client{Transport: s})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Retrieve(t.Context())
			var refused *VendError
			if !errors.As(err, &refused) || refused.Status != tt.answer.status || len(s.asked) != 1 ||
				tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Fatalf("got %v after %d requests", err, len(s.asked))
			}
			for _, want := range append(tt.want, "https://tea.example.org/s3credentials: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("a secret is in %v", err)
			}
		})
	}
}

func TestVendingTriesAgain(t *testing.T) {
	fine, down := answer{status: 200, body: good}, answer{status: 503}
	page := answer{status: 200, headers: map[string]string{"Content-Type": "text/html; charset=utf-8"}, body: "<html>hush"}
	tests := []struct {
		name    string
		answers []answer
		calls   int
		took    time.Duration
		ok      bool
	}{
		{"at once", []answer{fine}, 1, 0, true},
		{"not available", []answer{down, {status: 500}, fine}, 3, 3 * time.Second, true},
		{"no answer", []answer{{err: io.ErrUnexpectedEOF}, fine}, 2, time.Second, true},
		{"as it asks", []answer{{status: 429, headers: map[string]string{"Retry-After": "7"}}, fine}, 2,
			7 * time.Second, true},
		{"asks for ages", []answer{{status: 429, headers: map[string]string{"Retry-After": "7000"}},
			fine}, 2, maxVendPause, true},
		{"asks for nonsense", []answer{{status: 429, headers: map[string]string{"Retry-After": "-7"}},
			fine}, 2, time.Second, true},
		{"a page first", []answer{page, fine}, 2, time.Second, true},
		{"a page that says it is JSON", []answer{{status: 200, body: "<!DOCTYPE html>"}, fine}, 2, time.Second, true},
		{"pages only", []answer{page}, 2, time.Second, false},
		{"cut JSON first", []answer{{status: 200, body: good[:20]}, fine}, 2, time.Second, true},
		{"nothing first", []answer{{status: 200}, {status: 204}, fine}, 3, 3 * time.Second, true},
		{"never available", []answer{down}, 4, 7 * time.Second, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: tt.answers}
				p, err := vendingProvider(config.Vending{URL: "https://a.org", Method: "POST"}, &http.Client{Transport: s})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, err = p.Retrieve(t.Context())
				if took := time.Since(began); (err == nil) != tt.ok || len(s.asked) != tt.calls || took != tt.took {
					t.Errorf("got %v after %d calls in %s", err, len(s.asked), took)
				}
				if err != nil && strings.Contains(err.Error(), "hush") {
					t.Errorf("a secret is in %v", err)
				}
				if errors.Is(err, ErrLogin) != (tt.name == "pages only") {
					t.Errorf("got %v", err)
				}
				if s.asked[0].Method != http.MethodPost {
					t.Errorf("asked by %s", s.asked[0].Method)
				}
			})
		})
	}
}

func TestVendingStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := vendingProvider(config.Vending{URL: "https://a.org"}, &http.Client{
			Transport: &script{answers: []answer{{status: 503}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		var refused *VendError
		if _, err := p.Retrieve(ctx); !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &refused) {
			t.Errorf("got %v", err)
		}
	})
}

func TestVendingHidesItsQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := vendingProvider(config.Vending{URL: "https://a.org/keys?for=hush"}, &http.Client{
			Transport: &script{answers: []answer{{err: io.ErrUnexpectedEOF}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Retrieve(t.Context())
		if !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "hush") {
			t.Errorf("got %v", err)
		}
	})
}

func TestHeadersAreChecked(t *testing.T) {
	t.Setenv("BAD", "hush\nhush")
	s := &script{answers: []answer{{status: 200, body: good}}}
	for _, name := range []string{"BAD", "UNSET_HERE"} {
		p, err := vendingProvider(config.Vending{
			URL: "https://a.org", Headers: map[string]config.Reference{"X-Key": config.Env(name)},
		}, &http.Client{Transport: s})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Retrieve(t.Context())
		if err == nil || len(s.asked) > 0 || strings.Contains(err.Error(), "hush") ||
			!strings.Contains(err.Error(), "X-Key") {
			t.Errorf("%s: got %v after %d requests", name, err, len(s.asked))
		}
	}
	if _, err := vendingProvider(config.Vending{URL: "ftp://a.org"}, nil); err == nil {
		t.Error("ftp was taken")
	}
}
