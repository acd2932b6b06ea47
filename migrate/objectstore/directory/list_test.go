package directory

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// treeOf makes a directory with files of these paths, each holding its path.
func treeOf(t *testing.T, paths ...string) (List, string) {
	t.Helper()
	root := t.TempDir()
	for _, p := range paths {
		file := filepath.Join(root, p)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return List{Dir: d}, root
}

// keysOf lists keys, those left out with their rule behind a space.
func keysOf(t *testing.T, l List, prefix, after string) []string {
	t.Helper()
	var keys []string
	for page, err := range l.List(t.Context(), "", prefix, after) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			key := o.Key
			if o.Remark.Rule != "" {
				key += " " + string(o.Remark.Rule)
			}
			keys = append(keys, key)
		}
	}
	return keys
}

func TestDirectoryIsListedInTheOrderOfKeys(t *testing.T) {
	paths := []string{
		"a-b", "a.b", "a/b", "a/b-c", "a/b/c", "a0", "b", "é/x", "z z/\x7f", "A", "a!/x", "a\xff/y", "a\n/b",
	}
	paths = slices.DeleteFunc(paths, func(p string) bool { return p == "a/b" }) // a folder is there
	for _, window := range []int{0, 1, 2, 3} {
		t.Run(fmt.Sprint("window ", window), func(t *testing.T) {
			l, _ := treeOf(t, paths...)
			l.Window = window
			want := slices.Sorted(slices.Values(paths))
			if got := keysOf(t, l, "", ""); !slices.Equal(got, want) {
				t.Fatalf("got %q\nwant %q", got, want)
			}
			for i, after := range want {
				if got := keysOf(t, l, "", after); !slices.Equal(got, want[i+1:]) {
					t.Errorf("after %q: got %q\nwant %q", after, got, want[i+1:])
				}
			}
			if got := keysOf(t, l, "a/", ""); !slices.Equal(got, []string{"a/b-c", "a/b/c"}) {
				t.Errorf("below a/: got %q", got)
			}
		})
	}
}

// Any tree is listed in order, from anywhere.
func TestDirectoryOrderOfAnyTree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "b", "-", ".", "0", "A", "~", " "}
	paths := map[string]bool{}
	for range 300 {
		var segments []string
		for range 1 + random.IntN(4) {
			name := "x"
			for range random.IntN(3) {
				name += letters[random.IntN(len(letters))]
			}
			segments = append(segments, name)
		}
		// Files and folders have names of their own.
		paths[strings.Join(segments, "/")+".f"] = true
	}
	var all []string
	for p := range paths {
		clash := false
		for q := range paths {
			clash = clash || strings.HasPrefix(q, p+"/")
		}
		if !clash {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	l, _ := treeOf(t, all...)
	l.Window = 5
	for range 20 {
		at := random.IntN(len(all))
		if got := keysOf(t, l, "", all[at]); !slices.Equal(got, all[at+1:]) {
			t.Fatalf("after %q: got %q\nwant %q", all[at], got, all[at+1:])
		}
	}
}

func TestDirectoryPages(t *testing.T) {
	var paths []string
	for i := range 2*listPage + 1 {
		paths = append(paths, fmt.Sprintf("f%05d", i))
	}
	l, _ := treeOf(t, paths...)
	var sizes []int
	for page, err := range l.List(t.Context(), "", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(page))
	}
	if !slices.Equal(sizes, []int{listPage, listPage, 1}) {
		t.Errorf("got pages of %v", sizes)
	}
	for range l.List(t.Context(), "", "", "") {
		break // must not be called again
	}
}

func TestDirectoryRemarks(t *testing.T) {
	l, root := treeOf(t, "a", "closed", "dir/b", "shut/c")
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"to file": "a", "to dir": "dir", "to nowhere": "gone", "to outside": outside, "to itself": "to itself",
	} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := " " + string(rules.SourceSymbolicLink)
	links := []string{"to dir" + link, "to file" + link, "to itself" + link, "to nowhere" + link, "to outside" + link}
	rest := []string{"a", "closed", "dir/b", "pipe " + string(rules.SourceSpecialFile), "shut/c"}
	if got, want := keysOf(t, l, "", ""), append(rest, links...); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	links[1] = "to file"
	l.FollowLinks = true
	if got, want := keysOf(t, l, "", ""), append(rest, links...); !slices.Equal(got, want) {
		t.Errorf("followed: got %q\nwant %q", got, want)
	}
}

