package action

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"sync"
	"sync/atomic"
)

// partBody is a part's bytes on their way, with their MD5. Its lock is for
// an answer that comes while the request is still being sent: the client goes
// on reading for a while after that.
type partBody struct {
	ended atomic.Bool

	mu   sync.Mutex
	from io.Reader
	sum  hash.Hash
	// whole is the hash over the object up to here; nil for none.
	whole hash.Hash
	bytes int64
	err   error
}

// Read reads on, and hashes what it reads.
func (b *partBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended.Load() {
		return 0, errPartEnded
	}
	n, err := b.from.Read(p)
	b.sum.Write(p[:n])
	if b.whole != nil {
		b.whole.Write(p[:n])
	}
	b.bytes += int64(n)
	if err != nil && err != io.EOF && !b.ended.Load() {
		b.err = err
	}
	return n, err
}

// errPartEnded is what who reads on is told.
var errPartEnded = errors.New("part is answered already")

// end lets nobody read on. It stops a read that is under way, which is no
// fault of the source then, and returns once there is none.
func (b *partBody) end(stop context.CancelFunc) {
	b.ended.Store(true)
	stop()
	b.mu.Lock()
	defer b.mu.Unlock()
}

// outcome is how many bytes passed, their MD5 in hex, and why reading ended
// early, if it did.
func (b *partBody) outcome() (bytes int64, sum string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes, hex.EncodeToString(b.sum.Sum(nil)), b.err
}
