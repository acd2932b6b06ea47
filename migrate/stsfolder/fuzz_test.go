package stsfolder

import (
	"strings"
	"testing"
	"unicode/utf8"

	"synapse-migrate/synapse"
)

// FuzzOwnerNames: the owner file names nobody but who stands in it.
func FuzzOwnerNames(f *testing.F) {
	f.Add("user\n", "user", "5")
	f.Add("\ufeff5\r\nuser2", "user", "5")
	f.Add("", "", "")
	f.Add("a,b c\x00d", "b", "7")
	f.Fuzz(func(t *testing.T, text, name, id string) {
		if !utf8.ValidString(name) || !utf8.ValidString(text) {
			return // no JSON gives such names
		}
		if !OwnerNames(text, synapse.UserProfile{OwnerID: id, UserName: name}) {
			return
		}
		split := func(r rune) bool { return r == ',' || r == '\r' || r == '\n' }
		for part := range strings.FieldsFuncSeq(text, split) {
			if part = strings.ToLower(strings.TrimSpace(part)); part == strings.ToLower(name) || part == id {
				return
			}
		}
		t.Errorf("%q names neither %q nor %q", text, name, id)
	})
}
