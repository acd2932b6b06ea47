package stsfolder_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// buckets is S3 as Synapse sees it: objects by bucket/key. A bucket without
// an entry in known doesn't exist.
type buckets struct {
	emulator.Storage
	known   map[string]bool
	objects map[string]string
	denied  map[string]bool
}

func (b buckets) Region(_ context.Context, bucket string) (string, error) {
	if !b.known[bucket] {
		return "", emulator.ErrNoBucket
	}
	return "us-east-1", nil
}

func (b buckets) Read(_ context.Context, bucket, key string, _ int64) ([]byte, error) {
	switch text, there := b.objects[bucket+"/"+key]; {
	case bucket == "vanished":
		return nil, emulator.ErrNoBucket
	case b.denied[bucket+"/"+key]:
		return nil, fmt.Errorf("AccessDenied")
	case !there:
		return nil, emulator.ErrNoObject
	default:
		return []byte(text), nil
	}
}

// site is a Synapse with an STS folder of the owner's, and people.
type site struct {
	*emulator.Emulator
	t        *testing.T
	url      string
	s3       buckets
	ownerID  int64
	owner    string // tokens
	other    string
	curator  string
	project  string
	folder   string
	location int64
	plain    string
	handle   int
}

func newSite(t *testing.T) *site {
	t.Helper()
	s3 := buckets{
		known:   map[string]bool{"lab": true, "vanished": true},
		objects: map[string]string{}, denied: map[string]bool{},
	}
	e := emulator.New(emulator.Options{Storage: s3, Bucket: "synapse-bucket"})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	s := &site{Emulator: e, t: t, url: server.URL, s3: s3}
	s.ownerID = e.AddUser(emulator.User{Name: "owner", Certified: true})
	s.owner = e.AddToken(s.ownerID, nil, 0)
	s.other = e.AddToken(e.AddUser(emulator.User{Name: "other", Certified: true}), nil, 0)
	s.curator = e.AddToken(e.AddUser(emulator.User{
		Name: "curator", Certified: true, Teams: []int64{emulator.ACTTeamID},
	}), nil, 0)
	s.project = e.AddProject(s.ownerID, "project")
	s.folder, s.location = s.stsFolder("sts", "data")
	s.plain = s.folderIn(s.project, "plain")
	return s
}

// must is a value without an error.
func must[T any](t *testing.T, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (s *site) folderIn(parent, name string) string {
	s.t.Helper()
	id, err := s.AddFolder(s.ownerID, parent, name)
	return must(s.t, id, err)
}

// external is a storage location in the bucket lab.
func (s *site) external(baseKey string, creator int64) int64 {
	on := true
	return s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "lab", BaseKey: baseKey,
		StsEnabled: &on, CreatedBy: creator,
	})
}

func (s *site) managed() int64 {
	on := true
	return s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeS3StorageLocation, BaseKey: "1/uuid", StsEnabled: &on, CreatedBy: s.ownerID,
	})
}

func (s *site) stsFolder(name, baseKey string) (folder string, location int64) {
	s.t.Helper()
	folder, location = s.folderIn(s.project, name), s.external(baseKey, s.ownerID)
	if err := s.SetUploadSetting(folder, location); err != nil {
		s.t.Fatal(err)
	}
	return folder, location
}

// handleIn is a file handle of the owner's in a storage location.
func (s *site) handleIn(location int64) string {
	s.handle++
	size := int64(3)
	return s.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(s.ownerID), ContentSize: &size, FileName: "f.txt", ContentType: "text/plain",
		ContentMD5: fmt.Sprintf("%032x", s.handle), BucketName: "lab", Key: fmt.Sprint("data/", s.handle),
		StorageLocationID: &location,
	})
}

func (s *site) fileIn(parent, name string, location int64) string {
	s.t.Helper()
	id, err := s.AddFile(s.ownerID, parent, name, s.handleIn(location))
	return must(s.t, id, err)
}

func (s *site) client(token string) *synapse.Client {
	s.t.Helper()
	c, err := synapse.New(synapse.Options{Endpoint: s.url, Token: synapse.Token(token)})
	return must(s.t, c, err)
}

// doc is a JSON document.
type doc = map[string]any

// send sends a document as a user, and gives a refusal as the client would.
// What came is decoded into answer unless that is nil.
func (s *site) send(token, method, path string, document, answer any) error {
	s.t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	var got bytes.Buffer
	if _, err := got.ReadFrom(w.Body); err != nil {
		s.t.Fatal(err)
	}
	if w.StatusCode/100 == 2 {
		if answer != nil {
			if err := json.Unmarshal(got.Bytes(), answer); err != nil {
				s.t.Fatal(err)
			}
		}
		return nil
	}
	var refusal struct{ Reason, Error string }
	if err := json.Unmarshal(got.Bytes(), &refusal); err != nil {
		s.t.Fatal(err)
	}
	return &synapse.Error{
		Method: method, Path: path, Status: w.StatusCode, Reason: refusal.Reason, Code: refusal.Error,
	}
}
