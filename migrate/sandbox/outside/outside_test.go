package outside_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/sandbox/outside"
	"synapse-migrate/synapse/emulator"
)

// s3 is the Storage behind, which must be asked for other buckets alone.
type s3 struct{ emulator.Storage }

func (s3) Head(context.Context, string, string) (emulator.ObjectInfo, error) {
	return emulator.ObjectInfo{ETag: "of S3"}, nil
}

func (s3) PresignGet(
	context.Context, string, string, string, string, time.Duration,
) (string, error) {
	return "https://s3.example", nil
}

// served is a server with an object in Google Cloud and one behind the
// proxy, and a clock.
func served(t *testing.T) (s *outside.Server, later *time.Duration) {
	t.Helper()
	later = new(time.Duration)
	s = outside.New(s3{}, func() time.Time { return time.Unix(1_700_000_000, 0).Add(*later) })
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.SetEndpoint(server.URL)
	s.AddGoogle("bucket", "dir/a b+c.txt", "text/plain", []byte("0123456789"))
	s.AddProxied("PROXYLOCAL", "dir/p.txt", "text/csv", []byte("proxied"))
	return s, later
}

func fetch(t *testing.T, address, ranges string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ranges != "" {
		r.Header.Set("Range", ranges)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(body), w.Header
}

func TestGoogle(t *testing.T) {
	s, later := served(t)
	signed, err := s.PresignGet(t.Context(), "bucket", "dir/a b+c.txt", "text/csv", "", 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	status, body, header := fetch(t, signed, "")
	if status != 200 || body != "0123456789" || header.Get("Content-Type") != "text/csv" {
		t.Errorf("got %d, %q as %s", status, body, header.Get("Content-Type"))
	}
	if status, body, _ := fetch(t, signed, "bytes=2-4"); status != 206 || body != "234" {
		t.Errorf("a range: %d, %q", status, body)
	}
	for name, address := range map[string]string{
		"no signature":     signed[:strings.Index(signed, "?")],
		"another object":   strings.Replace(signed, "a%20b", "x", 1),
		"another type":     strings.Replace(signed, "text%2Fcsv", "text%2Fhtml", 1),
		"a longer life":    strings.Replace(signed, "X-Goog-Expires=17", "X-Goog-Expires=27", 1),
		"nothing there":    strings.Replace(signed, "/google/bucket", "/elsewhere", 1),
		"wrong signature ": signed + "0",
	} {
		if status, body, _ := fetch(t, address, ""); status < 400 {
			t.Errorf("%s: got %d, %q", name, status, body)
		}
	}
	*later = 31 * time.Second
	if status, _, _ := fetch(t, signed, ""); status != 403 {
		t.Errorf("expired: got %d, want 403", status)
	}
}

func TestHeadAndOtherBuckets(t *testing.T) {
	s, _ := served(t)
	info, err := s.Head(t.Context(), "bucket", "dir/a b+c.txt")
	if err != nil || info.SizeBytes != 10 || info.ETag != "781e5e245d69b566979b86e28d23f2c7" {
		t.Errorf("head %+v, %v", info, err)
	}
	if _, err := s.Head(t.Context(), "bucket", "none"); !errors.Is(err, emulator.ErrNoObject) {
		t.Errorf("head of nothing: %v", err)
	}
	if info, err := s.Head(t.Context(), "lab", "k"); info.ETag != "of S3" || err != nil {
		t.Errorf("head of S3: %+v, %v", info, err)
	}
	if u, err := s.PresignGet(t.Context(), "lab", "k", "", "", 0); u != "https://s3.example" || err != nil {
		t.Errorf("URL of S3: %s, %v", u, err)
	}
}

func TestProxy(t *testing.T) {
	s, later := served(t)
	address := s.ProxyURL() + "/proxylocal/dir/p.txt"
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(key string, expires time.Time) string {
		parameters := fmt.Sprintf("expiration=%d&fileName=p.txt", expires.UnixMilli())
		mac := hmac.New(sha1.New, []byte(key))
		mac.Write([]byte("GET " + u.Hostname() + " " + u.Path + "?" + parameters))
		return address + "?" + parameters + "&hmacSignature=" + hex.EncodeToString(mac.Sum(nil))
	}
	expires := time.Unix(1_700_000_000, 0).Add(30 * time.Second)
	good := sign(s.ProxyKey(), expires)
	if status, body, _ := fetch(t, good, ""); status != 200 || body != "proxied" {
		t.Errorf("got %d, %q", status, body)
	}
	for name, bad := range map[string]string{
		"unsigned": address, "another key": sign("key", expires),
		"another name": strings.Replace(good, "fileName=p", "fileName=q", 1),
	} {
		if status, _, _ := fetch(t, bad, ""); status != 403 {
			t.Errorf("%s: got %d, want 403", name, status)
		}
	}
	*later = 31 * time.Second
	if status, _, _ := fetch(t, good, ""); status != 403 {
		t.Errorf("expired: got %d, want 403", status)
	}
}
