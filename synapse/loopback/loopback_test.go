package loopback_test

import (
	"net/url"
	"testing"

	"synapse-migrate/synapse/loopback"
)

func TestHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.8.9.10": true, "::1": true,
		"::ffff:127.0.0.1": true,
		"":                 false, "localhost.example.org": false, "127.0.0.1.example.org": false, "127.1": false,
		"10.0.0.1": false, "169.254.169.254": false, "::": false, "0.0.0.0": false, "example.org": false,
	} {
		if got := loopback.Host(host); got != want {
			t.Errorf("%q is this machine: %v, want %v", host, got, want)
		}
	}
}

func TestClear(t *testing.T) {
	for text, want := range map[string]bool{
		"http://example.org/": true, "http://localhost.example.org": true, "http://10.0.0.1:9000": true,
		"https://example.org/": false, "http://localhost:9000": false, "http://[::1]:9000/a": false,
		"http://127.0.0.1:9000/?a=b": false, "ftp://example.org": false,
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := loopback.Clear(u); got != want {
			t.Errorf("%s is sent in clear: %v, want %v", text, got, want)
		}
	}
}
