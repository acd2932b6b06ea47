//go:build unix

package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A link of somebody else's, even to one's own run file, may lead elsewhere a
// moment later.
func TestLinksOfOthersAreNoRunFiles(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "own"), filepath.Join(folder, "syn1.migrate")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := CheckOwner(link); err != nil {
		t.Errorf("one's own link: %v", err)
	}
	if os.Lchown(link, os.Geteuid()+1, -1) != nil {
		return // only root can give a link away
	}
	if err := CheckOwner(link); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v, want %v", err, ErrForeign)
	}
}
