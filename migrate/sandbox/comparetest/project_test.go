package comparetest_test

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/comparetest"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
	"synapse-migrate/synapse"
)

// naive migrates in the plainest way: it is what the comparison is tried
// on.
type naive struct {
	*sandboxtest.Instance
	t       *testing.T
	folders map[string]string
	files   map[string]string // new IDs by path
}

// migrate copies folders and files into the external folder.
func (n *naive) migrate(truth describe.SampleProject, without map[string]bool) {
	n.t.Helper()
	n.folders["."] = n.External.ID
	for _, f := range truth.Folders {
		n.folders[f.Path] = n.create(synapse.Entity{
			ConcreteType: synapse.TypeFolder, Name: path.Base(f.Path),
			ParentID: n.folders[path.Dir(f.Path)], Description: f.Description,
		}, f.Annotations, "").ID
	}
	for _, f := range truth.Files {
		if without[f.ID] || f.Kind == describe.KindURL {
			continue
		}
		var made synapse.Entity
		for i, v := range f.Versions {
			made = n.version(f, i, v, made)
		}
		n.files[f.Path] = made.ID
	}
}

// version makes one version of a file, the first one with the entity.
func (n *naive) version(
	f describe.SampleFile, i int, v describe.SampleVersion, made synapse.Entity,
) synapse.Entity {
	n.t.Helper()
	e := synapse.Entity{
		ConcreteType: synapse.TypeFile, Name: path.Base(f.Path), ParentID: n.folders[path.Dir(f.Path)],
		Description: v.Description, VersionLabel: v.Label, VersionComment: v.Comment,
		DataFileHandleID: n.register(f, i, v),
	}
	if i == 0 {
		return n.create(e, v.Annotations, v.ActivityID)
	}
	e.ID, e.Etag = made.ID, made.Etag
	n.ask(http.MethodPut, "/repo/v1/entity/"+e.ID+"?newVersion=true&generatedBy="+v.ActivityID, e, &made)
	notes := synapse.Annotations{ID: made.ID, Etag: made.Etag, Annotations: values(v.Annotations)}
	n.ask(http.MethodPut, "/repo/v1/entity/"+e.ID+"/annotations2", notes, nil)
	n.ask(http.MethodGet, "/repo/v1/entity/"+e.ID, nil, &made)
	return made
}

// register copies the bytes of a version, unless they are below the base
// key, and makes a file handle.
func (n *naive) register(f describe.SampleFile, i int, v describe.SampleVersion) string {
	n.t.Helper()
	key := v.Key
	if f.Kind != describe.KindBelow && f.Kind != describe.KindStaged {
		key = f.Path
		if i < len(f.Versions)-1 {
			key = fmt.Sprintf(".versions/%s/%d", f.Path, v.Number)
		}
		key = n.External.BaseKey + "/" + key
		_, err := n.S3(n.Root).CopyObject(n.t.Context(), &s3.CopyObjectInput{
			Bucket: &n.External.Bucket, Key: &key,
			CopySource: aws.String(strings.NewReplacer(" ", "%20", "+", "%2B").Replace(v.Bucket + "/" + v.Key)),
		})
		if err != nil {
			n.t.Fatalf("copying %s: %v", f.Path, err)
		}
	}
	var h synapse.FileHandle
	n.ask(http.MethodPost, "/file/v1/externalFileHandle/s3", synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, StorageLocationID: &n.External.StorageLocationID,
		BucketName: n.External.Bucket, Key: key, ContentMD5: v.MD5, FileName: v.FileName,
		ContentType: v.ContentType,
	}, &h)
	return h.ID
}

func (n *naive) create(
	e synapse.Entity, notes map[string]describe.SampleValue, activity string,
) synapse.Entity {
	n.t.Helper()
	var made synapse.Bundle
	n.ask(http.MethodPost, "/repo/v1/entity/bundle2/create?generatedBy="+activity, synapse.BundleCreate{
		Entity: &e, Annotations: &synapse.Annotations{Annotations: values(notes)},
	}, &made)
	return *made.Entity
}

func values(notes map[string]describe.SampleValue) map[string]synapse.AnnotationValue {
	all := map[string]synapse.AnnotationValue{}
	for key, v := range notes {
		all[key] = synapse.AnnotationValue(v)
	}
	return all
}

func (n *naive) ask(method, path string, document, answer any) {
	n.t.Helper()
	path = strings.Replace(strings.TrimSuffix(path, "generatedBy="), "?&", "?", 1)
	if status := n.Synapse(n.t, n.Owner, method, path, document, answer); status/100 != 2 {
		n.t.Fatalf("%s %s: status %d for %+v", method, path, status, document)
	}
}

