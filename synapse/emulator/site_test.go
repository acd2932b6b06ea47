package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// site is a Synapse behind HTTP with two certified users and a project of
// the first.
type site struct {
	*emulator.Emulator
	t       *testing.T
	url     string
	clock   *clock
	owner   person
	other   person
	project string
}

type person struct {
	id    int64
	token string
}

var nobody person

// doc is a raw JSON document.
type doc = map[string]any

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// unused is a Storage for tests that never reach S3.
type unused struct{ emulator.Storage }

func newSite(t *testing.T) *site {
	t.Helper()
	c := &clock{now: time.Date(2024, 10, 24, 12, 0, 0, 0, time.UTC)}
	e := emulator.New(emulator.Options{Storage: unused{}, Now: c.Now, Bucket: "synapse-bucket"})
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	s := &site{Emulator: e, t: t, url: srv.URL, clock: c}
	s.owner = s.person("owner")
	s.other = s.person("other")
	s.project = e.AddProject(s.owner.id, "project")
	return s
}

// in is the site for a subtest.
func (s *site) in(t *testing.T) *site {
	sub := *s
	sub.t = t
	return &sub
}

func (s *site) person(name string) person {
	id := s.AddUser(emulator.User{Name: name, Certified: true})
	return person{id, s.AddToken(id, nil, 0)}
}

// folder, handle and file fill the site directly.
func (s *site) folder(parent, name string) string {
	s.t.Helper()
	id, err := s.AddFolder(s.owner.id, parent, name)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) handle(p person, md5 string, location int64) string {
	size := int64(10)
	h := synapse.FileHandle{
		CreatedBy: fmt.Sprint(p.id), ContentMD5: md5, ContentSize: &size,
		FileName: "name.txt", ContentType: "text/plain", BucketName: "b", Key: "k",
	}
	if location != 0 {
		h.StorageLocationID = &location
	}
	return s.AddFileHandle(h)
}

func (s *site) file(parent, name, handle string) string {
	s.t.Helper()
	id, err := s.AddFile(s.owner.id, parent, name, handle)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// stsFolder makes a folder with an STS location of its own.
func (s *site) stsFolder(parent, name string) (folder string, location int64) {
	s.t.Helper()
	on := true
	location = s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "b", StsEnabled: &on, CreatedBy: s.owner.id,
	})
	folder = s.folder(parent, name)
	if err := s.SetUploadSetting(folder, location); err != nil {
		s.t.Fatal(err)
	}
	return folder, location
}

// grant shares an entity with a person.
func (s *site) grant(id string, p person, rights ...synapse.AccessType) {
	s.t.Helper()
	err := s.SetACL(id,
		synapse.ResourceAccess{PrincipalID: s.owner.id, AccessType: []synapse.AccessType{
			"READ", "DOWNLOAD", "CREATE", "UPDATE", "DELETE", "CHANGE_PERMISSIONS", "CHANGE_SETTINGS",
		}},
		synapse.ResourceAccess{PrincipalID: p.id, AccessType: rights})
	if err != nil {
		s.t.Fatal(err)
	}
}

// answer is what came back for one request.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	text   string
	doc    doc
}

// do sends a request as a person; a body may be nil, text, or anything that
// JSON can say.
func (s *site) do(p person, method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, sent)
	if err != nil {
		s.t.Fatal(err)
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	if sent != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{s.t, method + " " + path, w.StatusCode, w.Header, string(text), doc{}}
	if strings.HasPrefix(a.text, "{") {
		if err := json.Unmarshal(text, &a.doc); err != nil {
			s.t.Fatalf("%s: %v in %s", a.what, err, text)
		}
	}
	return a
}

// wants checks status and, when it is not empty, the reason.
func (a answer) wants(status int, reason string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d; body %s", a.what, a.status, status, a.text)
	}
	if got := a.str("reason"); reason != "" && got != reason {
		a.t.Fatalf("%s: reason\n%q, want\n%q", a.what, got, reason)
	}
	return a
}

func (a answer) str(key string) string {
	text, _ := a.doc[key].(string)
	return text
}

// list is the maps in a list of the answer.
func (a answer) list(key string) []doc {
	a.t.Helper()
	raw, isList := a.doc[key].([]any)
	if !isList {
		a.t.Fatalf("%s: no list %q in %s", a.what, key, a.text)
	}
	var all []doc
	for _, one := range raw {
		d, _ := one.(map[string]any)
		all = append(all, d)
	}
	return all
}

// names are the names in a list of the answer.
func (a answer) names(key string) []string {
	a.t.Helper()
	var all []string
	for _, one := range a.list(key) {
		name, _ := one["name"].(string)
		all = append(all, name)
	}
	return all
}

// with is a copy of a document with some fields changed; nil takes one out.
func with(d doc, pairs ...any) doc {
	changed := doc{}
	for k, v := range d {
		changed[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		key := pairs[i].(string)
		changed[key] = pairs[i+1]
		if pairs[i+1] == nil {
			delete(changed, key)
		}
	}
	return changed
}
