package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// fault is one thing that befalls a call.
type fault struct {
	name string
	// serve answers in the server's place; do has the call executed and
	// returns the server's answer.
	serve func(w http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder)
	// s3 faults befall S3 alone, synapse ones Synapse.
	s3, synapse bool
}

// stall is longer than any connection should wait without a word.
const stall = 60 * time.Second

// catalogue are the faults of the table.
func catalogue() []fault {
	return []fault{
		{name: "request lost", serve: func(http.ResponseWriter, *http.Request, func() *httptest.ResponseRecorder) {
			cut()
		}},
		{name: "reply lost", serve: func(_ http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
			do()
			cut()
		}},
		refusal("500", http.StatusInternalServerError, "InternalError", "something broke"),
		{name: "500 after", serve: func(w http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) {
			do()
			refuse(w, r, http.StatusInternalServerError, "InternalError", "something broke")
		}},
		{name: "503", serve: func(w http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
			do() // a gateway doesn't know what became of it
			w.WriteHeader(http.StatusServiceUnavailable)
		}},
		refusal("503 reason", http.StatusServiceUnavailable, "SlowDown", "Synapse is down for maintenance."),
		refusal("429", http.StatusTooManyRequests, "TooManyRequests", "Too many requests"),
		{name: "cut body", serve: cutInBody},
		{name: "60 s stall", serve: func(w http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) {
			answer := do()
			select {
			case <-time.After(stall):
				pass(w, answer)
			case <-r.Context().Done():
				cut()
			}
		}},
		{name: "no end", serve: func(_ http.ResponseWriter, r *http.Request, do func() *httptest.ResponseRecorder) {
			do()
			<-r.Context().Done()
			cut()
		}},
		{name: "ExpiredToken", s3: true, serve: refusal("", http.StatusBadRequest, "ExpiredToken", "").serve},
	}
}

// refusal is an answer without an effect.
func refusal(name string, status int, code, reason string) fault {
	return fault{name: name, serve: func(
		w http.ResponseWriter, r *http.Request, _ func() *httptest.ResponseRecorder,
	) {
		refuse(w, r, status, code, reason)
	}}
}

// refuse answers as the server that was asked does.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, reason string) {
	if r.Host == hostS3 {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, reason)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"reason":%q}`, reason)
}

// cut breaks the connection off.
func cut() { panic(http.ErrAbortHandler) }

// pass sends an answer on.
func pass(w http.ResponseWriter, a *httptest.ResponseRecorder) {
	for name, values := range a.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.Body.Bytes())
}

// cutInBody breaks off in the middle of the answer's body, or before the
// answer where it has none.
func cutInBody(w http.ResponseWriter, _ *http.Request, do func() *httptest.ResponseRecorder) {
	a := do()
	if a.Body.Len() < 2 {
		cut()
	}
	for name, values := range a.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(a.Body.Len()))
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.Body.Bytes()[:a.Body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	cut()
}

// arrival is told of each call before it is served, and says what befalls
// it; nil for nothing.
type arrival func(name string) *fault

// gate stands before a server.
type gate struct {
	name   func(*http.Request) string
	next   http.Handler
	arrive func(name string) *fault
}

func (g gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := g.arrive(g.name(r))
	if f == nil {
		g.next.ServeHTTP(w, r)
		return
	}
	f.serve(w, r, func() *httptest.ResponseRecorder {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			cut()
		}
		// The server doesn't stop in the middle of a call.
		whole := r.WithContext(context.WithoutCancel(r.Context()))
		whole.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		g.next.ServeHTTP(answer, whole)
		return answer
	})
}

// isS3 reports whether a call's name is one of S3's.
func isS3(call string) bool { return strings.HasPrefix(call, "S3 ") }

// concerns reports whether a fault can befall a call.
func (f fault) concerns(call string) bool {
	return (!f.s3 || isS3(call)) && (!f.synapse || !isS3(call))
}
