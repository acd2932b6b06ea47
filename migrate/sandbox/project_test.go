package sandbox_test

import (
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
	"synapse-migrate/synapse"
)

// TestSampleProject looks at a sample from outside: Synapse tells of each
// file what the truth says, and its bytes are there.
func TestSampleProject(t *testing.T) {
	box := sandboxtest.Start(t, "--throttle=false")
	made := box.Project(describe.SampleRequest{Files: 150, Seed: 7})
	if len(made.Files) != 150 || made.ID == "" {
		t.Fatalf("%d files in %q, want 150", len(made.Files), made.ID)
	}
	kinds := map[describe.Kind]int{}
	for _, f := range made.Files {
		kinds[f.Kind]++
		checkSampleFile(t, box, f)
	}
	for _, kind := range []describe.Kind{
		describe.KindSynapse, describe.KindOwn, describe.KindBelow, describe.KindForeign,
		describe.KindElsewhere, describe.KindStaged, describe.KindGoogle, describe.KindProxy,
		describe.KindObjectStore, describe.KindURL,
	} {
		if kinds[kind] == 0 {
			t.Errorf("no file of kind %s", kind)
		}
	}
	again := box.Project(describe.SampleRequest{Files: 150, Seed: 7})
	for i, f := range again.Files {
		was := made.Files[i]
		if f.Path != was.Path || f.Current().MD5 != was.Current().MD5 || len(f.Versions) != len(was.Versions) {
			t.Errorf("file %d is %q of MD5 %s the second time, and was %q of %s",
				i, f.Path, f.Current().MD5, was.Path, was.Current().MD5)
		}
	}
}

// checkSampleFile asks Synapse for the current version of a file and reads
// it by the URL that Synapse gives.
func checkSampleFile(t *testing.T, box *sandboxtest.Instance, f describe.SampleFile) {
	t.Helper()
	var b synapse.Bundle
	status := box.Synapse(t, box.Owner, http.MethodPost, "/repo/v1/entity/"+f.ID+"/bundle2",
		synapse.BundleRequest{
			IncludeEntity: true, IncludeAnnotations: true, IncludeFileHandles: true,
			IncludeActivity: true, IncludeRestrictionInformation: true,
		}, &b)
	want := f.Current()
	if status != http.StatusOK || len(b.FileHandles) == 0 {
		t.Errorf("%s: status %d, %d file handles", f.Path, status, len(b.FileHandles))
		return
	}
	h := b.FileHandles[0]
	if b.Entity.VersionNumber != want.Number || b.Entity.VersionLabel != want.Label ||
		b.Entity.VersionComment != want.Comment || b.Entity.Description != want.Description ||
		len(b.Annotations.Annotations) != len(want.Annotations) || h.ID != want.FileHandleID ||
		h.FileName != want.FileName || h.ContentType != want.ContentType {
		t.Errorf("%s: %+v with %+v, want %+v", f.Path, b.Entity, h, want)
	}
	if (b.Activity != nil) != (want.ActivityID != "") || b.Activity != nil && b.Activity.ID != want.ActivityID {
		t.Errorf("%s: activity %+v, want %s", f.Path, b.Activity, want.ActivityID)
	}
	if controlled := len(b.RestrictionInformation.RestrictionDetails) > 0; controlled != f.Controlled {
		t.Errorf("%s: controlled is %v, want %v", f.Path, controlled, f.Controlled)
	}
	switch f.Kind {
	case describe.KindURL:
		return
	case describe.KindObjectStore:
		checkBytes(t, f.Path, want, readS3(t, box, want))
	default:
		checkBytes(t, f.Path, want, readURL(t, box, f))
	}
}

func readS3(t *testing.T, box *sandboxtest.Instance, v describe.SampleVersion) []byte {
	t.Helper()
	out, err := box.S3(box.OwnerKeys).GetObject(t.Context(), &s3.GetObjectInput{
		Bucket: &v.Bucket, Key: &v.Key,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Body.Close() }()
	b, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readURL(t *testing.T, box *sandboxtest.Instance, f describe.SampleFile) []byte {
	t.Helper()
	var result struct {
		RequestedFiles []struct{ PreSignedURL, FailureCode string }
	}
	box.Synapse(t, box.Owner, http.MethodPost, "/file/v1/fileHandle/batch", synapse.BatchFileRequest{
		RequestedFiles: []synapse.FileHandleAssociation{{
			FileHandleID: f.Current().FileHandleID, AssociateObjectID: f.ID,
			AssociateObjectType: synapse.AssociateFileEntity,
		}}, IncludePreSignedURLs: true,
	}, &result)
	if len(result.RequestedFiles) != 1 || result.RequestedFiles[0].PreSignedURL == "" {
		t.Errorf("%s: URLs %+v", f.Path, result)
		return nil
	}
	response, err := http.Get(result.RequestedFiles[0].PreSignedURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: status %d, %v, %.300s", f.Path, response.StatusCode, err, b)
	}
	return b
}

func checkBytes(t *testing.T, path string, want describe.SampleVersion, content []byte) {
	t.Helper()
	sum := md5.Sum(content)
	if got := hex.EncodeToString(sum[:]); got != want.MD5 || int64(len(content)) != want.SizeBytes {
		t.Errorf("%s: %d bytes of MD5 %s, want %d of %s", path, len(content), got, want.SizeBytes, want.MD5)
	}
}

func TestSampleAtTheStart(t *testing.T) {
	box := sandboxtest.Start(t, "--project", "60")
	if box.Sample == nil || box.Sample.Requirement == 0 || len(box.Sample.Others) != 5 || box.Sample.Files != nil {
		t.Fatalf("sample %+v", box.Sample)
	}
	read := func(u describe.User, id string) int {
		return box.Synapse(t, u, http.MethodGet, "/repo/v1/entity/"+id, nil, nil)
	}
	reader := box.Sample.Reader
	if open, closed := read(reader, box.Sample.ID), read(reader, box.Sample.RestrictedFolder); open != 200 || closed != 403 {
		t.Errorf("the reader gets %d for the project and %d for the restricted folder", open, closed)
	}
	plain := box.Project(describe.SampleRequest{Files: 60, Plain: true})
	if len(plain.Others) != 0 || plain.Requirement != 0 || slices.ContainsFunc(plain.Files,
		func(f describe.SampleFile) bool { return f.Controlled || f.Kind == describe.KindURL }) {
		t.Errorf("a plain sample with %+v", plain.Others)
	}
}
