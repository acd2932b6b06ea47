package emulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// ServeHTTP answers one request as the server would: maintenance,
// authentication, terms of use, two factor authentication and throttles come before the endpoint
// (filters of the server's web.xml, October 2024, and TwoFactorAuthRequiredFilter,
// 2026), injected faults after
// the throttles.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ep, known := e.router.find(r)
	a := &answer{header: http.Header{}, status: http.StatusOK}
	setSessionCookie(a, r)
	fault := e.serve(a, r, ep, known)
	if fault != nil && fault.LoseReply {
		panic(http.ErrAbortHandler) // the standard way to cut a connection
	}
	a.send(w, fault != nil && fault.CutBody)
}

// serve makes the answer and counts it. It returns the fault that was
// injected, nil for none.
func (e *Emulator) serve(a *answer, r *http.Request, ep *endpoint, known bool) *Fault {
	e.calls.begin()
	defer func() { e.calls.end(name(r, ep), a.status) }()
	c := &call{backend: &e.backend, w: a, r: r}
	leave, err := e.admit(c)
	if err != nil {
		c.write(reply{}, err)
		return nil
	}
	defer leave()
	if err := e.throttle.enterPath(c.user, ep, e.now()); err != nil {
		c.write(reply{}, err)
		return nil
	}
	fault := e.faults.take(r, ep)
	if fault != nil {
		wait(r.Context(), fault.Delay)
		if fault.LoseRequest {
			panic(http.ErrAbortHandler)
		}
		if fault.Status != 0 {
			c.write(reply{}, &failure{status: fault.Status, reason: fault.Reason})
			return fault
		}
	}
	c.write(c.execute(ep, known))
	return fault
}

// name is what a request is counted as: its endpoint's pattern.
func name(r *http.Request, ep *endpoint) string {
	if ep == nil {
		return r.Method + " unknown"
	}
	return ep.pattern
}

// admit lets a request in: it finds the caller and a place. The place must be
// given back with leave.
func (e *Emulator) admit(c *call) (leave func(), err error) {
	if err := e.refuseInMaintenance(c.r.URL.Path); err != nil {
		return nil, err
	}
	if c.user, c.scopes, err = e.authenticate(c.r); err != nil {
		return nil, err
	}
	limited := strings.HasPrefix(c.r.URL.Path, "/repo/v1/") ||
		strings.HasPrefix(c.r.URL.Path, "/file/v1/")
	if !limited || c.user.anonymous() {
		return func() {}, nil
	}
	if c.user.NoTerms {
		return nil, forbiddenf("Terms of use have not been signed.")
	}
	if e.options.TwoFactorRequired && !c.user.TwoFactor {
		return nil, &failure{
			status: http.StatusForbidden, code: synapse.CodeTwoFactor,
			reason: "Two factor authentication must be enabled to perform this operation.",
		}
	}
	return e.throttle.enter(keyOf(c.user.ID, c.r), e.now())
}

// wait sleeps for a delay or until the request is given up.
func wait(ctx context.Context, delay time.Duration) {
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// answer is a response held back until it is whole.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header, WriteHeader and Write make an answer an http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write adds to the body.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// send writes the answer out; cut breaks the connection off in the middle of
// the body.
func (a *answer) send(w http.ResponseWriter, cut bool) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	}
	w.WriteHeader(a.status)
	if !cut {
		_, _ = io.Copy(w, &a.body)
		return
	}
	_, _ = w.Write(a.body.Bytes()[:a.body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// writeFailure sends an error in the server's form: a document, or the reason
// alone to those who ask for plain text.
func writeFailure(w http.ResponseWriter, r *http.Request, f *failure) {
	header := w.Header()
	if f.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="Synapse Repository Services"`)
	}
	if !f.bare && strings.HasPrefix(r.Header.Get("Accept"), "text/plain") {
		header.Set("Content-Type", "text/plain;charset=UTF-8")
		w.WriteHeader(f.status)
		_, _ = io.WriteString(w, f.reason)
		return
	}
	header.Set("Content-Type", "application/json;charset=UTF-8")
	if f.status == http.StatusTooManyRequests {
		header.Set("Content-Type", "application/json; charset UTF-8")
	}
	w.WriteHeader(f.status)
	_, _ = w.Write(f.body())
}
