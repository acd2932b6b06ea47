package object

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzEvent: what is no event is refused without a word of it, since it may
// hold a token; what is one is used only where it can be.
func FuzzEvent(f *testing.F) {
	const secret = "eyJd00d1e"
	good := `{"CredentialsEndpoint":"https://h/s3credentials","BearerToken":"` + secret +
		`","Source":{"Bucket":"a","Key":"k"},"Dest":{"Bucket":"b","Key":"k"}}`
	for _, text := range []string{
		good, good + "{}", good[:len(good)/2], "", "null", "[]", `{"BearerToken":{"` + secret + `":1}}`,
		strings.Replace(good, "https", "http", 1), strings.Replace(good, "https://h", "http://127.0.0.1", 1),
		strings.Replace(good, `"a"`, `"a/../b"`, 1), `{"` + secret + `":1}`, "\xff" + good,
		strings.Replace(good, secret, secret+`\r\nHost: x`, 1),
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
				t.Errorf("the error repeats the token: %v", err)
			}
			return
		}
		if strings.ContainsAny(string(e.BearerToken), "\r\n\x00") ||
			strings.HasPrefix(e.CredentialsEndpoint, "http://") && !strings.Contains(e.CredentialsEndpoint, "localhost") &&
				!strings.Contains(e.CredentialsEndpoint, "127.") && !strings.Contains(e.CredentialsEndpoint, "::") {
			t.Errorf("was accepted: %+v", e)
		}
	})
}

// FuzzState: a state file is one of this transfer, or nothing is taken from
// it.
func FuzzState(f *testing.F) {
	e := Event{Source: Place{"a", "k"}, Dest: Place{"b", "k"}}
	good, err := json.Marshal(state{Format: stateFormat, Source: e.Source, Destination: e.Dest})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{string(good), "", "null", "{}", string(good[:20]), `{"format":1,"upload":{"parts":[{}]}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, found, err := loadState(path, e)
		if found && (s.Source != e.Source || s.Destination != e.Dest || s.Format != stateFormat) || found == (err != nil) {
			t.Errorf("%q: got %+v, %v, %v", text, s, found, err)
		}
	})
}
