package emulator

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// The server's limits for one user, cookie and address
// (UserConcurrentConnectionThrottler, UserRequestFrequencyThrottler, October
// 2024 snapshot).
const (
	maxInFlight   = 3
	maxPerWindow  = 600
	throttleSpan  = 60 * time.Second
	sessionCookie = "sessionID"
)

// throttleKey is whom a limit is counted for. Clients without a cookie jar
// share the empty cookie.
type throttleKey struct {
	user            int64
	cookie, address string
}

func keyOf(user int64, r *http.Request) throttleKey {
	k := throttleKey{user: user, address: r.Header.Get("X-Forwarded-For")}
	if k.address == "" {
		k.address = r.RemoteAddr
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			k.address = host
		}
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		k.cookie = cookie.Value
	}
	return k
}

func setSessionCookie(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie(sessionCookie); err == nil {
		return
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: newEtag(), Path: "/", HttpOnly: true})
}

// throttle refuses what is too much at once or too often. The window is
// fixed: it opens at the first request after the last one has expired.
type throttle struct {
	mu      sync.Mutex
	on      bool
	windows map[throttleKey]*window
	// paths are limits of single endpoints, none by default.
	paths       map[string]pathLimit
	pathWindows map[pathKey]*window
}

// window is one key's use.
type window struct {
	opened   time.Time
	requests int
	inFlight int
}

// SetThrottle switches the limits on or off. Switching forgets all counts of
// open windows.
func (e *Emulator) SetThrottle(on bool) {
	t := &e.throttle
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on = on
	t.windows = nil
	clear(t.pathWindows)
}

// enter lets a request in or refuses it with 429: first what is too much at
// once, then what is too often. Leave gives the place back.
func (t *throttle) enter(k throttleKey, now time.Time) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on {
		return func() {}, nil
	}
	w := t.windows[k]
	if w == nil {
		t.sweep(now)
		w = &window{opened: now}
		t.windows[k] = w
	}
	if w.inFlight >= maxInFlight {
		return nil, tooMany("Too many concurrent requests. "+
			"Allowed %d concurrent connections at any time.", maxInFlight)
	}
	if now.Sub(w.opened) >= throttleSpan {
		w.opened, w.requests = now, 0
	}
	if w.requests >= maxPerWindow {
		return nil, tooMany("Requests are too frequent. Allowed %d requests every %d seconds.",
			maxPerWindow, int(throttleSpan.Seconds()))
	}
	w.requests++
	w.inFlight++
	return func() { t.leave(w) }, nil
}

func (t *throttle) leave(w *window) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w.inFlight--
}

// sweep drops the windows that are over, so that many short-lived clients
// take no room.
func (t *throttle) sweep(now time.Time) {
	if t.windows == nil {
		t.windows = map[throttleKey]*window{}
	}
	for k, w := range t.windows {
		if w.inFlight == 0 && now.Sub(w.opened) >= throttleSpan {
			delete(t.windows, k)
		}
	}
}

func tooMany(format string, args ...any) error {
	return &failure{
		status: http.StatusTooManyRequests, reason: fmt.Sprintf(format, args...), bare: true,
	}
}
