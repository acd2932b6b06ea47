package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// planted stands for secrets.
const planted = "Hush0Planted.Secret"

const good = `{"CredentialsEndpoint": "https://data.example.org/s3credentials", "BearerToken": "Hush0Planted.Secret",
	"Source": {"Bucket": "protected", "Key": "a/b.h5"}, "Dest": {"Bucket": "lab", "Key": "in/b.h5"}}`

func TestParseEvent(t *testing.T) {
	e, err := ParseEvent(strings.NewReader(good))
	want := Event{"https://data.example.org/s3credentials", planted,
		Address{"protected", "a/b.h5"}, Address{"lab", "in/b.h5"}}
	if err != nil || e != want || e.check(false) != nil {
		t.Errorf("got %+v, %v, %v", e, err, e.check(false))
	}
	shown, err := json.Marshal(e)
	text := fmt.Sprintf("%v %+v %#v %s %q %s %d",
		e, e, e, e.BearerToken, e.BearerToken, shown, e.BearerToken)
	if err != nil || strings.Contains(text, planted) {
		t.Errorf("it prints %s, %v", text, err)
	}
}

// TestNASAsEvent reads the event of NASA's example as it stands there
// (github.com/asfadmin/thin-egress-app, docs/s3access.md, read November 2026).
// Its destination has no key. What stands for values is refused, and taken
// once real ones are there.
func TestNASAsEvent(t *testing.T) {
	text, err := os.ReadFile("testdata/nasa.json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := ParseEvent(bytes.NewReader(text))
	want := Event{"https://your-tea-host/s3credentials", "your bearer token",
		Address{"S3 bucket name from CMR link", "S3 key from CMR link"}, Address{Bucket: "S3 bucket name to copy to"}}
	if err != nil || e != want {
		t.Fatalf("got %+v, %v", e, err)
	}
	if err := e.check(false); !errors.Is(err, ErrEvent) {
		t.Errorf("its placeholders are taken: %v", err)
	}
	e.BearerToken, e.Source.Bucket, e.Dest.Bucket = planted, "protected", "lab"
	if e = e.complete(); e.check(false) != nil || e.Dest != (Address{"lab", "S3 key from CMR link"}) {
		t.Errorf("got %+v, %v", e, e.check(false))
	}
}

func TestUnusableEvents(t *testing.T) {
	swap := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	tests := []struct{ name, text, want string }{
		{"empty", "", "it ends too early"},
		{"no JSON", planted, "it is not JSON from byte 1 on"},
		{"cut", good[:len(good)-1], "it ends too early"},
		{"more", good + good, "there is more after it"},
		{"large", good + strings.Repeat(" ", maxEventBytes), "it is larger than 65536 bytes"},
		{"unknown field", swap(`"Dest"`, `"`+planted+`": 1, "Dest"`), "and no others"},
		{"unknown inside", swap(`"Key"`, `"Version": "`+planted+`", "Key"`), "and no others"},
		{"number", swap(`"`+planted+`"`, "17"), "want texts"},
		{"not UTF-8", swap("a/b", "a\xff"), "not UTF-8"},
		{"http", swap("https", "http"), "would be sent in the clear"},
		{"no URL", swap("https://data", "data"), "not an https URL"},
		{"user", swap("https://", "https://"+planted+"@"), "user information"},
		{"no token", swap(planted, ""), "no BearerToken"},
		{"odd token", swap(planted, planted+`\n`), "can't be sent"},
		{"no key", swap("a/b.h5", ""), "Source needs"},
		{"no bucket", swap(`"lab"`, `""`), "Dest needs a Bucket"},
		{"into itself", swap(`{"Bucket": "lab", "Key": "in/b.h5"}`, `{"Bucket": "protected"}`), "the same"},
		{"a key that leads up", swap("in/b.h5", "in/../../b.h5"), "is . or .."},
		{"a source's key that leads up", swap(`"Key": "a/b.h5"}, "Dest": {"Bucket": "lab", "Key": "in/b.h5"}`,
			`"Key": "../b.h5"}, "Dest": {"Bucket": "lab"}`), "is . or .."},
		{"odd bucket", swap(`"lab"`, `"lab/x"`), "Dest needs"},
		{"itself", swap(`{"Bucket": "lab", "Key": "in/b.h5"}`, `{"Bucket": "protected", "Key": "a/b.h5"}`), "the same"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := ParseEvent(strings.NewReader(tt.text))
			if err == nil {
				err = e.complete().check(false)
			}
			if !errors.Is(err, ErrEvent) || !strings.Contains(err.Error(), tt.want) ||
				strings.Contains(err.Error(), planted) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	t.Run("http where allowed", func(t *testing.T) {
		e, err := ParseEvent(strings.NewReader(swap("https", "http")))
		if err != nil || e.check(true) != nil {
			t.Errorf("got %v, %v", err, e.check(true))
		}
	})
}
