package objectstore

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
)

// A refusal of a HEAD has no code. With a date hours from the request's it is
// the clock's fault, and the request is signed again by the server's time.
func TestHeadWithAWrongClock(t *testing.T) {
	for name, test := range map[string]struct {
		ahead time.Duration
		want  error
		sent  int
	}{
		"server ahead":  {3 * time.Hour, nil, 2},
		"server behind": {-3 * time.Hour, nil, 2},
		"denied":        {0, transfer.ErrDenied, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, sourceBucket, "k", []byte("data"), nil)
			f.from.before = func(r *http.Request) (*http.Response, error) {
				now := time.Now().Add(test.ahead)
				signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
				answer := &http.Response{
					StatusCode: http.StatusForbidden, Body: http.NoBody, Request: r,
					Header: http.Header{"Date": {now.UTC().Format(http.TimeFormat)}},
				}
				if test.want == nil && now.Sub(signed).Abs() < time.Minute {
					answer.StatusCode = http.StatusOK
					answer.Header.Set("ETag", `"`+o.ETag+`"`)
					answer.Header.Set("Content-Length", "4")
				}
				return answer, err
			}
			if _, err := f.source.Describe(t.Context(), o); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if n := len(f.from.requests("HEAD")); n != test.sent {
				t.Errorf("%d requests, want %d", n, test.sent)
			}
		})
	}
}
