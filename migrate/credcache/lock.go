package credcache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// errHeld is a lock that another process, or another part of this one, has.
var errHeld = errors.New("held by another")

// pause is how long to wait before a held lock is tried again: little
// beside a call of Synapse.
const pause = 20 * time.Millisecond

// lock is held until release, or until the process ends. Its file stays.
type lock struct{ file *os.File }

// acquire waits for a lock until ctx ends. Other errors wrap ErrUnusable.
func acquire(ctx context.Context, path string) (lock, error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		file, err := openLocked(path)
		if err == nil {
			return lock{file}, nil
		}
		if !errors.Is(err, errHeld) {
			return lock{}, fmt.Errorf("%w: locking: %w", ErrUnusable, err)
		}
		select {
		case <-ctx.Done():
			return lock{}, ctx.Err()
		case <-tick.C:
		}
	}
}

// release frees the lock.
func (l lock) release() { _ = l.file.Close() }
