package objectstore

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/transfer"
)

// adminStore is a Store whose S3 answers as the handler does.
func adminStore(t *testing.T, handler http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s, err := New(Options{Credentials: static, Endpoint: server.URL, PathStyle: true, MaxRetryDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// saying answers everything with an error of S3's.
func saying(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
	}
}

func TestBucketSettingsThatAreNotThere(t *testing.T) {
	tests := []struct {
		status int
		code   string
		want   error // nil is: none, without an error
	}{
		{404, "NoSuchBucketPolicy", nil},
		{404, "NoSuchCORSConfiguration", nil},
		{404, "NoSuchBucket", transfer.ErrNotFound},
		{403, "AccessDenied", transfer.ErrDenied},
		{501, "NotImplemented", ErrNotOffered},
		{405, "MethodNotAllowed", ErrNotOffered},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			s := adminStore(t, saying(tt.status, tt.code))
			if tt.code != "NoSuchCORSConfiguration" {
				if policy, err := s.BucketPolicy(t.Context(), "b"); policy != "" || !errors.Is(err, tt.want) {
					t.Errorf("policy: got %q, %v, want %v", policy, err, tt.want)
				}
			}
			if tt.code != "NoSuchBucketPolicy" {
				if rules, err := s.BucketCORS(t.Context(), "b"); len(rules) > 0 || !errors.Is(err, tt.want) {
					t.Errorf("CORS: got %v, %v, want %v", rules, err, tt.want)
				}
			}
		})
	}
}

func TestCORSRulesComeBackWhole(t *testing.T) {
	var stored []byte
	s := adminStore(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			stored, _ = io.ReadAll(r.Body)
			return
		}
		_, _ = w.Write(stored)
	})
	want := []CORSRule{
		{ID: "a", Origins: []string{"https://x.org", "*"}, Methods: []string{"GET", "PUT"}, Headers: []string{"*"},
			ExposedOnes: []string{"ETag"}, MaxAgeSeconds: 3000},
		{Origins: []string{"*"}, Methods: []string{"HEAD"}},
	}
	if err := s.SetBucketCORS(t.Context(), "b", want); err != nil {
		t.Fatal(err)
	}
	got, err := s.BucketCORS(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got -, want +:\n%s", diff)
	}
}

func TestPutNewOverwritesNothing(t *testing.T) {
	f := newFixture(t, nil)
	etag, err := f.dest.PutNew(t.Context(), destBucket, "k", "one")
	if err != nil || etag == "" {
		t.Fatalf("got ETag %q, %v", etag, err)
	}
	if _, err := f.dest.PutNew(t.Context(), destBucket, "k", "two"); !errors.Is(err, transfer.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if text, err := f.dest.ReadSmall(t.Context(), destBucket, "k", 2); err != nil || string(text) != "on" {
		t.Errorf("got %q, %v, want the first two bytes of the first one", text, err)
	}
	if err := f.dest.Remove(t.Context(), destBucket, "k", "another"); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("another ETag: got %v, want ErrChanged", err)
	}
	if err := f.dest.Remove(t.Context(), destBucket, "k", etag); err != nil {
		t.Error(err)
	}
	if _, err := f.dest.ReadSmall(t.Context(), destBucket, "k", 2); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("after its removal: got %v, want ErrNotFound", err)
	}
}

func TestBucketSettingsWithoutChecksumHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.to.before = func(r *http.Request) (*http.Response, error) {
		switch {
		case checksums(r):
			return reply(r, 501, "NotImplemented"), nil
		case r.Header.Get("Content-Md5") == "":
			return reply(r, 400, "MissingContentMD5"), nil
		}
		return reply(r, 204, ""), nil
	}
	if err := f.dest.SetBucketPolicy(t.Context(), destBucket, "{}"); err != nil {
		t.Error(err)
	}
	if err := f.dest.SetBucketCORS(t.Context(), destBucket, []CORSRule{{Origins: []string{"*"}, Methods: []string{"GET"}}}); err != nil {
		t.Error(err)
	}
	if n := len(f.to.requests("PUT")); n != 3 {
		t.Errorf("%d requests, want 3: the second setting is not sent with a checksum first", n)
	}
}

func TestObjectOwnership(t *testing.T) {
	const document = `<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>`
	tests := []struct {
		name, code, body string
		status           int
		want             string
		wantErr          error
	}{
		{"set", "", document, 200, OwnerPreferred, nil},
		{"never set", "OwnershipControlsNotFoundError", "", 404, ObjectWriter, nil},
		{"denied", "AccessDenied", "", 403, "", transfer.ErrDenied},
		{"no such call", "NotImplemented", "", 501, "", ErrNotOffered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.to.before = func(r *http.Request) (*http.Response, error) {
				resp := reply(r, tt.status, tt.code)
				if tt.body != "" {
					resp.Body = io.NopCloser(strings.NewReader(tt.body))
				}
				return resp, nil
			}
			got, err := f.dest.ObjectOwnership(t.Context(), destBucket)
			if got != tt.want || !errors.Is(err, tt.wantErr) {
				t.Errorf("got %q, %v, want %q, %v", got, err, tt.want, tt.wantErr)
			}
		})
	}
}
