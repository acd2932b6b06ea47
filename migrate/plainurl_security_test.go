package migrate

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestPresignedURLsAreEncrypted(t *testing.T) {
	tests := []struct {
		name, url string
		allow, ok bool
	}{
		{"https", "https://s3.test/k?SECRET", false, true},
		{"this machine", "http://127.0.0.1:9000/k?SECRET", false, true},
		{"this machine by name", "http://localhost/k?SECRET", false, true},
		{"this machine, IPv6", "http://[::1]/k?SECRET", false, true},
		{"plain", "http://s3.test/k?SECRET", false, false},
		{"plain, allowed", "http://s3.test/k?SECRET", true, true},
		{"metadata service", "http://169.254.169.254/latest?SECRET", false, false},
		{"like this machine", "http://localhost.test/k?SECRET", false, false},
		{"another scheme", "ftp://s3.test/k?SECRET", true, false},
		{"a file", "file:///etc/passwd?SECRET", true, false},
		{"unreadable", "http://%zz?SECRET", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Options{AllowPlainHTTP: tt.allow}.mayUse(tt.url)
			if (err == nil) != tt.ok {
				t.Errorf("got %v, may be used: %v", err, tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error %q shows the query", err)
			}
		})
	}
}

// plainURLs is Synapse, with presigned URLs that lead elsewhere.
type plainURLs struct{ Synapse }

func (p plainURLs) PartURLs(
	ctx context.Context, upload string, r synapse.PartURLsRequest,
) (synapse.PartURLs, error) {
	got, err := p.Synapse.PartURLs(ctx, upload, r)
	for i := range got.PartPresignedURLs {
		u := &got.PartPresignedURLs[i].UploadPresignedURL
		*u = strings.Replace(*u, "https://", "http://", 1)
	}
	return got, err
}

func TestNothingIsSentUnencrypted(t *testing.T) {
	w := newWorld()
	plan{w}.item(planner.ActionUpload, "x", "bytes", known)
	d := w.deps()
	d.Synapse = plainURLs{d.Synapse}
	d.PartClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a request was sent to %s", r.URL.Redacted())
		return nil, errors.New("no")
	})}
	if _, err := Run(t.Context(), Options{}, d); err != nil {
		t.Fatal(err)
	}
	got := w.entries[1]
	if got.State != checkpoint.StateFailed || got.Attempts != 1 ||
		!strings.Contains(got.Failure.Cause, effect.ErrPlainURL.Error()) {
		t.Errorf("item is %s after %d attempts: %+v", got.State, got.Attempts, got.Failure)
	}
}
