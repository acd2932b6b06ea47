package planner_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// study is a Synapse with a source project and an external STS folder in
// another project, both of one owner: bucket dest, base key base.
type study struct {
	*emulator.Emulator
	t      *testing.T
	budget *synapse.Budget
	client *synapse.Client
	owner  int64
	source string
	folder string
	// location is the destination's; own another of the owner's in bucket
	// own, beside one of the owner's in bucket dest, partner a colleague's in
	// bucket partner, and google one in Google Cloud.
	location, own, beside, partner, google int64

	buckets sourceBuckets
}

// newStudy makes one whose calls never wait.
func newStudy(t *testing.T) *study {
	t.Helper()
	return newStudyWith(t, emulator.Options{},
		synapse.BudgetOptions{Requests: 1 << 20, Window: time.Millisecond, InFlight: 8})
}

func newStudyWith(t *testing.T, o emulator.Options, b synapse.BudgetOptions) *study {
	t.Helper()
	o.Storage, o.Bucket = &objects{sizes: map[string]int64{}}, "synapse"
	s := &study{
		Emulator: emulator.New(o), t: t, budget: synapse.NewBudget(b),
		buckets: sourceBuckets{reach: map[string]planner.Reach{}},
	}
	s.owner = s.AddUser(emulator.User{Name: "ada", Certified: true})
	colleague := s.AddUser(emulator.User{Name: "bob", Certified: true})
	var err error
	s.client, err = synapse.New(synapse.Options{
		Endpoint: "https://synapse.test", Token: synapse.Token(s.AddToken(s.owner, nil, 0)),
		Budget: s.budget, Transport: direct{s.Emulator},
	})
	s.must(err)
	s.source = s.AddProject(s.owner, "Study")
	s.folder = s.addFolder(s.AddProject(s.owner, "Home"), "STS")
	s.location = s.locate(s.owner, synapse.TypeExternalS3StorageLocation, "dest", "base", true)
	s.own = s.locate(s.owner, synapse.TypeExternalS3StorageLocation, "own", "", false)
	s.beside = s.locate(s.owner, synapse.TypeExternalS3StorageLocation, "dest", "", false)
	s.partner = s.locate(colleague, synapse.TypeExternalS3StorageLocation, "partner", "", false)
	s.google = s.locate(s.owner, synapse.TypeGoogleStorageLocation, "gcs", "", false)
	s.must(s.SetUploadSetting(s.folder, s.location))
	return s
}

func (s *study) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *study) locate(owner int64, kind, bucket, baseKey string, sts bool) int64 {
	return s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: kind, Bucket: bucket, BaseKey: baseKey, StsEnabled: &sts, CreatedBy: owner,
	})
}

func (s *study) addFolder(parent, name string) string {
	s.t.Helper()
	id, err := s.AddFolder(s.owner, parent, name)
	s.must(err)
	return id
}

// handle is a file handle of the owner's in a location; the key tells the
// MD5.
func (s *study) handle(location int64, bucket, key string, size int64) string {
	return s.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(s.owner), StorageLocationID: &location, BucketName: bucket, Key: key,
		ContentSize: &size, ContentMD5: sumOf(key), FileName: "f", ContentType: "application/x-test",
	})
}

// file makes a file of a handle.
func (s *study) file(parent, name, handle string) string {
	s.t.Helper()
	id, err := s.AddFile(s.owner, parent, name, handle)
	s.must(err)
	return id
}

// stored makes a file of n bytes in Synapse's own bucket.
func (s *study) stored(parent, name string, size int64) string {
	s.t.Helper()
	return s.file(parent, name, s.handle(1, "synapse", "7/"+name, size))
}

// facts are those of the destination.
func (s *study) facts() rules.DestinationFacts {
	s.t.Helper()
	probe := func(context.Context, string, synapse.STSPermission) (synapse.STSCredentials, error) {
		return synapse.STSCredentials{Bucket: "dest", BaseKey: "base"}, nil
	}
	_, facts, err := destination.Examine(s.t.Context(), s.client, s.folder, probe)
	s.must(err)
	facts.Destination.Region = "us-east-1"
	return facts
}

