package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/synapse/emulator"
)

const (
	tooFrequent   = `{"reason":"Requests are too frequent. Allowed 600 requests every 60 seconds."}`
	tooConcurrent = `{"reason":"Too many concurrent requests. Allowed 3 concurrent connections at any time."}`
)

// asker calls a handler directly.
type asker struct {
	*emulator.Emulator
	token string
}

func newAsker(now func() time.Time) asker {
	e := emulator.New(emulator.Options{Storage: unused{}, Now: now, Throttle: true})
	return asker{e, e.AddToken(e.AddUser(emulator.User{Name: "u"}), nil, 0)}
}

func (a asker) ask(path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+a.token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// spend makes n calls and returns how many were let in.
func (a asker) spend(n int, headers ...string) (let int) {
	for range n {
		if a.ask("/repo/v1/userProfile", headers...).Code == http.StatusOK {
			let++
		}
	}
	return let
}

func TestRequestsPerWindow(t *testing.T) {
	c := &clock{now: time.Unix(1000, 0)}
	a := newAsker(c.Now)
	if let := a.spend(1); let != 1 {
		t.Fatal("the first call was refused")
	}
	c.move(59 * time.Second) // the window opened at the first call
	if let := a.spend(700); let != 599 {
		t.Errorf("%d calls let in late in the window, want 599", let)
	}
	w := a.ask("/repo/v1/userProfile")
	if w.Body.String() != tooFrequent || w.Code != http.StatusTooManyRequests {
		t.Errorf("refusal %d %s, want 429 %s", w.Code, w.Body, tooFrequent)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json; charset UTF-8" {
		t.Errorf("content type %q", got)
	}
	if got := w.Header().Get("Retry-After"); got != "" {
		t.Errorf("Retry-After %q, want none", got)
	}
	c.move(time.Second)
	if let := a.spend(700); let != 600 {
		t.Errorf("%d calls let in in the next window, want 600: windows are fixed", let)
	}
	if got := a.CallStats().Throttled; got != 100+101+1 {
		t.Errorf("%d calls counted as refused, want 202", got)
	}
}

func TestWindowIsPerUserCookieAndAddress(t *testing.T) {
	a := newAsker((&clock{}).Now)
	a.spend(600)
	second := asker{a.Emulator, a.AddToken(a.AddUser(emulator.User{Name: "v"}), nil, 0)}
	for name, one := range map[string]struct {
		who     asker
		headers []string
		let     int
	}{
		"same":        {a, nil, 0},
		"user":        {second, nil, 1},
		"cookie":      {a, []string{"Cookie", "sessionID=1"}, 1},
		"address":     {a, []string{"X-Forwarded-For", "10.0.0.1, 10.0.0.2"}, 1},
		"whole chain": {a, []string{"X-Forwarded-For", "10.0.0.1, 10.0.0.3"}, 1},
	} {
		if let := one.who.spend(1, one.headers...); let != one.let {
			t.Errorf("%s: %d let in, want %d", name, let, one.let)
		}
	}
}

func TestThrottleExemptions(t *testing.T) {
	a := newAsker((&clock{}).Now)
	a.spend(600)
	if code := a.ask("/auth/v1/nothing").Code; code != http.StatusNotFound {
		t.Errorf("/auth/v1 answers %d, want 404", code)
	}
	if code := a.ask("/file/v1/nothing").Code; code != http.StatusTooManyRequests {
		t.Errorf("/file/v1 answers %d, want 429", code)
	}
	if let := (asker{Emulator: a.Emulator}).spend(700); let != 700 {
		t.Errorf("%d anonymous calls let in, want 700", let)
	}
	a.SetThrottle(false)
	if let := a.spend(700); let != 700 {
		t.Errorf("%d calls let in with the throttle off, want 700", let)
	}
	a.SetThrottle(true)
	if let := a.spend(700); let != 600 {
		t.Errorf("%d calls let in with the throttle on again, want 600", let)
	}
}

func TestConcurrentRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAsker(nil)
		a.InjectFault(emulator.Fault{PathPattern: "/repo/v1/userProfile", Delay: time.Second, Count: 3})
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if code := a.ask("/repo/v1/userProfile").Code; code != http.StatusOK {
					t.Errorf("a call in time answers %d", code)
				}
			})
		}
		synctest.Wait()
		w := a.ask("/repo/v1/userProfile")
		if w.Code != http.StatusTooManyRequests || w.Body.String() != tooConcurrent {
			t.Errorf("the fourth call answers %d %s", w.Code, w.Body)
		}
		all.Wait()
		if let := a.spend(700); let != 597 {
			t.Errorf("%d calls let in afterwards, want 597: a refused one is not counted", let)
		}
		if got := a.CallStats().MaxInFlight; got != 4 {
			t.Errorf("%d calls at one time, want 4", got)
		}
	})
}

func TestCallCounts(t *testing.T) {
	s := newSite(t)
	s.do(s.owner, "GET", "/repo/v1/entity/"+s.project, nil)
	s.do(s.owner, "GET", "/repo/v1/entity/syn1", nil)
	s.do(s.owner, "GET", "/repo/v1/nothing", nil)
	want := "map[GET /repo/v1/entity/{id}:2 GET unknown:1]"
	if got := fmt.Sprint(s.Calls()); got != want {
		t.Errorf("calls %s, want %s", got, want)
	}
	answers := s.CallStats().ByStatus["GET /repo/v1/entity/{id}"]
	if fmt.Sprint(answers) != "map[200:1 404:1]" {
		t.Errorf("by status %v", answers)
	}
	s.ResetCalls()
	if got := s.Calls(); len(got) != 0 {
		t.Errorf("calls after a reset: %v", got)
	}
}
