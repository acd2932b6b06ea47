package planner_test

import (
	"context"
	"maps"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// server is a Synapse with an owner, a project, and an external STS folder
// of the owner's: bucket dest, base key base.
type server struct {
	t *testing.T
	*emulator.Emulator
	url      string
	s3       *objects
	owner    int64
	client   *synapse.Client
	project  string
	folder   string
	location int64
	policy   string
}

// objects is the S3 that Synapse sees: bucket/key to size, and the regions
// of buckets outside us-east-1.
type objects struct {
	emulator.Storage
	sizes   map[string]int64
	regions map[string]string
}

func (o *objects) Region(_ context.Context, bucket string) (string, error) {
	if region := o.regions[bucket]; region != "" {
		return region, nil
	}
	return "us-east-1", nil
}

func (o *objects) Head(_ context.Context, bucket, key string) (emulator.ObjectInfo, error) {
	size, ok := o.sizes[bucket+"/"+key]
	if !ok {
		return emulator.ObjectInfo{}, emulator.ErrNoObject
	}
	return emulator.ObjectInfo{SizeBytes: size}, nil
}

func (o *objects) CreateUpload(context.Context, string, string, string) (string, error) {
	return "upload", nil
}

// AssumeRole remembers the policy.
func (s *server) AssumeRole(_ context.Context, _, policy string, _ time.Duration) (emulator.Credentials, error) {
	s.policy = policy
	return emulator.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: "s", SessionToken: "t", Expiration: time.Now().Add(time.Hour),
	}, nil
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, s3: &objects{sizes: map[string]int64{}, regions: map[string]string{}}}
	s.Emulator = emulator.New(emulator.Options{Storage: s.s3, Vendor: s, Bucket: "synapse"})
	http := httptest.NewServer(s)
	t.Cleanup(http.Close)
	s.url = http.URL
	s.owner = s.AddUser(emulator.User{Name: "ada", Certified: true})
	s.client = s.as(s.owner, nil)
	s.project = s.AddProject(s.owner, "Project")
	s.location = s.externalLocation(s.owner, "base")
	s.folder = s.addFolder(s.project, "Folder")
	s.set(s.folder, s.location)
	return s
}

// as is a client of a user, with a token of some scopes; nil is all.
func (s *server) as(user int64, scopes []string) *synapse.Client {
	s.t.Helper()
	return s.clientWith(synapse.Token(s.AddToken(user, scopes, 0)))
}

func (s *server) clientWith(token synapse.Token) *synapse.Client {
	s.t.Helper()
	c, err := synapse.New(synapse.Options{Endpoint: s.url, Token: token})
	s.must(err)
	return c
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) addFolder(parent, name string) string {
	s.t.Helper()
	id, err := s.AddFolder(s.owner, parent, name)
	s.must(err)
	return id
}

func (s *server) set(folder string, locations ...int64) {
	s.t.Helper()
	s.must(s.SetUploadSetting(folder, locations...))
}

func (s *server) externalLocation(owner int64, baseKey string) int64 {
	sts := true
	return s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "dest", BaseKey: baseKey,
		StsEnabled: &sts, CreatedBy: owner,
	})
}

// managed makes the folder's location one in Synapse's own bucket.
func (s *server) managed() {
	s.t.Helper()
	sts := true
	s.location = s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeS3StorageLocation, BaseKey: "7/uuid", StsEnabled: &sts, CreatedBy: s.owner,
	})
	s.set(s.folder, s.location)
}

// examine is what the planner finds out about the folder.
func (s *server) examine(c *synapse.Client) rules.DestinationFacts {
	s.t.Helper()
	_, facts, err := destination.Examine(s.t.Context(), c, s.folder, c.STSCredentials)
	s.must(err)
	return facts
}

// check are the findings about the run, IDs alone.
func (s *server) check(c *synapse.Client, o planner.Options) []planner.RuleID {
	s.t.Helper()
	return ids(rules.CheckRun(s.examine(c), o))
}

func ids(findings []planner.Finding) []planner.RuleID {
	var all []planner.RuleID
	for _, f := range findings {
		all = append(all, f.Rule)
	}
	return all
}

// plan plans a bucket's keys below a prefix with the owner's token. The
// objects are there for Synapse too.
func (s *server) plan(src *bucket, prefix string, edit func(*listing.Planner)) (planner.Plan, planStore) {
	s.t.Helper()
	for key, d := range src.details {
		s.s3.sizes[src.name+"/"+key] = d.SizeBytes
	}
	file := runFile(s.t)
	b := planFrom(src, prefix, s.examine(s.client), file)
	b.Existing = s.client
	if edit != nil {
		edit(b)
	}
	return mustPlan(s.t, b), file
}

