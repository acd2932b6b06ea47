package synapse

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// recordingLimiter lets everything start until it is closed.
type recordingLimiter struct {
	entered  []string
	statuses []int
	left     int
	closed   error
}

func (l *recordingLimiter) Enter(_ context.Context, endpoint string) (Entry, error) {
	if l.closed != nil {
		return Entry{}, l.closed
	}
	l.entered = append(l.entered, endpoint)
	return Entry{
		Heed:  func(status int, _ time.Duration) { l.statuses = append(l.statuses, status) },
		Leave: func() { l.left++ },
	}, nil
}

func TestEveryAttemptPassesTheLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &script{replies: []reply{{status: 429}, {status: 200, body: `{"id": "syn1"}`}}}
		l := &recordingLimiter{}
		c, err := New(Options{Transport: server, Budget: l})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Entity(t.Context(), "syn1"); err != nil {
			t.Fatal(err)
		}
		const endpoint = "GET /repo/v1/entity/{}"
		if !slices.Equal(l.entered, []string{endpoint, endpoint}) || l.left != 2 {
			t.Errorf("entered %q, left %d; want the call twice", l.entered, l.left)
		}
		if !slices.Equal(l.statuses, []int{429, 200}) {
			t.Errorf("statuses %v, want 429 and 200", l.statuses)
		}
		l.closed = errors.New("no more calls today")
		if _, err := c.Entity(t.Context(), "syn1"); !errors.Is(err, l.closed) || len(server.asked) != 2 {
			t.Errorf("a closed limiter: error %v after %d requests, want its error and no request",
				err, len(server.asked))
		}
	})
}

// TestNoBudget: a nil Budget in the interface is none.
func TestNoBudget(t *testing.T) {
	var none *Budget
	if _, ok := limiterOf(none).(*Budget); !ok || limiterOf(none) == Limiter(none) || limiterOf(nil) == nil {
		t.Error("no Budget of the client's own in place of a nil one")
	}
}
