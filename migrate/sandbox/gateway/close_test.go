package gateway_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCloseHangsUp closes the gateway while clients have connections open
// on which nothing, or half a request, was sent. It would wait for these,
// and leave them open.
func TestCloseHangsUp(t *testing.T) {
	put(t, client(owner), "source", "close", "x") // leaves a connection that may be used again
	dial := func(send string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(server.Endpoint(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := io.WriteString(c, send); err != nil {
			t.Fatal(err)
		}
		return c
	}
	connections := map[string]net.Conn{
		"unused":           dial(""),
		"half a request":   dial("GET / HTTP/1.1\r\nHo"),
		"after an answer":  dial("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"closed by client": dial(""),
	}
	_ = connections["closed by client"].Close()
	closed := server.Close()
	if err := start(); err != nil {
		t.Fatal(err)
	}
	if closed != nil {
		t.Errorf("closing: %v", closed)
	}
	for name, c := range connections {
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: still connected", name)
		}
	}
	if got, err := get(t, client(owner), "source", "close"); got != "x" || err != nil {
		t.Errorf("after another start: got %q, %v", got, err)
	}
}
