package credcache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"synapse-migrate/migrate/filelock"
)

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
		file, err := filelock.Open(path)
		if err == nil {
			return lock{file}, nil
		}
		if !errors.Is(err, filelock.ErrHeld) {
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
