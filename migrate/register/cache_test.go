package register

import (
	"testing"
)

func TestCacheForgetsTheOldest(t *testing.T) {
	c := newCache[int, int](2)
	for i := range 3 {
		c.put(i, 10*i)
	}
	if v, ok := c.get(0); !ok || v != 0 { // moves into the new generation
		t.Errorf("get(0) = %d, %v, want 0", v, ok)
	}
	c.put(3, 30)
	for k, want := range map[int]bool{0: true, 1: false, 2: true, 3: true} {
		if v, ok := c.get(k); ok != want || ok && v != 10*k {
			t.Errorf("get(%d) = %d, %v, want known %v", k, v, ok, want)
		}
	}
	if n := len(c.new) + len(c.old); n > 4 {
		t.Errorf("holds %d, want 4 at most", n)
	}
}
