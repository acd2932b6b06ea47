package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/synapse"
)

// Options are what an Emulator is made of. Storage is required; without a
// Vendor, STS calls fail as AWS would.
type Options struct {
	Storage Storage
	Vendor  Vendor
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Throttle switches the server's limits on: 3 requests in flight and
	// 600 in 60 s, per user, cookie and address.
	Throttle bool
	// TokenLife is how long STS credentials live; 0 is the server's 12 h.
	TokenLife time.Duration
	// Previews writes preview objects into the bucket of each new handle
	// whose content type gets one, beside what clients put there.
	Previews bool
	// Bucket is Synapse's own bucket, that of storage location 1.
	Bucket string
	// Realm are the principals of the realm that all users are in; the zero
	// Realm is the default one.
	Realm synapse.Realm
	// TwoFactorRequired refuses every user without two factor authentication.
	TwoFactorRequired bool
	Logger            zerolog.Logger
}

// Emulator is a Synapse server. It is an http.Handler, safe for concurrent
// use.
type Emulator struct {
	backend

	router   router
	calls    counter
	throttle throttle
	faults   faults
}

// backend is what the endpoints work with. Mu guards the state; no endpoint
// holds it while it talks to S3.
type backend struct {
	options     Options
	now         func() time.Time
	maintenance maintenance

	mu    sync.Mutex
	state *state
}

// New returns an empty Synapse: a root, location 1, nobody in it.
func New(o Options) *Emulator {
	e := &Emulator{backend: backend{options: o, now: o.Now}}
	if e.now == nil {
		e.now = time.Now
	}
	e.throttle.on = o.Throttle
	if e.options.Realm == (synapse.Realm{}) {
		e.options.Realm = synapse.DefaultRealm()
	}
	e.state = newState(o.Bucket, e.options.Realm, e.now())
	for _, r := range routes() {
		e.handle(r)
	}
	return e
}

// call is one request on its way through a handler.
type call struct {
	*backend
	w    http.ResponseWriter
	r    *http.Request
	user *User // the anonymous user when no token came
	// scopes are those of the token.
	scopes map[string]bool
}

// reply is a handler's success: a status and a document. A nil body sends
// none; a string is sent as text.
type reply struct {
	status int
	body   any
}

func ok(body any) (reply, error)      { return reply{http.StatusOK, body}, nil }
func created(body any) (reply, error) { return reply{http.StatusCreated, body}, nil }

// route is one endpoint. Pattern is a method and a path with wildcards in
// braces (call.r.PathValue reads them); of several that match, the one with
// the leftmost literals answers. Scopes are what the token must have.
type route struct {
	pattern string
	scopes  []string
	handler func(*call) (reply, error)
}

// Scopes of personal access tokens.
const (
	scopeView     = "view"
	scopeDownload = "download"
	scopeModify   = "modify"
)

// routes is the table of endpoints, by topic.
func routes() []route {
	var all []route
	for _, topic := range [][]route{
		entityRoutes(), containerRoutes(), versionRoutes(), bundleRoutes(),
		annotationRoutes(), accessRoutes(), trashRoutes(), userRoutes(),
		fileHandleRoutes(), multipartRoutes(), storageRoutes(), stsRoutes(),
		activityRoutes(), requirementRoutes(), approvalRoutes(), restrictionRoutes(),
		wikiRoutes(), principalRoutes(), realmRoutes(), usageRoutes(),
	} {
		all = append(all, topic...)
	}
	return all
}

// maxBodyBytes is the largest request (RequestSizeThrottleFilter).
const maxBodyBytes = 2 << 20

// decode reads the request's JSON body into v.
func (c *call) decode(v any) error {
	b, err := io.ReadAll(io.LimitReader(c.r.Body, maxBodyBytes+1))
	if err != nil {
		return invalidf("reading the request: %v", err)
	}
	if len(b) > maxBodyBytes {
		return failf(http.StatusRequestEntityTooLarge,
			"Request size exceeded maximum number of bytes: %d", maxBodyBytes)
	}
	if err := decodeJSON(b, v); err != nil {
		return invalidf("Could not read JSON: %s", reasonOf(err))
	}
	return nil
}

// write sends a handler's outcome.
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
