package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"synapse-migrate/migrate/sandbox/describe"
)

// gate stands before a service that gives credentials: it lets some requests
// for them through, then refuses until it is opened, and knows all secrets
// that were given.
type gate struct {
	// left is how many are let through yet; negative is all.
	left atomic.Int64
	// feed brings the next credentials where they are fetched; nil where they
	// are asked for.
	feed func()

	mu      sync.Mutex
	secrets []string
}

// pass lets one more request through, or not.
func (g *gate) pass() bool {
	for {
		left := g.left.Load()
		if left <= 0 {
			return left < 0
		}
		if g.left.CompareAndSwap(left, left-1) {
			return true
		}
	}
}

// open lets all through from now on. What is fetched has been renewed then.
func (g *gate) open() {
	g.left.Store(-1)
	if g.feed != nil {
		g.feed()
	}
}

// secretField finds the secrets in the answers of all services.
var secretField = regexp.MustCompile(
	`(?i)(?:secretaccesskey|sessiontoken|"token|"key|"session)(?:>|": ?")([^<"]{16,})[<"]`)

// given notes the secrets in an answer.
func (g *gate) given(answer []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, found := range secretField.FindAllSubmatch(answer, -1) {
		g.secrets = append(g.secrets, string(found[1]))
	}
}

// noted notes the secrets of a session.
func (g *gate) noted(c *types.Credentials) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.secrets = append(g.secrets, *c.SecretAccessKey, *c.SessionToken)
}

// before puts the gate before a service; vends tells which requests are for
// credentials, nil means all.
func (g *gate) before(t *testing.T, next http.Handler, vends func(*http.Request) bool) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if vends != nil && !vends(r) {
			next.ServeHTTP(w, r)
			return
		}
		if !g.pass() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		g.given(answer.Body.Bytes())
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// proxy passes on to a service, whose signatures cover the host that was
// asked.
func proxy(t *testing.T, endpoint string) http.Handler {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
		r.Out.Host = r.In.Host
	}}
}

// logged is what a run in a site wrote into its log.
func (s *site) logged(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(s.path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// renewals counts how often the credentials of a name were given, by a log in
// JSON.
func renewals(log, name string) (n int) {
	for line := range strings.Lines(log) {
		var entry struct{ Message, Provider string }
		if json.Unmarshal([]byte(line), &entry) == nil &&
			entry.Message == "credentials renewed" && entry.Provider == name {
			n++
		}
	}
	return n
}

// silent fails the test where one of the secrets stands in a text.
func silent(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds a secret that ends in %q", where, secret[max(0, len(secret)-6):])
		}
	}
}

// everySecret are those that a door and its sandbox know.
func (d *doorway) everySecret(made door) []string {
	made.gate.mu.Lock()
	defer made.gate.mu.Unlock()
	all := append([]string{
		earthdataSecret, headerSecret, strings.TrimPrefix(headerSecret, "Bearer "), containerSecret,
		d.Owner.Token, "X-Amz-Signature=", "X-Amz-Security-Token=",
	}, made.gate.secrets...)
	for _, keys := range []describe.Keys{d.OwnerKeys, d.ForeignKeys, d.Root} {
		all = append(all, keys.SecretAccessKey)
	}
	return all
}

// readAllFiles reads the files of a folder, by name; what goes away meanwhile
// is left out.
func readAllFiles(t *testing.T, folder string, names ...string) map[string]string {
	t.Helper()
	content := map[string]string{}
	for _, name := range names {
		f, err := os.Open(folder + "/" + name)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		content[name] = string(text)
	}
	return content
}

// processList is every command line that anybody could see while something
// went on; empty where the system doesn't show them as files.
func processList(t *testing.T, during func()) string {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); during() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	seen := map[string]bool{}
	for {
		select {
		case <-done:
			return strings.Join(slices.Sorted(maps.Keys(seen)), "\n")
		case <-tick.C:
			files, err := filepath.Glob("/proc/[0-9]*/cmdline")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				if line, err := os.ReadFile(name); err == nil && len(line) > 0 {
					seen[string(line)] = true
				}
			}
		}
	}
}
