package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzEvent: what is no event is refused without a word of it, since it may
// hold a token; what is one is used only where it can be.
func FuzzEvent(f *testing.F) {
	const secret = "Hush0"
	minimal := `{"CredentialsEndpoint":"https://h/s3credentials","BearerToken":"` + secret +
		`","Source":{"Bucket":"a","Key":"k"},"Dest":{"Bucket":"b","Key":"k"}}`
	for _, text := range []string{
		minimal, minimal + "{}", minimal[:len(minimal)/2], "", "null", "[]", `{"BearerToken":{"` + secret + `":1}}`,
		strings.Replace(minimal, "https", "http", 1), strings.Replace(minimal, "https://h", "http://127.0.0.1", 1),
		strings.Replace(minimal, `"a"`, `"a/../b"`, 1), `{"` + secret + `":1}`, "\xff" + minimal,
		strings.Replace(minimal, secret, secret+`\r\nHost: x`, 1), good, good + "Hush0", "{", `"Hush0Planted.Secret`,
		`{"BearerToken": "Hush0Planted.Secret"`, `[Hush0Planted.Secret]`,
		`{"CredentialsEndpoint": "https://Hush0Planted.Secret@x/?Hush0Planted.Secret"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := ParseEvent(bytes.NewReader(text))
		if err == nil {
			err = e.check(false)
		}
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats a secret: %v", err)
			}
			return
		}
		if e.BearerToken == "" || e.Source.Key == "" || e.Dest.Bucket == "" ||
			strings.ContainsAny(string(e.BearerToken), "\r\n\x00") || !fenced(e.CredentialsEndpoint) {
			t.Errorf("was accepted: %+v", e)
		}
	})
}

// fenced reports whether a token may go to an endpoint: encrypted, or to this
// machine.
func fenced(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// FuzzState: a state file is one of this transfer, or nothing is taken from
// it.
func FuzzState(f *testing.F) {
	e := event()
	whole, err := json.Marshal(state{Format: stateFormat, Source: e.Source, Destination: e.Dest})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		string(whole), "", "null", "{}", string(whole[:20]), `{"format":1,"upload":{"parts":[{}]}}`,
		`{"format":1,"source":{"Bucket":"protected","Key":"a"},"destination":{"Bucket":"lab","Key":"b"}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, found, err := loadState(path, event())
		if found != (err == nil) || err != nil && !errors.Is(err, errState) {
			t.Errorf("%q: found %t, %v", text, found, err)
		}
		if found && (s.Format != stateFormat || s.Source != event().Source || s.Destination != event().Dest) {
			t.Errorf("%q: got %+v", text, s)
		}
	})
}
