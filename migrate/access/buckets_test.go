package access

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// answered is an error with the status of an answer.
type answered int

func (a answered) Error() string       { return http.StatusText(int(a)) }
func (a answered) HTTPStatusCode() int { return int(a) }

// TestOnlyAnswersAreRefusals: a server in trouble, or none, says nothing of a
// bucket, and must not decide for the whole plan.
func TestOnlyAnswersAreRefusals(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"denied", answered(http.StatusForbidden), true},
		{"another region", answered(http.StatusMovedPermanently), true},
		{"bad request", fmt.Errorf("HeadObject: %w", answered(http.StatusBadRequest)), true},
		{"too many", answered(http.StatusTooManyRequests), false},
		{"unavailable", answered(http.StatusServiceUnavailable), false},
		{"no answer", errors.New("connection refused"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := refused(test.err); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestBucketsOnlyTheDestinationReadsAreUnknown(t *testing.T) {
	b := &Buckets{buckets: map[string]*sourceBucket{}}
	err := b.Recall(t.Context(), []planner.BucketDecision{
		{Bucket: "copied", Reach: planner.Reach{Copyable: true}},
		{Bucket: "both", Reach: planner.Reach{Copyable: true, Readable: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Store(t.Context(), "copied"); !errors.Is(err, transfer.ErrUnknownBucket) {
		t.Errorf("got error %v, want one that lets the destination's credentials look", err)
	}
	if _, kept := b.buckets["both"]; kept {
		t.Error("a bucket that is read was taken for one that isn't")
	}
	if b.Calls() != 0 {
		t.Errorf("got %d calls, want 0", b.Calls())
	}
}

func TestDownloadURLsSpeakOfObjects(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   error
	}{
		{"token refused", http.StatusUnauthorized, `{"reason":"no"}`, transfer.ErrCredentials},
		{"not allowed", http.StatusForbidden, `{"reason":"no"}`, transfer.ErrDenied},
		{"this file not allowed", http.StatusOK, `{"requestedFiles":[{"failureCode":"UNAUTHORIZED"}]}`, transfer.ErrDenied},
		{"gone", http.StatusOK, `{"requestedFiles":[{"failureCode":"NOT_FOUND"}]}`, transfer.ErrNotFound},
		{"given", http.StatusOK, `{"requestedFiles":[{"preSignedURL":"https://there/"}]}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = fmt.Fprint(w, test.body)
			}))
			defer server.Close()
			client, err := synapse.New(synapse.Options{Endpoint: server.URL, Token: "token"})
			if err != nil {
				t.Fatal(err)
			}
			u, err := Downloads{client}.DownloadURL(t.Context(), planner.Download{FileHandleID: "1", EntityID: "syn1"})
			if !errors.Is(err, test.want) || (err == nil) != (u == "https://there/") {
				t.Errorf("got %q and error %v, want error %v", u, err, test.want)
			}
		})
	}
}