// project is a planner of the source into a run file.
func (s *study) project(o planner.ProjectOptions, file *checkpoint.File) *project.Planner {
	s.t.Helper()
	facts := s.facts()
	found, err := project.Examine(s.t.Context(), s.client, s.source, facts.Destination, o)
	s.must(err)
	return &project.Planner{
		Header: planner.Header{
			Source: planner.Source{Project: &found.Source}, Destination: facts.Destination,
		},
		Facts: facts, ProjectOptions: o, Source: s.client, Buckets: &s.buckets,
		DestHead: s.buckets.in("dest"), Existing: s.client, Store: file, Reviewer: file,
	}
}

// plan plans the source.
func (s *study) plan(o planner.ProjectOptions, edit func(*project.Planner)) (planner.Plan, *checkpoint.File) {
	s.t.Helper()
	file := runFile(s.t)
	p := s.project(o, file)
	if edit != nil {
		edit(p)
	}
	plan, err := p.Plan(s.t.Context())
	s.must(err)
	return plan, file
}

// direct serves requests without a network.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	r.RemoteAddr = "127.0.0.1:1"
	recorder := httptest.NewRecorder()
	d.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, r.Context().Err()
}

// sourceBuckets are the buckets that a project's files lie in, as the
// caller's credentials reach them: none that isn't listed.
type sourceBuckets struct {
	reach   map[string]planner.Reach
	objects []planner.Detail

	mu     sync.Mutex
	probes []string
	heads  int
}

func (b *sourceBuckets) Reach(_ context.Context, sample planner.Object) (planner.Reach, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probes = append(b.probes, sample.Bucket+"/"+sample.Key)
	return b.reach[sample.Bucket], nil
}

// Head finds the objects listed, and makes up any other in a bucket that can
// be read.
func (b *sourceBuckets) Head(_ context.Context, bucket, key string) (planner.Detail, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heads++
	for _, o := range b.objects {
		if o.Bucket == bucket && o.Key == key {
			return o, nil
		}
	}
	return planner.Detail{}, planner.ErrNotFound
}

// put adds an object as handle makes them.
func (b *sourceBuckets) put(bucket, key string, size int64) {
	b.objects = append(b.objects, planner.Detail{ETagsAreMD5: true, Object: planner.Object{
		Bucket: bucket, Key: key, SizeBytes: size, ETag: sumOf(key),
	}})
}

// in heads one bucket alone.
func (b *sourceBuckets) in(string) planner.Examiner { return b }

// ways are the items that do something, by the path below the destination:
// action, source, and the items they depend on.
func ways(t *testing.T, file *checkpoint.File) map[string]string {
	t.Helper()
	folders := folderPaths(t, file)
	all := map[string]string{}
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		path := folders[item.FolderID] + item.Name
		if item.Action == planner.ActionSkip || item.Action == planner.ActionBlock {
			path = planner.Source{Project: &planner.ProjectSource{}}.LeftOutPath(item)
		}
		if !item.Origin.Current {
			path += fmt.Sprintf(".%d", item.Origin.Version)
		}
		all[path] = fmt.Sprintf("%d %s", item.ID, item.Action)
		if item.Rule != "" {
			all[path] += " " + string(item.Rule)
		}
		if item.DestKey != "" {
			all[path] += " to " + item.DestKey
		}
		if item.Follows != 0 {
			all[path] += fmt.Sprintf(" after %d", item.Follows)
		}
		if item.Shares != 0 {
			all[path] += fmt.Sprintf(" with %d", item.Shares)
		}
	}
	return all
}

// as is a client of a user.
func (s *study) as(user int64) *synapse.Client {
	s.t.Helper()
	c, err := synapse.New(synapse.Options{
		Endpoint: "https://synapse.test", Token: synapse.Token(s.AddToken(user, nil, 0)),
		Budget: s.budget, Transport: direct{s.Emulator},
	})
	s.must(err)
	return c
}

// call makes a call of the owner's that no client of ours makes.
func (s *study) call(method, path string) {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, "https://synapse.test"+path, nil)
	r.Header.Set("Authorization", "Bearer "+s.AddToken(s.owner, nil, 0))
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	equal(s.t, "status", answer.Code, http.StatusNoContent)
}
