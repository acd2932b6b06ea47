package emulator

import (
	"net/http"
	"strings"
)

// authenticate finds the user behind a request and the scopes of the token.
// Without a token that is the anonymous user; a bad token is 401.
func (e *Emulator) authenticate(r *http.Request) (*User, map[string]bool, error) {
	text := tokenOf(r)
	e.mu.Lock()
	defer e.mu.Unlock()
	if text == "" {
		return e.state.accounts.users[e.state.accounts.realm.Anonymous], nil, nil
	}
	invalid := failf(http.StatusUnauthorized, "Invalid access token")
	t := e.state.accounts.tokens[text]
	if t == nil || !t.expires.IsZero() && !e.now().Before(t.expires) {
		return nil, nil, invalid
	}
	u := e.state.accounts.users[t.userID]
	if u == nil {
		return nil, nil, invalid
	}
	scopes := map[string]bool{}
	for _, s := range t.scopes {
		scopes[s] = true
	}
	return u, scopes, nil
}

func tokenOf(r *http.Request) string {
	if text, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		return strings.TrimSpace(text)
	}
	return r.Header.Get("sessionToken")
}
