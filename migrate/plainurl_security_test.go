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
