package emulator

import (
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
	Content
	Access
	Details

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
	e.Content, e.Access, e.Details = Content{&e.backend}, Access{&e.backend}, Details{&e.backend}
	if e.now == nil {
		e.now = time.Now
	}
	e.throttle.on = o.Throttle
	if e.options.Realm == (synapse.Realm{}) {
		e.options.Realm = synapse.DefaultRealm()
	}
	e.state = newState(o.Bucket, e.options.Realm, e.now())
	for _, r := range routes() {
		e.router.add(r)
	}
	return e
}
