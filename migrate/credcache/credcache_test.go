package credcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"synapse-migrate/migrate/credcache"
	"synapse-migrate/synapse"
)

const planted = "planted-secret-token"

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// vendor hands out numbered credentials of a life, and counts.
type vendor struct {
	now  *time.Time
	life time.Duration
	n    atomic.Int64
}

func (v *vendor) fetch(context.Context) (synapse.STSCredentials, error) {
	n := v.n.Add(1)
	return synapse.STSCredentials{
		Bucket: "lab", BaseKey: "study/data", AccessKeyID: fmt.Sprintf("ASIA%d", n),
		SecretAccessKey: "secret", SessionToken: "session", Expiration: synapse.NewTime(v.now.Add(v.life)),
	}, nil
}

func key(entity string) credcache.Key {
	return credcache.Key{
		Endpoint: "https://example.org", Token: planted, EntityID: entity, Permission: synapse.STSReadOnly,
	}
}

func open(t *testing.T, folder string, now *time.Time) *credcache.Cache {
	t.Helper()
	c, err := credcache.Open(folder, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// want fails the test unless the cache gives the credentials of that number.
func want(t *testing.T, c *credcache.Cache, k credcache.Key, v *vendor, id string) {
	t.Helper()
	got, err := c.Credentials(t.Context(), k, v.fetch)
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessKeyID != id {
		t.Errorf("got %s, want %s", got.AccessKeyID, id)
	}
}

func TestRenewsBeforeTheEnd(t *testing.T) {
	tests := []struct {
		name        string
		life, after time.Duration
		renewed     bool
	}{
		{"12 hours, at once", 12 * time.Hour, 0, false},
		{"12 hours, 16 minutes left", 12 * time.Hour, 12*time.Hour - 16*time.Minute, false},
		{"12 hours, 15 minutes left", 12 * time.Hour, 12*time.Hour - 15*time.Minute, true},
		{"20 minutes, 6 left", 20 * time.Minute, 14 * time.Minute, false},
		{"20 minutes, 5 left", 20 * time.Minute, 15 * time.Minute, true},
		{"expired", time.Hour, 2 * time.Hour, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := start
			v := &vendor{now: &now, life: tt.life}
			c := open(t, t.TempDir(), &now)
			want(t, c, key("syn1"), v, "ASIA1")
			now = now.Add(tt.after)
			id := "ASIA1"
			if tt.renewed {
				id = "ASIA2"
			}
			want(t, c, key("syn1"), v, id)
		})
	}
}

func TestKeysAreApart(t *testing.T) {
	base := key("syn1")
	other := map[string]credcache.Key{
		"endpoint": base, "token": base, "entity": base, "permission": base, "shifted": base,
	}
	edit := func(name string, change func(*credcache.Key)) {
		k := other[name]
		change(&k)
		other[name] = k
	}
	edit("endpoint", func(k *credcache.Key) { k.Endpoint = "https://staging.example.org" })
	edit("token", func(k *credcache.Key) { k.Token = "another" })
	edit("entity", func(k *credcache.Key) { k.EntityID = "syn2" })
	edit("permission", func(k *credcache.Key) { k.Permission = synapse.STSReadWrite })
	edit("shifted", func(k *credcache.Key) {
		k.Endpoint, k.Token = k.Endpoint+string(k.Token[:1]), k.Token[1:]
	})
	now := start
	for name, k := range other {
		t.Run(name, func(t *testing.T) {
			v := &vendor{now: &now, life: time.Hour}
			c := open(t, t.TempDir(), &now)
			want(t, c, base, v, "ASIA1")
			want(t, c, k, v, "ASIA2")
			want(t, c, base, v, "ASIA1")
		})
	}
	v := &vendor{now: &now, life: time.Hour}
	c := open(t, t.TempDir(), &now)
	want(t, c, base, v, "ASIA1")
	want(t, c, key("SYN1"), v, "ASIA1")
}

func TestManyCallersMakeOneCall(t *testing.T) {
	now := start
	v := &vendor{now: &now, life: time.Hour}
	folder := t.TempDir()
	release := make(chan struct{})
	slow := func(ctx context.Context) (synapse.STSCredentials, error) {
		<-release
		return v.fetch(ctx)
	}
	var all sync.WaitGroup
	for range 16 {
		c := open(t, folder, &now) // as a process of its own
		all.Go(func() {
			got, err := c.Credentials(t.Context(), key("syn1"), slow)
			if err != nil || got.AccessKeyID != "ASIA1" {
				t.Errorf("got %q, %v, want the first one's", got.AccessKeyID, err)
			}
		})
	}
	close(release)
	all.Wait()
	if v.n.Load() != 1 {
		t.Errorf("got %d calls, want 1", v.n.Load())
	}
}

func TestAWaiterEndsWithItsContext(t *testing.T) {
	now := start
	c := open(t, t.TempDir(), &now)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Credentials(t.Context(), key("syn1"), func(context.Context) (synapse.STSCredentials, error) {
		cancel()
		_, inner := c.Credentials(ctx, key("syn1"), nil)
		return synapse.STSCredentials{}, inner
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

func TestARefusalIsNotKept(t *testing.T) {
	now := start
	v := &vendor{now: &now, life: time.Hour}
	c := open(t, t.TempDir(), &now)
	refused := errors.New("refused")
	_, err := c.Credentials(t.Context(), key("syn1"), func(context.Context) (synapse.STSCredentials, error) {
		return synapse.STSCredentials{}, refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("got %v, want the refusal", err)
	}
	want(t, c, key("syn1"), v, "ASIA1")
}

func TestOldOnesServeWhileSynapseCannotAnswer(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		after time.Duration
		given bool
	}{
		{"no connection", errors.New("connection refused"), 50 * time.Minute, true},
		{"maintenance", &synapse.Error{Status: 503}, 50 * time.Minute, true},
		{"throttled", &synapse.Error{Status: 429}, 50 * time.Minute, true},
		{"right taken away", &synapse.Error{Status: 403}, 50 * time.Minute, false},
		{"expired", errors.New("connection refused"), time.Hour, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			now := start
			c := open(t, t.TempDir(), &now)
			want(t, c, key("syn1"), &vendor{now: &now, life: time.Hour}, "ASIA1")
			now = now.Add(tt.after)
			got, err := c.Credentials(t.Context(), key("syn1"), func(context.Context) (synapse.STSCredentials, error) {
				return synapse.STSCredentials{}, tt.err
			})
			if given := err == nil && got.AccessKeyID == "ASIA1"; given != tt.given || !given && !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v, want the old ones: %v", got.AccessKeyID, err, tt.given)
			}
		})
	}
}

// entries are the files of the entries in a folder.
func entries(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("got entries %v, %v, want one", found, err)
	}
	return found
}

func TestOthersSeeNothing(t *testing.T) {
	now := start
	folder := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	want(t, open(t, folder, &now), key("syn1"), &vendor{now: &now, life: time.Hour}, "ASIA1")
	modes := map[string]os.FileMode{folder: 0o700}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("got files %v, %v, want an entry and a lock", files, err)
	}
	for _, path := range files {
		modes[path] = 0o600
		text, err := os.ReadFile(path)
		if err != nil || strings.Contains(path+string(text), planted) || strings.Contains(path, "syn1") {
			t.Errorf("%s tells more than it should: %v", path, err)
		}
	}
	for path, mode := range modes {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: got mode %v, %v, want %v", path, info.Mode().Perm(), err, mode)
		}
	}
}

