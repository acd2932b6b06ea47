package migrate

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"testing"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// lab is a world with a project in a Synapse that has the server's own rules,
// and a plan to migrate it.
type lab struct {
	*world
	*emulated
	owner   int64
	source  planner.ProjectSource
	own     int64             // a storage location in the destination's bucket
	partner int64             // and one in another
	last    int64             // the ID of the item planned last
	keys    map[string]string // handle IDs of shared objects, by key
}

// newLab has an empty project and the destination of newEmulated.
func newLab(t *testing.T, mode planner.Mode) *lab {
	t.Helper()
	w := newWorld()
	l := &lab{world: w, emulated: newEmulated(t, w, time.Millisecond), keys: map[string]string{}}
	me, err := l.client.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(me.OwnerID, &l.owner); err != nil {
		t.Fatal(err)
	}
	l.source = planner.ProjectSource{
		EntityID: l.AddProject(l.owner, "study"), ConcreteType: synapse.TypeProject,
		Mode: mode, Versions: planner.VersionsAll, Provenance: planner.ProvenanceKeep,
	}
	l.own = l.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "dest", CreatedBy: l.owner,
	})
	l.partner = l.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "src", CreatedBy: l.owner + 1000,
	})
	l.client, err = synapse.New(synapse.Options{
		Endpoint: "https://synapse.test", Token: synapse.Token(l.AddToken(l.owner, nil, 0)),
		Budget: l.emulated.budget, Transport: l,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// version is one version of a file of the source.
type version struct {
	data, label, comment string
	annotations          map[string]synapse.AnnotationValue
	activity             string // its name
	action               planner.Action
	mirror               bool
	// shares is the key of an object that more than one version has.
	shares string
	// omit leaves it out of the plan.
	omit bool
}

// tags are annotations of a string, and of a number.
func tags(text, number string) map[string]synapse.AnnotationValue {
	return map[string]synapse.AnnotationValue{
		"tissue": {Type: synapse.AnnotationString, Value: []string{text, "b"}},
		"age":    {Type: synapse.AnnotationLong, Value: []string{number}},
	}
}

// file adds a file with its versions to the source, and to the plan.
func (l *lab) file(t *testing.T, folder int64, name string, versions ...version) string {
	t.Helper()
	var id string
	var items []planner.Item
	for n, v := range versions {
		i := l.item(folder, name, n, v)
		if n == 0 {
			id = l.must(l.AddFile(l.owner, l.source.EntityID, name, i.Origin.FileHandleID))(t)
			check(t, l.SetAnnotations(id, 1, v.annotations))
		}
		activity := ""
		if v.activity != "" {
			activity = l.AddActivity(l.owner, synapse.Activity{Name: v.activity})
			i.Origin.ActivityID = activity
		}
		if n == 0 {
			check(t, l.SetGeneratedBy(id, 1, activity))
		} else {
			_, err := l.AddVersion(id, emulator.Version{
				FileHandleID: i.Origin.FileHandleID, Label: v.label, Comment: v.comment,
				Annotations: v.annotations, ActivityID: activity,
			})
			check(t, err)
		}
		i.Origin.EntityID, i.Origin.Current = id, n == len(versions)-1
		if !v.omit {
			items = append(items, i)
		}
	}
	l.add(items)
	return id
}

// item is one version as it is planned, with its object and file handle.
func (l *lab) item(folder int64, name string, n int, v version) planner.Item {
	i := planner.Item{
		FolderID: folder, Name: name, Action: v.action, ContentType: "text/plain",
		MD5: md5Hex([]byte(v.data)), MD5Source: planner.MD5Handle,
		DestKey: fmt.Sprintf("base/%s-%d", name, n+1),
		Source: planner.Object{
			Bucket: "src", Key: fmt.Sprintf("%s-%d", name, n+1),
			ETag: md5Hex([]byte(v.data)), SizeBytes: int64(len(v.data)),
		},
	}
	location := l.partner
	switch v.action {
	case planner.ActionReuse:
		i.Source.Bucket, i.Source.Key, location = "dest", i.DestKey, l.to.StorageLocationID
	case planner.ActionRegister:
		i.Source.Bucket, i.Source.Key, location = "dest", i.DestKey, l.own
	}
	if v.shares != "" {
		i.Source.Key = path.Join(path.Dir(i.Source.Key), v.shares)
	}
	i.Origin = &planner.Origin{
		ParentID: l.source.EntityID, Version: int64(n + 1),
		VersionLabel: v.label, VersionComment: v.comment, Annotations: v.annotations,
		FileName: "orig-" + name, StorageLocationID: location,
	}
	if v.label == "" {
		i.Origin.VersionLabel = fmt.Sprint(n + 1)
	}
	if v.mirror {
		i.Origin.Mirror = i.DestKey
	}
	i.Origin.FileHandleID = l.handle(i, location, v)
	return i
}

// handle enters the file handle of a version, and its object.
func (l *lab) handle(i planner.Item, location int64, v version) string {
	if id, ok := l.keys[v.shares]; ok && v.shares != "" {
		return id
	}
	l.objects[i.Source.Bucket+"/"+i.Source.Key] = fakeObject{data: []byte(v.data), typ: "text/html"}
	size := int64(len(v.data))
	id := l.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(l.owner + 1000), BucketName: i.Source.Bucket, Key: i.Source.Key,
		StorageLocationID: &location, ContentMD5: i.MD5, ContentSize: &size,
		ContentType: "text/plain", FileName: i.Origin.FileName,
	})
	if v.shares != "" {
		l.keys[v.shares] = id
	}
	return id
}

