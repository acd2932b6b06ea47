package checkpoint

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzHolder: what is said of a lock's holder is one line that a terminal
// doesn't obey, whatever stands in the lock file.
func FuzzHolder(f *testing.F) {
	for _, text := range []string{"", "1\nhost\n", "-1\nh", "99999999999999999999\n", "1\n\x1b[2J\u009b\u202e", "1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := holder(text)
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }) {
			t.Errorf("%q: got %q", text, got)
		}
	})
}
