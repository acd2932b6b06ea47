package emulator

import (
	"regexp"
	"time"
)

// pathLimit is one row of the server's table of limits by path
// (UserApiFrequencyThrottler, October 2024 snapshot). The table of the real
// service is not known; here it is empty until SetPathLimit.
type pathLimit struct {
	calls  int
	period time.Duration
}

// pathKey is whom a limit by path is counted for.
type pathKey struct {
	user int64
	path string
}

// SetPathLimit limits the calls that one user may make to an endpoint, given
// by its path with wildcards (/repo/v1/entity/{id}) whatever the method, in a
// period of whole seconds. No calls take the limit away. Limits hold while
// the throttles are on.
func (e *Emulator) SetPathLimit(path string, calls int, period time.Duration) {
	t := &e.throttle
	t.mu.Lock()
	defer t.mu.Unlock()
	if calls <= 0 {
		delete(t.paths, path)
		return
	}
	if t.paths == nil {
		t.paths, t.pathWindows = map[string]pathLimit{}, map[pathKey]*window{}
	}
	t.paths[path] = pathLimit{calls, period}
}

// wildcard is what stands for an ID in the path of an endpoint.
var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// enterPath refuses with 429 what is too often for one path. The window is
// fixed, as that of all calls is.
func (t *throttle) enterPath(user *User, ep *endpoint, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on || ep == nil || user.anonymous() {
		return nil
	}
	limit, limited := t.paths[ep.path]
	if !limited {
		return nil
	}
	k := pathKey{user.ID, ep.path}
	w := t.pathWindows[k]
	if w == nil || now.Sub(w.opened) >= limit.period {
		w = &window{opened: now}
		t.pathWindows[k] = w
	}
	if w.requests >= limit.calls {
		return tooMany("Requests are too frequent for API call: %s. Allowed %d requests every %d seconds.",
			wildcard.ReplaceAllString(ep.path, "#"), limit.calls, int(limit.period.Seconds()))
	}
	w.requests++
	return nil
}