// register has the owner register an object of the destination's bucket.
func (s *server) register(c *synapse.Client, key string) (synapse.FileHandle, error) {
	return c.RegisterS3Object(s.t.Context(), synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, StorageLocationID: &s.location,
		BucketName: "dest", Key: key, ContentMD5: sum,
	})
}

// file makes a file entity of a new handle.
func (s *server) file(c *synapse.Client, parent, name string) error {
	s.t.Helper()
	me, err := s.client.Me(s.t.Context())
	s.must(err)
	handle := s.AddFileHandle(synapse.FileHandle{
		CreatedBy: me.OwnerID, BucketName: "dest", Key: "base/" + name, ContentMD5: sum,
		StorageLocationID: &s.location,
	})
	_, err = c.CreateEntity(s.t.Context(), synapse.Entity{
		ConcreteType: synapse.TypeFile, Name: name, ParentID: parent, DataFileHandleID: handle,
	})
	return err
}

// upload starts an upload of an object through Synapse.
func (s *server) upload(size int64) error {
	_, err := s.client.StartMultipart(s.t.Context(), synapse.MultipartRequest{
		ConcreteType: synapse.TypeMultipartUpload, FileName: "x", FileSizeBytes: size,
		PartSizeBytes: max(size/10_000+1, 5<<20), ContentMD5Hex: sum, StorageLocationID: &s.location,
	}, false)
	return err
}

func TestExamineDestination(t *testing.T) {
	s := newServer(t)
	s.must(s.SetACL(s.project, append(ownerAccess(s.owner), synapse.ResourceAccess{
		PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead},
	})...))
	s.addFolder(s.folder, "content")
	s.ResetCalls()
	d, facts, err := destination.Examine(t.Context(), s.client, s.folder, s.client.STSCredentials)
	s.must(err)
	var calls int64
	for _, n := range s.Calls() {
		calls += n
	}
	equal(t, "calls", calls, int64(8))
	equal(t, "destination", d, planner.Destination{
		FolderID: s.folder, FolderName: "Folder", ProjectID: s.project, StorageLocationID: s.location,
		OwnedByCaller: true, Bucket: "dest", BaseKey: "base", Depth: 3, Realm: synapse.DefaultRealm(),
	})
	equal(t, "caller", facts.Caller.UserName, "ada")
	equal(t, "credentials", facts.STS, rules.STSGiven)
	equal(t, "findings", ids(rules.CheckRun(facts, planner.Options{})),
		[]planner.RuleID{rules.DestinationHasChildren, rules.GovernancePublic})

	s.managed()
	d, facts, err = destination.Examine(t.Context(), s.client, s.folder, s.client.STSCredentials)
	s.must(err)
	equal(t, "managed destination", d, planner.Destination{
		FolderID: s.folder, FolderName: "Folder", ProjectID: s.project, StorageLocationID: s.location,
		OwnedByCaller: true, Managed: true, Bucket: "synapse", BaseKey: "7/uuid", Depth: 3, Realm: synapse.DefaultRealm(),
	})
	equal(t, "credentials", facts.STS, rules.STSGiven)
}

func TestExamineDestinationElsewhere(t *testing.T) {
	s := newServer(t)
	for want, c := range map[rules.STSAnswer]synapse.STSCredentials{
		rules.STSGiven:     {Bucket: "dest", BaseKey: "base"},
		rules.STSElsewhere: {Bucket: "dest", BaseKey: "base2"},
		rules.STSUnknown:   {},
	} {
		probe := func(context.Context, string, synapse.STSPermission) (synapse.STSCredentials, error) {
			return c, nil
		}
		if want == rules.STSUnknown {
			probe = nil
		}
		_, facts, err := destination.Examine(t.Context(), s.client, s.folder, probe)
		s.must(err)
		equal(t, "answer", facts.STS, want)
	}
}

func TestExamineDestinationFails(t *testing.T) {
	s := newServer(t)
	if _, _, err := destination.Examine(t.Context(), s.clientWith("wrong"), s.folder, nil); err == nil {
		t.Error("a bad token is no error")
	}
	s.SetStatus(emulator.StatusDown, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := destination.Examine(ctx, s.client, s.folder, nil); err == nil {
		t.Error("a server that doesn't answer is no error")
	}
}

// ownerAccess is the access of a project's creator.
func ownerAccess(owner int64, without ...synapse.AccessType) []synapse.ResourceAccess {
	rights := map[synapse.AccessType]bool{
		synapse.AccessRead: true, synapse.AccessDownload: true, synapse.AccessCreate: true,
		synapse.AccessUpdate: true, synapse.AccessDelete: true, synapse.AccessChangePermissions: true,
		synapse.AccessChangeSettings: true,
	}
	for _, right := range without {
		delete(rights, right)
	}
	return []synapse.ResourceAccess{{
		PrincipalID: owner, AccessType: slices.Sorted(maps.Keys(rights)),
	}}
}
