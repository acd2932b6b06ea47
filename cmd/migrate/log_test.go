package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

func TestWithoutQuoted(t *testing.T) {
	for message, want := range map[string]string{
		`nothing quoted`:                      `nothing quoted`,
		`starting with "KEY\"S\\"; err=<nil>`: `starting with "..."; err=<nil>`,
		`a "b" c "d"`:                         `a "..." c "..."`,
		`cut "KEYS`:                           `cut "..."`,
		`cut "KEYS\`:                          `cut "..."`,
		``:                                    ``,
	} {
		if got := withoutQuoted(message); got != want {
			t.Errorf("%q: got %q, want %q", message, got, want)
		}
	}
}

// lines sends what is written to it.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// An answer that goes on after the length that it names is logged by net/http,
// with all of the rest. It holds keys, which reach no log, and standard error
// gets nothing.
func TestRestOfAnAnswerIsNotLogged(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\"secretAccessKey\": \"TOPSECRET\"")
	}()
	written := make(lines, 10)
	before := log.Writer()
	defer log.SetOutput(before)
	log.SetOutput(standardLog{zerolog.New(written).Level(zerolog.DebugLevel)})
	resp, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	line := <-written
	if !strings.Contains(line, "Unsolicited response") || !strings.Contains(line, "debug") {
		t.Errorf("logged %s, want what net/http says, at debug level", line)
	}
	if strings.Contains(line, "TOPSECRET") || strings.Contains(line, "secretAccessKey") {
		t.Errorf("the rest of the answer is in the log: %s", line)
	}
}

// The program's log is the standard logger's, and after it there is none.
func TestStandardLoggerLeadsToTheLog(t *testing.T) {
	before := log.Writer()
	defer log.SetOutput(before)
	var out strings.Builder
	f := commonFlags{logLevel: "debug", logFormat: "json"}
	_, done, err := f.logger(environment{stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	log.Print("hello")
	done()
	log.Print("too late")
	if got := out.String(); !strings.Contains(got, `"said":"hello"`) || strings.Contains(got, "too late") {
		t.Errorf("logged %q", got)
	}
}
