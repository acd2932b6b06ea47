package checkpoint

import "testing"

// TestEachMagicIsRefused: no file system is told apart that isn't refused.
func TestEachMagicIsRefused(t *testing.T) {
	for magic, kind := range magics {
		if network[kind] == "" {
			t.Errorf("%#x: %q is not refused", magic, kind)
		}
	}
	// A file system that every Linux has, and that is none of those.
	if kind, err := fileSystem("/proc"); err != nil || kind != "" {
		t.Errorf("/proc: got %q, %v", kind, err)
	}
}