// add numbers the items of one file, and connects them with one another and
// with those that brought their file handles before.
func (l *lab) add(items []planner.Item) {
	if l.source.Mode == planner.ModeMove {
		last := len(items) - 1
		items = append([]planner.Item{items[last]}, items[:last]...)
	}
	first := l.last + 1
	for n := range items {
		i := &items[n]
		l.last++
		i.ID = l.last
		switch {
		case n == 0:
		case l.source.Mode == planner.ModeMove:
			i.Follows = first
		default:
			i.Follows = i.ID - 1
		}
		for id := int64(1); id < i.ID; id++ {
			if l.entries[id].Origin.FileHandleID == i.Origin.FileHandleID && l.entries[id].Shares == 0 {
				i.Shares = id
			}
		}
		l.entries[i.ID] = checkpoint.Entry{Item: *i, State: checkpoint.StatePlanned}
	}
}

// planned takes the etags into the plan, and gives the dependencies of a run.
func (l *lab) planned() Deps {
	etags := map[string]string{}
	for _, one := range l.Snapshot().Entities {
		etags[one.ID] = one.Versions[len(one.Versions)-1].Entity.Etag
	}
	for _, e := range l.entries {
		if e.Origin.Current && e.Origin.Etag == "" {
			e.Origin.Etag = etags[e.Origin.EntityID]
		}
	}
	return l.deps()
}

// deps are the dependencies of a run in the lab.
func (l *lab) deps() Deps {
	d := l.emulated.deps(l.world)
	d.Synapse = l.client
	d.Own = ownObjects{l.world}
	d.PartClient = &http.Client{Transport: labS3{l.world}}
	source := l.source
	d.Plan.Header.Source.Project = &source
	return d
}

// requests counts those to Synapse.
func (l *lab) requests() int { return l.count("synapse ") }

// RoundTrip is Synapse, each call an instant at which a test may intervene.
func (l *lab) RoundTrip(r *http.Request) (*http.Response, error) {
	f, err := func() (fault, error) {
		l.world.mu.Lock()
		defer l.world.mu.Unlock()
		return l.strike("synapse " + r.Method + " " + r.URL.Path)
	}()
	if err != nil {
		return nil, err
	}
	// The server doesn't stop in the middle of a call.
	answer, err := l.emulated.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
	if err == nil {
		err = r.Context().Err()
	}
	l.world.mu.Lock()
	defer l.world.mu.Unlock()
	if lost := l.outcome(f); lost != nil {
		return nil, lost
	}
	return answer, err
}

func (l *lab) must(id string, err error) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		check(t, err)
		return id
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ownerID is the owner's, as file handles have it.
func (l *lab) ownerID() string { return fmt.Sprint(l.owner) }