func TestDirectoryRights(t *testing.T) {
	if os.Getuid() == 0 {
		// Root may read everything: what can't be opened is left to a file
		// that is replaced by what is none.
		l, root := treeOf(t, "a")
		if err := os.Remove(filepath.Join(root, "a")); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(root, "a"), 0o700); err != nil {
			t.Fatal(err)
		}
		var by *planner.RuleError
		if _, err := l.Head(t.Context(), "", "a"); !errors.As(err, &by) || by.Rule != rules.SourceFileUnread {
			t.Errorf("got %v", err)
		}
		return
	}
	l, root := treeOf(t, "a", "closed", "shut/c")
	for _, name := range []string{"closed", "shut"} {
		if err := os.Chmod(filepath.Join(root, name), 0); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(filepath.Join(root, name), 0o700) }()
	}
	want := []string{"a", "closed", "shut/ " + string(rules.SourceFolderUnread)}
	if got := keysOf(t, l, "", ""); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	var by *planner.RuleError
	if _, err := l.Head(t.Context(), "", "closed"); !errors.As(err, &by) || by.Rule != rules.SourceFileUnread {
		t.Errorf("got %v", err)
	}
}

func TestDirectoryHead(t *testing.T) {
	l, root := treeOf(t, "a")
	d, err := l.Head(t.Context(), "", "a")
	if err != nil || d.SizeBytes != 1 || d.ETag == "" || d.ContentType != contentType || d.PartsCount != -1 {
		t.Errorf("got %+v, %v", d, err)
	}
	if err := os.Remove(filepath.Join(root, "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Head(t.Context(), "", "a"); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("gone: got %v", err)
	}
	if _, err := l.Head(t.Context(), "", "../"+filepath.Base(root)); err == nil {
		t.Error("outside was looked at")
	}
}

// A directory of any size takes the same memory.
func TestDirectoryWindow(t *testing.T) {
	s := smallest{limit: 3}
	for _, n := range []string{"e", "b", "d", "a", "c", "f"} {
		s.add(name{text: n})
		if len(s.names) > 3 {
			t.Fatalf("%d names are held, want 3", len(s.names))
		}
	}
	got := s.sorted()
	if !s.full || len(got) != 3 || got[0].text != "a" || got[1].text != "b" || got[2].text != "c" {
		t.Errorf("got %v, full %t", got, s.full)
	}
}

// FuzzDirectoryNames: files of any names are listed once each, in the order of
// their keys, and read by these.
func FuzzDirectoryNames(f *testing.F) {
	for _, text := range []string{
		"a\x00b", "a/b\x00a-b\x00a", "\xff\x00\u202e", "a\n/b\x00a b", "\\\x00C:\\x", "é\x00e\u0301",
		" \x00.\x00..\x00...",
		"a/b/c\x00a/b-c\x00a.b", "%2e%2e/a", "CON\x00nul", "\x7f\x1b[2J",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root := t.TempDir()
		made := map[string]bool{}
		for _, path := range strings.Split(text, "\x00") {
			if len(path) > 200 || !filepath.IsLocal(path) || filepath.Clean(path) != path {
				continue
			}
			_ = os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o700)
			if os.WriteFile(filepath.Join(root, path), []byte(path), 0o600) == nil {
				made[filepath.ToSlash(path)] = true
			}
		}
		d, err := Open(root)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		var keys []string
		for page, err := range (List{Dir: d, Window: 2}).List(t.Context(), "", "", "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page {
				keys = append(keys, o.Key)
				if now, err := d.Object(o.Key); err != nil || now.SizeBytes != int64(len(o.Key)) {
					t.Errorf("%q: got %+v, %v", o.Key, now, err)
				}
			}
		}
		if !slices.IsSorted(keys) || len(keys) != len(made) {
			t.Errorf("got %q of %v", keys, made)
		}
	})
}
