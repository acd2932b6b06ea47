package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// maxTargets is how many objects are remembered that nobody reads at the
// moment: more than have parts in flight.
const maxTargets = 1024

// targets remembers the URL and the ETag of objects between their reads.
type targets struct {
	ask  func(context.Context, planner.Object) (string, error)
	life time.Duration

	mu    sync.Mutex
	held  map[targetKey]*target
	count uint64
}

// targetKey tells objects apart.
type targetKey struct {
	bucket, key string
	download    planner.Download
}

// target is one object's URL, and what it was when it was first read.
type target struct {
	key    targetKey
	object planner.Object
	all    *targets
	// turn is held by who asks for the URL or looks at it.
	turn    chan struct{}
	current *url.URL
	askedOn time.Time

	mu    sync.Mutex
	known bool
	seen  stamp

	// readers and used belong to all.mu.
	readers int
	used    uint64
}

// stamp tells an object's states apart: the ETag as the server writes it, or
// the modification time where there is none.
type stamp struct{ etag, modified string }

// newTargets asks for URLs, again after their life if that isn't 0.
func newTargets(
	ask func(context.Context, planner.Object) (string, error), life time.Duration,
) *targets {
	return &targets{ask: ask, life: life, held: make(map[targetKey]*target)}
}

// acquire returns an object's target, which release gives back.
func (ts *targets) acquire(o planner.Object) *target {
	key := targetKey{bucket: o.Bucket, key: o.Key}
	if o.Download != nil {
		key.download = *o.Download
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.held[key]
	if t == nil {
		ts.makeRoom()
		t = &target{key: key, object: o, all: ts, turn: make(chan struct{}, 1)}
		ts.held[key] = t
	}
	ts.count++
	t.used = ts.count
	t.readers++
	return t
}

// makeRoom forgets the object that was left longest. The caller holds ts.mu.
func (ts *targets) makeRoom() {
	var oldest *target
	idle := 0
	for _, t := range ts.held {
		if t.readers > 0 {
			continue
		}
		if idle++; oldest == nil || t.used < oldest.used {
			oldest = t
		}
	}
	if idle >= maxTargets {
		delete(ts.held, oldest.key)
	}
}

// release gives a target back.
func (ts *targets) release(t *target) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t.readers--
}

// renewable reports whether another URL can be had.
func (t *target) renewable() bool { return t.all.life > 0 }

// url returns the object's URL, another one than was refused. It is asked
// for once for all that want it.
func (t *target) url(ctx context.Context, refused *url.URL) (*url.URL, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t.current != nil && t.current != refused &&
		(t.all.life == 0 || time.Since(t.askedOn) < t.all.life) {
		return t.current, nil
	}
	askedOn := time.Now()
	text, err := t.all.ask(ctx, t.object)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the URL can't be read") // the cause would show it
	}
	t.current, t.askedOn = u, askedOn
	return u, nil
}

// pin is the condition for the next request: the ETag that the server gave,
// if conditions can be made of it. A weak one never matches (RFC 9110,
// section 13.1.1).
func (t *target) pin() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if strings.HasPrefix(t.seen.etag, `"`) {
		return t.seen.etag
	}
	return ""
}

// hold compares an answer with the plan, and with the first answer.
func (t *target) hold(planned planner.Object, h http.Header) error {
	now := stamp{h.Get("ETag"), ""}
	if now.etag == "" {
		now.modified = h.Get("Last-Modified")
	}
	if etag := unquote(now.etag); planned.ETag != "" && planned.ETag != etag {
		return fmt.Errorf("%w: ETag %q, planned %q", transfer.ErrChanged, etag, planned.ETag)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.known {
		t.known, t.seen = true, now
		return nil
	}
	if t.seen != now {
		return fmt.Errorf("%w: ETag %q, before %q", transfer.ErrChanged,
			unquote(now.etag), unquote(t.seen.etag))
	}
	return nil
}
