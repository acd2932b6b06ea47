package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// call is one request on its way through a handler.
type call struct {
	*backend
	w    http.ResponseWriter
	r    *http.Request
	user *User // the anonymous user when no token came
	// scopes are those of the token.
	scopes map[string]bool
	body   []byte
}

// readBody takes the request's body in, so that no endpoint waits for the
// network.
func (c *call) readBody() error {
	if c.r.Body == nil { // a request that no server has received
		return nil
	}
	var err error
	if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, maxBodyBytes+1)); err != nil {
		return invalidf("reading the request: %v", err)
	}
	return nil
}

// decode reads the body, JSON, into v.
func (c *call) decode(v any) error {
	if len(c.body) > maxBodyBytes {
		return failf(http.StatusRequestEntityTooLarge,
			"Request size exceeded maximum number of bytes: %d", maxBodyBytes)
	}
	if err := decodeJSON(c.body, v); err != nil {
		return invalidf("Could not read JSON: %s", reasonOf(err))
	}
	return nil
}

func (c *call) write(rep reply, err error) {
	if err != nil {
		var f *failure
		if !errors.As(err, &f) {
			f = &failure{status: http.StatusInternalServerError, reason: err.Error(), bare: true}
		}
		writeFailure(c.w, c.r, f)
		return
	}
	header := c.w.Header()
	switch body := rep.body.(type) {
	case nil:
		c.w.WriteHeader(rep.status)
	case string:
		header.Set("Content-Type", "text/plain;charset=UTF-8")
		c.w.WriteHeader(rep.status)
		_, _ = io.WriteString(c.w, body)
	default:
		header.Set("Content-Type", "application/json;charset=UTF-8")
		c.w.WriteHeader(rep.status)
		_ = json.NewEncoder(c.w).Encode(body)
	}
}

func (c *call) userID() string { return decimal(c.user.ID) }

// reply is a handler's success: a status and a document. A nil body sends
// none; a string is sent as text.
type reply struct {
	status int
	body   any
}

func ok(body any) (reply, error)      { return reply{http.StatusOK, body}, nil }
func created(body any) (reply, error) { return reply{http.StatusCreated, body}, nil }

// maxBodyBytes is the largest request (RequestSizeThrottleFilter).
const maxBodyBytes = 2 << 20

func (c *call) execute(ep *endpoint, known bool) (reply, error) {
	switch {
	case !known:
		return reply{}, missingf("%s was not found. Please reference API documentation at "+
			"https://rest-docs.synapse.org/rest/", c.r.Method)
	case ep == nil:
		return reply{}, failf(http.StatusMethodNotAllowed,
			"Request method '%s' not supported", c.r.Method)
	}
	if err := checkMediaType(c.r); err != nil {
		return reply{}, err
	}
	if err := c.requireScopes(ep.scopes); err != nil {
		return reply{}, err
	}
	if err := c.readBody(); err != nil {
		return reply{}, err
	}
	return ep.handler(c)
}

// requireScopes refuses a token without the scopes of an endpoint; the
// anonymous user has no token and is let through (OAuthScopeInterceptor).
func (c *call) requireScopes(needed []string) error {
	if c.user.anonymous() {
		return nil
	}
	var lacking []string
	for _, s := range needed {
		if !c.scopes[s] {
			lacking = append(lacking, s)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	slices.Sort(lacking)
	return &failure{
		status: http.StatusForbidden, oauth: "insufficient_scope",
		reason: "Request lacks scope(s) required by this service: " + strings.Join(lacking, ", "),
	}
}

// checkMediaType refuses a body that says it is something other than JSON.
func checkMediaType(r *http.Request) error {
	given := r.Header.Get("Content-Type")
	if given == "" || r.ContentLength == 0 {
		return nil
	}
	if t, _, err := mime.ParseMediaType(given); err != nil || t != "application/json" {
		return failf(http.StatusUnsupportedMediaType, "Content type '%s' not supported", given)
	}
	return nil
}
