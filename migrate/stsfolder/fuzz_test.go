package stsfolder

import (
	"strings"
	"testing"

	"synapse-migrate/synapse"
)

// FuzzOwnerNames: the owner file names nobody but who stands in it.
func FuzzOwnerNames(f *testing.F) {
	f.Add("user\n", "user", "5")
	f.Add("\ufeff5\r\nuser2", "user", "5")
	f.Add("", "", "")
	f.Add("a,b c\x00d", "b", "7")
	f.Fuzz(func(t *testing.T, text, name, id string) {
		named := OwnerNames(text, synapse.UserProfile{OwnerID: id, UserName: name})
		if named && !strings.Contains(text, name) && !strings.Contains(text, id) {
			t.Errorf("%q names neither %q nor %q", text, name, id)
		}
	})
}