// TestProject compares a right migration, and then one with everything wrong
// that can be.
func TestProject(t *testing.T) {
	box := sandboxtest.Start(t, "--throttle=false")
	truth := box.Project(describe.SampleRequest{Files: 60, Plain: true})
	without := map[string]bool{}
	for _, f := range truth.Files {
		without[f.ID] = f.Kind == describe.KindGoogle || f.Kind == describe.KindProxy
	}
	before := []byte(box.Snapshot())
	n := &naive{Instance: box, t: t, folders: map[string]string{}, files: map[string]string{}}
	n.migrate(truth, without)
	m := comparetest.Migration{
		Options: compare.Options{
			Endpoint: box.SynapseEndpoint, Token: box.Owner.Token, S3Endpoint: box.S3Endpoint,
			Region: box.Region, Folder: box.External.ID,
		},
		BaseKey: box.External.BaseKey, Mirrored: true, Without: without,
	}
	diff, err := comparetest.Project(t.Context(), m, truth)
	if err != nil || len(diff) > 0 {
		t.Fatalf("%v\n%s", err, strings.Join(diff, "\n"))
	}
	diff, err = comparetest.Untouched(before, []byte(box.Snapshot()), truth.ID)
	if err != nil || len(diff) > 0 {
		t.Errorf("the source: %v\n%s", err, strings.Join(diff, "\n"))
	}
	t.Run("copy seen as move", func(t *testing.T) {
		moved := m
		moved.Move = true
		checkFinds(t, moved, truth, "entity ID", "version number is 2, want 3")
	})
	t.Run("another place", func(t *testing.T) {
		away := m
		away.BaseKey = "away"
		checkFinds(t, away, truth, "is not below away/", "key is ")
	})
	t.Run("no provenance", func(t *testing.T) {
		none := m
		none.Provenance = "none"
		checkFinds(t, none, truth, "activity is ")
		none.Provenance = "link"
		checkFinds(t, none, truth, "no activity says where", "doesn't name version")
	})
	t.Run("damage", func(t *testing.T) {
		n.t = t
		n.damage(truth)
		checkFinds(t, m, truth, "MD5 of the bytes", "number of bytes", "label is", "comment is",
			"description is", "annotation assay is missing", "annotation new is not wanted",
			"file is not wanted", "file is missing", "folder is missing", "folder is not wanted")
	})
	t.Run("source", func(t *testing.T) {
		n.t = t
		n.touch(truth)
		diff, err := comparetest.Untouched(before, []byte(box.Snapshot()), truth.ID)
		if all := strings.Join(diff, "\n"); err != nil || !strings.Contains(all, "is new") ||
			!strings.Contains(all, "entity "+truth.Files[0].ID+" was") {
			t.Errorf("after a change: %v\n%s", err, all)
		}
	})
}

// damage changes what was migrated.
func (n *naive) damage(truth describe.SampleProject) {
	n.t.Helper()
	n.Put(n.t, n.External.Bucket, n.External.BaseKey+"/in the project itself.txt", "other bytes")
	for i, file := range []string{"Reports/history of own.csv", "Reports/history of synapse.csv"} {
		var e synapse.Entity
		id := n.files[file]
		n.ask(http.MethodGet, "/repo/v1/entity/"+id, nil, &e)
		e.VersionLabel, e.VersionComment, e.Description = "other", "other", "other"
		if i > 0 {
			e.Name = "other name"
		}
		n.ask(http.MethodPut, "/repo/v1/entity/"+id, e, &e)
		if i > 0 {
			continue
		}
		notes := synapse.Annotations{ID: id, Etag: e.Etag, Annotations: map[string]synapse.AnnotationValue{
			"new": {Type: synapse.AnnotationString, Value: []string{"v"}},
		}}
		n.ask(http.MethodPut, "/repo/v1/entity/"+id+"/annotations2", notes, nil)
	}
	var e synapse.Entity
	n.ask(http.MethodGet, "/repo/v1/entity/"+n.folders["Nothing in it"], nil, &e)
	e.Name = "something"
	n.ask(http.MethodPut, "/repo/v1/entity/"+e.ID, e, nil)
}

// touch changes the source.
func (n *naive) touch(truth describe.SampleProject) {
	n.t.Helper()
	var e synapse.Entity
	n.ask(http.MethodGet, "/repo/v1/entity/"+truth.Files[0].ID, nil, &e)
	e.Description = "changed"
	n.ask(http.MethodPut, "/repo/v1/entity/"+e.ID, e, nil)
	n.ask(http.MethodPost, "/repo/v1/entity", synapse.Entity{
		ConcreteType: synapse.TypeFolder, Name: "new", ParentID: truth.ID,
	}, nil)
}

// checkFinds wants a comparison to find some differences.
func checkFinds(t *testing.T, m comparetest.Migration, truth describe.SampleProject, want ...string) {
	t.Helper()
	diff, err := comparetest.Project(t.Context(), m, truth)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(diff, "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("%q was not found among\n%s", w, all)
		}
	}
}

func TestPartOfAProject(t *testing.T) {
	truth := describe.SampleProject{ID: "syn1", Folders: []describe.SampleFolder{{ID: "syn2", Path: "a"}}}
	if _, err := comparetest.Project(t.Context(), comparetest.Migration{From: "syn3"}, truth); err == nil {
		t.Error("no error for a folder that isn't in the project")
	}
	empty := []byte(`{"Entities":[]}`)
	if _, err := comparetest.Untouched(empty, empty, "syn1"); err == nil {
		t.Error("no error for an entity that isn't in the snapshot")
	}
	if _, err := comparetest.Untouched([]byte("{"), empty, "syn1"); err == nil {
		t.Error("no error for what is no snapshot")
	}
}
