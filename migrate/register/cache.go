package register

import "sync"

// cache is a bounded map that keeps what was used recently: when as many
// keys as its size have been put, those not used since the last time are
// forgotten. It holds at most twice its size, and is safe for concurrent use.
type cache[K comparable, V any] struct {
	mu       sync.Mutex
	size     int
	new, old map[K]V
}

func newCache[K comparable, V any](size int) *cache[K, V] {
	return &cache[K, V]{size: size, new: map[K]V{}}
}

// get returns what was put under k, if it is still known.
func (c *cache[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, ok := c.new[k]; ok {
		return v, true
	}
	v, ok := c.old[k]
	if ok {
		c.store(k, v)
	}
	return v, ok
}

// put remembers v under k.
func (c *cache[K, V]) put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(k, v)
}

// store puts into the new generation; the caller holds mu.
func (c *cache[K, V]) store(k K, v V) {
	if len(c.new) >= c.size {
		c.old, c.new = c.new, map[K]V{}
	}
	c.new[k] = v
}
