package credentials

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
)

// FuzzRefusal: whatever an endpoint refuses with, the error is one line that
// repeats nothing of what was sent.
func FuzzRefusal(f *testing.F) {
	const secret = "hush-hush-hush"
	for _, text := range []string{
		"", `{"resolution_url":"https://h/` + secret + `"}`, `{"resolution_url":"https://h/?client_id=` + secret + `"}`,
		`{"resolution_url":"https://` + secret + `@h/"}`, `{"resolution_url":"javascript:alert(1)"}`, "<html>",
		`{"resolution_url":"https://h/%1b[2J"}`, `{"resolution_url":"https://h/\u202e"}`,
	} {
		f.Add(403, []byte(text), "/login?"+secret, "5")
	}
	f.Add(302, []byte{}, "https://h/%1b?x", "-1")
	f.Add(307, []byte{}, "https://h/"+secret, "")
	f.Add(429, []byte{}, "", "99999999999999999999")
	f.Add(429, []byte{}, "", "9223372037") // more than a Duration holds, in seconds
	f.Fuzz(func(t *testing.T, status int, body []byte, location, after string) {
		if status < 100 || status > 599 {
			return
		}
		at := &url.URL{Scheme: "https", Host: "tea.example.org", Path: "/s3credentials"}
		i := issuer{endpoint: at, login: "log in"}
		req := &http.Request{URL: at, Header: http.Header{"Authorization": {"Bearer " + secret}}}
		_, wait, err := i.judge(req, &http.Response{StatusCode: status, Request: req,
			Header: http.Header{"Location": {location}, "Retry-After": {after}, "Content-Type": {after}}}, body)
		if wait > maxVendPause || status == http.StatusTooManyRequests && wait < 0 {
			t.Errorf("a pause of %v", wait)
		}
		if err == nil {
			return
		}
		if strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Errorf("the error %q has control characters", err)
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error %q repeats the token", err)
		}
	})
}
