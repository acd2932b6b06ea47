package credentials

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"synapse-migrate/migrate/config"
)

// A token goes to the host that was named, wherever that says it has moved.
func TestVendingRedirectsAreNotFollowed(t *testing.T) {
	t.Setenv(earthdataVariable, "hush-earthdata")
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was called, with headers %v", r.Header)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		vendor := httptest.NewServer(http.RedirectHandler(other.URL+"/s3credentials", status))
		defer vendor.Close()
		p, err := S3Credentials(config.S3Credentials{URL: vendor.URL}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Retrieve(t.Context()); !errors.Is(err, ErrLogin) {
			t.Errorf("%d: got %v, want %v", status, err, ErrLogin)
		}
	}
}
