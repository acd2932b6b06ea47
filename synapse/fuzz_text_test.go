package synapse

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzRetryAfter: what a server asks to wait is a time that can be waited, or
// nothing; and nobody waits here longer than the longest.
func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{
		"", "5", "-1", "+3", "99999999999999999999", "2147483647", "9223372036", "1e9", "0x10", " 5",
		"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Sun Nov  6 08:49:37 1994",
	} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		asked := retryAfter(text, now)
		if asked < 0 {
			t.Errorf("%q: a wait of %v", text, asked)
		}
		wait := backoff(1, asked, 1)
		if again(fateRefused, repeatFreely, 1, asked) && (wait <= 0 || wait > maxRetryAfter) {
			t.Errorf("%q: %v is waited", text, wait)
		}
	})
}

// FuzzEndpoint: an address that is taken leads to the host that it names, and
// what is refused shows neither password nor query.
func FuzzEndpoint(f *testing.F) {
	for _, text := range []string{
		"", DefaultEndpoint, DefaultEndpoint + "/repo/v1/", "http://127.0.0.1:8080", "HTTPS://h",
		"https://u:d00d1e@h",
		"https://h?d00d1e", "https://h/#d00d1e", "h:80", "//h", "https://h/repo/v1/../../x", "https:///",
		"https://h:x",
		"http://localhost.h", "http://[::1]:1/file/v1", "javascript:d00d1e", "https://h\\@g",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseEndpoint(text)
		if err != nil {
			secret := "d00d1e"
			if at, e := url.Parse(text); e == nil &&
				strings.Contains(at.Scheme+at.Host+at.Path+at.EscapedPath(), secret) {
				return
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q: the error %q shows it", text, err)
			}
			return
		}
		if u.User != nil || u.RawQuery != "" || u.Path != "" || u.Hostname() == "" ||
			u.Scheme != "https" && u.Scheme != "http" {
			t.Errorf("%q: got %q", text, u)
		}
		again, err := ParseEndpoint(u.String())
		if err != nil || again.Host != u.Host {
			t.Errorf("%q became %q, then %v, %v", text, u, again, err)
		}
	})
}

// FuzzExpand: whatever an ID is, a call goes to the endpoint that it was made
// for, with the ID as one segment.
func FuzzExpand(f *testing.F) {
	for _, id := range []string{
		"syn1", "..", ".", "", "a/../b", "%2e%2e", "?x", "#", "\x00", "a b", "{}", "é", ";", ":",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path, err := expand("/repo/v1/entity/{}/bundle2", []string{id})
		if err != nil {
			return
		}
		u, err := url.Parse("https://h" + path)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		if u.Host != "h" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
			u.Path != "/repo/v1/entity/"+id+"/bundle2" || strings.Count(u.EscapedPath(), "/") != 5 {
			t.Errorf("%q leads to %q", id, u)
		}
		if clean := u.JoinPath().EscapedPath(); strings.Count(clean, "/") != 5 {
			t.Errorf("%q leads to %q when it is cleaned", id, clean)
		}
	})
}

// FuzzRedactURL: what is shown of an address has nothing of its query, its
// fragment, its user and its password.
func FuzzRedactURL(f *testing.F) {
	for _, text := range []string{
		"https://h/k?d00d1e", "https://h/k#d00d1e", "https://d00d1e@h/k", "https://u:d00d1e@h/k?x", "x:d00d1e",
		"%d00d1e",
		"//h?d00d1e", "?d00d1e", "https://h/k?a#d00d1e", "https://h/k??d00d1e", "", "d00d1e",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "d00d1e"
		got := RedactURL(text)
		u, err := url.Parse(text)
		if err == nil && strings.Contains(u.Scheme+u.Host+u.Path+u.EscapedPath(), secret) {
			return
		}
		if strings.Contains(got, secret) {
			t.Errorf("%q: got %q", text, got)
		}
		if strings.Contains(PartURL{UploadPresignedURL: text}.String(), secret) {
			t.Errorf("%q: a part shows it", text)
		}
	})
}
