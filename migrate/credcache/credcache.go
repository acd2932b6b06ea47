package credcache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// ErrUnusable is wrapped by errors of the cache itself, as of a folder that
// can't be written: the credentials can be had without it.
var ErrUnusable = errors.New("the cache can't be used")

// ErrNotKept is wrapped where new credentials could not be put into the cache.
var ErrNotKept = errors.New("the credentials can't be kept")

const (
	// maxWindow is the longest time before expiry at which credentials are
	// renewed: the AWS CLI asks its credential_process again from 15 minutes
	// before expiry on (botocore's credentials.py, advisory refresh, read
	// November 2026), and must then get new ones.
	maxWindow = 15 * time.Minute
	// windowShare is the share of the credentials' life that the window
	// takes where that is less.
	windowShare = 4
)

// Key names credentials: whose they are, and what for.
type Key struct {
	// Endpoint is Synapse's base URL, empty for production.
	Endpoint string
	// Token is the caller's access token; only its hash is used.
	Token synapse.Token
	// EntityID is written as Synapse writes it, in lower case.
	EntityID   string
	Permission synapse.STSPermission
}

// name is the entry's file name: a hash over the parts, each hashed, so that
// no two keys run into each other.
func (k Key) name() string {
	sum := sha256.New()
	for _, part := range []string{
		k.Endpoint, string(k.Token), strings.ToLower(k.EntityID), string(k.Permission),
	} {
		hash := sha256.Sum256([]byte(part))
		_, _ = sum.Write(hash[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Cache is a folder of entries. It is safe for concurrent use, by several
// processes too.
type Cache struct {
	folder string
	now    func() time.Time
}

// Fetch asks for new credentials.
type Fetch func(ctx context.Context) (synapse.STSCredentials, error)

// Open makes the folder where it is missing, and takes the rights of others
// away where they have any. Errors wrap ErrUnusable. A nil clock is
// time.Now.
func Open(folder string, now func() time.Time) (*Cache, error) {
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	return &Cache{folder: folder, now: now}, nil
}

// Credentials returns the credentials of a key: from the cache while more
// than a quarter of their life, or more than 15 minutes where that is less,
// is left, else new ones. Of several callers one asks; the others wait, and
// get what it got, or ask in their turn when it got nothing. Where Synapse
// can't answer, the old ones are given as long as they live. An error wraps
// ErrUnusable, or is that of fetch or of the context; with one that wraps
// ErrNotKept there are credentials all the same.
func (c *Cache) Credentials(
	ctx context.Context, k Key, fetch Fetch,
) (synapse.STSCredentials, error) {
	path := filepath.Join(c.folder, k.name()+".json")
	if have, ok := c.fresh(path); ok {
		return have, nil
	}
	l, err := acquire(ctx, filepath.Join(c.folder, k.name()+".lock"))
	if err != nil {
		return synapse.STSCredentials{}, err
	}
	defer l.release()
	if have, ok := c.fresh(path); ok {
		return have, nil
	}
	began := c.now()
	got, err := fetch(ctx)
	if err != nil {
		if old, e := read(path); e == nil && !refused(err) && c.now().Before(old.Credentials.Expiration.Time) {
			return old.Credentials, nil
		}
		return synapse.STSCredentials{}, err
	}
	err = write(path, entry{Format: format, Obtained: synapse.NewTime(began), Credentials: got})
	if err != nil {
		return got, fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	return got, nil
}

// refused reports whether Synapse said no, rather than nothing or not now.
func refused(err error) bool {
	var answer *synapse.Error
	return errors.As(err, &answer) && answer.Status >= 400 && answer.Status < 500 &&
		answer.Status != http.StatusTooManyRequests
}

// fresh reads an entry that need not be renewed yet.
func (c *Cache) fresh(path string) (synapse.STSCredentials, bool) {
	e, err := read(path)
	if err != nil || !c.now().Before(e.renewOn()) {
		return synapse.STSCredentials{}, false
	}
	return e.Credentials, true
}

// renewOn is when an entry is too old.
func (e entry) renewOn() time.Time {
	expires := e.Credentials.Expiration.Time
	return expires.Add(-min(maxWindow, expires.Sub(e.Obtained.Time)/windowShare))
}
