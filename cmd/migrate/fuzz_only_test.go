package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzOnly: a file of --only is Synapse IDs, sorted, each once, or refused.
func FuzzOnly(f *testing.F) {
	for _, text := range []string{
		"syn1\nsyn2", "syn2,syn1;SYN1 # a comment\n", "# syn1", "", "syn", "syn0", "syn1.2", "\ufeffsyn1",
		"syn1\x00", "syn1\r\n",
		"syn99999999999999999999", "../syn1", "\xff", "\u2028syn1", "@/etc/passwd",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "only")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		ids, err := readOnly([]string{"@" + path})
		if err != nil {
			return
		}
		if len(ids) == 0 || !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("%q: got %q", text, ids)
		}
		for _, id := range ids {
			if !entityID.MatchString(id) {
				t.Errorf("%q: got %q", text, id)
			}
		}
		again, err := readOnly(ids)
		if err != nil || !slices.Equal(again, ids) {
			t.Errorf("%q: got %q, then %q, %v", text, ids, again, err)
		}
	})
}
