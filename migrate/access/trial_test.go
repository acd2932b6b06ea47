package access

import (
	"testing"

	"synapse-migrate/planner"
)

// TestOwnerFileIsTheLastSample: Synapse's credentials are denied owner.txt,
// which says nothing against them.
func TestOwnerFileIsTheLastSample(t *testing.T) {
	for _, tt := range []struct {
		keys []string
		want string
	}{
		{[]string{"a/owner.txt"}, "a/owner.txt"},
		{[]string{"owner.txt", "run7/a"}, "run7/a"},
		{[]string{"a/b", "a/owner.txt"}, "a/b"},
		{[]string{"a/owner.txt.gz"}, "a/owner.txt.gz"},
	} {
		var page []planner.Object
		for _, key := range tt.keys {
			page = append(page, planner.Object{Key: key})
		}
		if got := sampleOf(page); got != tt.want {
			t.Errorf("of %q: got %q, want %q", tt.keys, got, tt.want)
		}
	}
}
