package objectstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// redirecting answers every path but /k with a redirect to its query's "to".
func redirecting(data []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/k" {
			_, _ = w.Write(data)
			return
		}
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
		}
		if r.URL.Path == "/loop" {
			w.Header().Set("Location", r.URL.String())
		}
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			http.Error(w, "too much was told", http.StatusTeapot)
			return
		}
		w.Header().Set("Set-Cookie", "a=b")
		w.WriteHeader(http.StatusFound)
	})
}

func TestRedirects(t *testing.T) {
	data := noise(100)
	plain := httptest.NewServer(redirecting(data))
	defer plain.Close()
	secure := httptest.NewTLSServer(redirecting(data))
	defer secure.Close()
	via := func(base, to string) string {
		return base + "/r?" + secret + "&to=" + url.QueryEscape(to)
	}
	localhost := strings.Replace(plain.URL, "127.0.0.1", "localhost", 1)
	tests := []struct {
		name, url string
		allow     bool
		err       error
	}{
		{"none", plain.URL + "/k", false, nil},
		{"this machine to itself", via(plain.URL, localhost+"/k"), false, nil},
		{"relative", via(plain.URL, "k"), false, nil},
		{"secure", secure.URL + "/k", false, nil},
		{"to secure", via(plain.URL, secure.URL+"/k"), false, nil},
		{"twice", via(plain.URL, via(secure.URL, secure.URL+"/k")), false, nil},
		{"secure elsewhere to this machine", via("https://example.com", plain.URL+"/k"), false, transfer.ErrURL},
		{"the same, allowed", via("https://example.com", plain.URL+"/k"), true, nil},
		{"to plain http", via(plain.URL, "http://example.com/k?"+secret), false, transfer.ErrURL},
		{"plain http", "http://example.com/k?" + secret, false, transfer.ErrURL},
		{"metadata service", via(secure.URL, "http://169.254.169.254/latest?"+secret), false, transfer.ErrURL},
		{"other scheme", via(plain.URL, "file:///etc/passwd?"+secret), false, transfer.ErrURL},
		{"no host", via(plain.URL, "https:///k?"+secret), false, transfer.ErrURL},
		{"opaque", via(plain.URL, "https:k?"+secret), false, transfer.ErrURL},
		{"user", via(plain.URL, "https://d00d1e:d00d1e@127.0.0.1/k"), false, transfer.ErrURL},
		{"loop", plain.URL + "/loop?" + secret, false, transfer.ErrURL},
		{"nowhere", plain.URL + "/r?" + secret, false, transfer.ErrURL},
		{"unreadable", via(plain.URL, "https://h/%zz?"+secret), false, transfer.ErrURL},
	}
	// Every secure host is the test's own.
	transport := secure.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if strings.HasPrefix(addr, "example.com:443") {
			addr = secure.Listener.Addr().String()
		}
		if host, _, err := net.SplitHostPort(addr); err != nil || host != "127.0.0.1" && host != "localhost" {
			t.Errorf("a connection to %s was tried", addr)
			return nil, errNoURL
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			web := NewURLs(func(planner.Object) (string, error) { return tt.url, nil },
				WebOptions{Transport: transport, AllowPlainHTTP: tt.allow})
			r, err := open(t.Context(), web, planner.Object{Key: "k", SizeBytes: 100}, 0, 100, nil)
			silent(t, err)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

// What a transport says of a server's answer may repeat the URL.
func TestTransportErrorsHideTheQuery(t *testing.T) {
	for name, cause := range map[string]error{
		"named":    &url.Error{Op: "Get", URL: "https://h/k?" + secret, Err: io.ErrUnexpectedEOF},
		"repeated": errors.New("malformed HTTP response: " + secret),
	} {
		t.Run(name, func(t *testing.T) {
			web := NewURLs(func(planner.Object) (string, error) { return "https://h/k?" + secret, nil },
				WebOptions{MaxRetryDelay: 1, Transport: doer(func(*http.Request) (*http.Response, error) {
					return nil, cause
				})})
			_, err := open(t.Context(), web, planner.Object{Key: "k", SizeBytes: 1}, 0, 1, nil)
			if err == nil {
				t.Fatal("was read")
			}
			silent(t, err)
		})
	}
}