func TestWhatIsNoEntryIsReplaced(t *testing.T) {
	spoil := map[string]func(path string) error{
		"not JSON": func(path string) error { return os.WriteFile(path, []byte("junk"), 0o600) },
		"empty":    func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"endless": func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat(" ", 1<<20)), 0o600)
		},
		"of another version": func(path string) error {
			text, err := os.ReadFile(path)
			text = []byte(strings.Replace(string(text), `"format":1`, `"format":2`, 1))
			return errors.Join(err, os.WriteFile(path, text, 0o600))
		},
		"open to others": func(path string) error { return os.Chmod(path, 0o640) },
		"a link": func(path string) error {
			elsewhere := path + ".elsewhere"
			return errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path))
		},
	}
	for name, change := range spoil {
		t.Run(name, func(t *testing.T) {
			now := start
			v := &vendor{now: &now, life: time.Hour}
			folder := t.TempDir()
			c := open(t, folder, &now)
			want(t, c, key("syn1"), v, "ASIA1")
			if err := change(entries(t, folder)[0]); err != nil {
				t.Fatal(err)
			}
			want(t, c, key("syn1"), v, "ASIA2")
			want(t, c, key("syn1"), v, "ASIA2")
		})
	}
}

func TestAFolderThatCannotBeIsUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := credcache.Open(filepath.Join(file, "cache"), nil); !errors.Is(err, credcache.ErrUnusable) {
		t.Errorf("got %v, want ErrUnusable", err)
	}
	now := start
	folder := t.TempDir()
	c := open(t, folder, &now)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	_, err := c.Credentials(t.Context(), key("syn1"), (&vendor{now: &now, life: time.Hour}).fetch)
	if !errors.Is(err, credcache.ErrUnusable) {
		t.Errorf("got %v, want ErrUnusable", err)
	}
}

// Credentials that can't be kept are given, and it is said.
func TestWhatCantBeKept(t *testing.T) {
	now := start
	v := &vendor{now: &now, life: time.Hour}
	folder := t.TempDir()
	want(t, open(t, folder, &now), key("syn1"), v, "ASIA1")
	entries, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %q, %v", entries, err)
	}
	// What can't be replaced stands in the way, as a full disk would.
	if err := errors.Join(os.Remove(entries[0]), os.MkdirAll(filepath.Join(entries[0], "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, folder, &now).Credentials(t.Context(), key("syn1"), v.fetch)
	if got.AccessKeyID != "ASIA2" || !errors.Is(err, credcache.ErrNotKept) || strings.Contains(err.Error(), "session") {
		t.Errorf("got %s, %v, want ASIA2 and %v", got.AccessKeyID, err, credcache.ErrNotKept)
	}
	if left, err := filepath.Glob(filepath.Join(folder, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
