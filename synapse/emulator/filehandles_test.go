package emulator_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
)

func TestGetFileHandle(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	if got := b.as(200, "GET", "/file/v1/fileHandle/"+h.ID, nil); got["key"] != "a" {
		t.Errorf("handle is %v", got)
	}
	b.call(b.other, "GET", "/file/v1/fileHandle/"+h.ID, nil).refused(t, 403, fmt.Sprintf(
		"Only the creator of a FileHandle can access it directly by its ID.  "+
			"FileHandleId = '%s', UserId = '%d'", h.ID, b.stranger))
	for _, id := range []string{"99", "abc"} {
		b.call(b.ownerToken, "GET", "/file/v1/fileHandle/"+id, nil).refused(t, 404,
			"FileHandle: '"+id+"' cannot be found")
	}
}

// TestDeleteFileHandle follows the server's rule: the object goes when at
// most one other handle is left on it.
func TestDeleteFileHandle(t *testing.T) {
	tests := []struct {
		name   string
		others int
		stays  bool
	}{
		{"the last handle", 0, false},
		{"one other handle", 1, false},
		{"two other handles", 2, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newFileBench(t)
			h := b.handle("a")
			for range test.others {
				b.handle("a")
			}
			b.as(200, "DELETE", "/file/v1/fileHandle/"+h.ID, nil)
			b.call(b.ownerToken, "GET", "/file/v1/fileHandle/"+h.ID, nil).refused(t, 404,
				"FileHandle: '"+h.ID+"' cannot be found")
			if _, stays := b.object(labBucket, "a"); stays != test.stays {
				t.Errorf("object stays: %v, want %v", stays, test.stays)
			}
		})
	}
}

func TestDeleteFileHandleRefused(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	path := "/file/v1/fileHandle/" + h.ID
	b.call(b.other, "DELETE", path, nil).refused(t, 403, fmt.Sprintf(
		"Only the creator of a FileHandle can access it directly by its ID.  "+
			"FileHandleId = '%s', UserId = '%d'", h.ID, b.stranger))
	b.file("uses it", h.ID)
	b.call(b.ownerToken, "DELETE", path, nil).refused(t, 409, "Cannot delete a file handle that "+
		"has been assigned to an owner object. FileHandle id: "+h.ID)
	b.as(200, "DELETE", "/file/v1/fileHandle/99", nil) // a missing one is success
	if _, stays := b.object(labBucket, "a"); !stays {
		t.Error("a refused call deleted the object")
	}
}

func TestDeleteFileHandleWithPreview(t *testing.T) {
	b := newFileBench(t)
	preview := b.handle("preview")
	b.put(labBucket, "a", "x")
	h := b.e.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: "a", PreviewID: preview.ID,
	})
	b.as(200, "DELETE", "/file/v1/fileHandle/"+h, nil)
	for _, key := range []string{"a", "preview"} {
		if _, stays := b.object(labBucket, key); stays {
			t.Errorf("object %s is still there", key)
		}
	}
	if got := len(b.e.Snapshot().FileHandles); got != 0 {
		t.Errorf("%d handles left, want 0", got)
	}
}

func TestDeleteFileHandleRollsBack(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	before := b.e.Snapshot()
	b.storage.deletes = map[string]error{labBucket + "/a": errors.New("AccessDenied")}
	b.call(b.ownerToken, "DELETE", "/file/v1/fileHandle/"+h.ID, nil).refused(t, 502, "AccessDenied")
	if diff := cmp.Diff(b.e.Snapshot(), before); diff != "" {
		t.Errorf("state changed:\n%s", diff)
	}
}

// association names a handle through a file entity.
func association(handle, entity string) map[string]any {
	return map[string]any{
		"fileHandleId": handle, "associateObjectId": entity, "associateObjectType": "FileEntity",
	}
}

func TestBatchChecks(t *testing.T) {
	b := newFileBench(t)
	one := []any{association("1", "syn1")}
	tests := []struct {
		name, reason string
		files        any
		include      bool
	}{
		{"no files", "requestedFiles is required.", nil, false},
		{"nothing included", "Must include either FileHandles or pre-signed URLs " +
			"or preview pre-signed URLs", one, false},
		{"too many", "Request exceeds the maximum number of objects per request: 100",
			make([]struct{}, 101), true},
		{"none", "FileHandleAssociations is empty.  Must include at least one " +
			"FileHandleAssociation", []any{}, true},
		{"no handle", "FileHandleAssociation.fileHandleId cannot be null",
			[]any{map[string]any{}}, true},
		{"no object", "FileHandleAssociation.associateObjectId cannot be null",
			[]any{map[string]any{"fileHandleId": "1"}}, true},
		{"no type", "FileHandleAssociation.associateObjectType cannot be null",
			[]any{map[string]any{"fileHandleId": "1", "associateObjectId": "syn1"}}, true},
		{"bad object", "x1 is not a valid Synapse ID.", []any{association("1", "x1")}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.call(b.ownerToken, "POST", "/file/v1/fileHandle/batch", map[string]any{
				"requestedFiles": test.files, "includeFileHandles": test.include,
			}).refused(t, 400, test.reason)
		})
	}
}

func TestBatch(t *testing.T) {
	b := newFileBench(t)
	preview := b.handle("preview")
	b.put(labBucket, "a", "ten bytes.")
	h := synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: "a", FileName: "ä b.csv",
		ContentType: "text/csv", PreviewID: preview.ID,
	}
	h.ID = b.e.AddFileHandle(h)
	shared, hidden := b.file("shared", h.ID), b.file("hidden", preview.ID)
	b.share(shared, synapse.AccessRead, synapse.AccessDownload)
	readable := b.file("readable", h.ID)
	b.share(readable, synapse.AccessRead)
	a := b.call(b.other, "POST", "/file/v1/fileHandle/batch", map[string]any{
		"requestedFiles": []any{
			association(h.ID, shared), association(preview.ID, hidden),
			association("99", shared), association(h.ID, hidden), association(h.ID, readable),
		},
		"includeFileHandles": true, "includePreSignedURLs": true,
		"includePreviewPreSignedURLs": true,
	})
	if a.status != 201 {
		t.Fatalf("status %d: %s", a.status, a.text)
	}
	files := a.doc["requestedFiles"].([]any)
	for i := 1; i < len(files); i++ {
		if code := files[i].(map[string]any)["failureCode"]; code != "UNAUTHORIZED" {
			t.Errorf("file %d: failure code %v, want UNAUTHORIZED", i, code)
		}
	}
	first := files[0].(map[string]any)
	if got := first["fileHandle"].(map[string]any)["id"]; got != h.ID {
		t.Errorf("handle %v, want %s", got, h.ID)
	}
	url := first["preSignedURL"].(string)
	if !strings.Contains(url, "X-Amz-Expires=30&") {
		t.Errorf("URL %s doesn't live 30 seconds", url)
	}
	got := b.presigned("GET", url, nil, "")
	if got.text != "ten bytes." {
		t.Errorf("downloaded %q", got.text)
	}
	if got, want := got.header.Get("Content-Disposition"),
		"attachment; filename=\"ä b.csv\"; filename*=utf-8''%C3%A4%20b.csv"; got != want {
		t.Errorf("content disposition %q, want %q", got, want)
	}
	if got, want := got.header.Get("Content-Type"), "text/csv"; got != want {
		t.Errorf("content type %q, want %q", got, want)
	}
	if got := b.presigned("GET", first["previewPreSignedURL"].(string), nil, ""); got.status != 200 {
		t.Errorf("preview: status %d: %s", got.status, got.text)
	}
}

// TestBatchOfTheCreator: who created a handle needs no association.
func TestBatchOfTheCreator(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	doc := b.as(201, "POST", "/file/v1/fileHandle/batch", map[string]any{
		"requestedFiles":     []any{association(h.ID, "syn99")},
		"includeFileHandles": true,
	})
	first := doc["requestedFiles"].([]any)[0].(map[string]any)
	if first["failureCode"] != nil || first["preSignedURL"] != nil || first["fileHandle"] == nil {
		t.Errorf("answer %v, want the handle alone", first)
	}
}

func TestRedirects(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	entity := b.file("a", h.ID)
	associated := fmt.Sprintf("/file/v1/file/%s?fileAssociateType=FileEntity&fileAssociateId=%s",
		h.ID, entity)
	b.share(entity, synapse.AccessRead)
	lack := "You lack DOWNLOAD access to the requested entity."
	tests := []struct{ name, path, reason string }{
		{"by handle", "/file/v1/fileHandle/" + h.ID + "/url",
			"Only the user that created the FileHandle can get the URL of the file."},
		{"by association", associated, lack},
		{"by entity", "/repo/v1/entity/" + entity + "/file", lack},
		{"by version", "/repo/v1/entity/" + entity + "/version/1/file", lack},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.call(b.other, "GET", test.path, nil).refused(t, 403, test.reason)
			a := b.call(b.ownerToken, "GET", test.path, nil)
			if a.status != 307 {
				t.Fatalf("status %d, want 307: %s", a.status, a.text)
			}
			if got := b.presigned("GET", a.header.Get("Location"), nil, ""); got.text != "ten bytes." {
				t.Errorf("Location gives %q", got.text)
			}
			path := test.path + "?redirect=false"
			if strings.Contains(test.path, "?") {
				path = test.path + "&redirect=false"
			}
			a = b.call(b.ownerToken, "GET", path, nil)
			if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
				t.Fatalf("redirect=false: status %d, type %s", a.status, a.header.Get("Content-Type"))
			}
			if got := b.presigned("GET", a.text, nil, ""); got.text != "ten bytes." {
				t.Errorf("URL in the text gives %q", got.text)
			}
		})
	}
}

func TestRedirectMissing(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	entity, folder := b.file("a", h.ID), b.folder("f")
	tests := []struct {
		name, path string
		status     int
		reason     string
	}{
		{"no handle", "/file/v1/fileHandle/99/url", 404, "FileHandle: '99' cannot be found"},
		{"no association", "/file/v1/file/" + h.ID, 400,
			"FileHandleAssociation.associateObjectId cannot be null"},
		{"not associated", "/file/v1/file/99?fileAssociateType=FileEntity&fileAssociateId=" + entity,
			403, "FileHandleId: 99 is not associated with objectId: " + entity +
				" of type: FileEntity"},
		{"no entity", "/repo/v1/entity/syn99/file", 404,
			"Resource: 'syn99' does not exist"},
		{"no file", "/repo/v1/entity/" + folder + "/file", 404,
			"Object " + folder + " does not have a file handle associated with it."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.call(b.ownerToken, "GET", test.path, nil).refused(t, test.status, test.reason)
		})
	}
	a := b.call(b.ownerToken, "GET", "/repo/v1/entity/"+entity+"/version/9/file", nil)
	if a.status != 404 {
		t.Errorf("no such version: status %d, want 404", a.status)
	}
}

func TestEntityFileHandles(t *testing.T) {
	b := newFileBench(t)
	preview := b.handle("preview")
	h := b.e.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: "a", PreviewID: preview.ID,
	})
	entity := b.file("a", h)
	for _, path := range []string{"/filehandles", "/version/1/filehandles"} {
		var ids []any
		for _, one := range b.as(200, "GET", "/repo/v1/entity/"+entity+path, nil)["list"].([]any) {
			ids = append(ids, one.(map[string]any)["id"])
		}
		if diff := cmp.Diff(ids, []any{h, preview.ID}); diff != "" {
			t.Errorf("%s (-got +want):\n%s", path, diff)
		}
	}
	b.call(b.other, "GET", "/repo/v1/entity/"+entity+"/filehandles", nil).refused(t, 403,
		"You lack DOWNLOAD access to the requested entity.")
}

func TestCopyFileHandlesChecks(t *testing.T) {
	b := newFileBench(t)
	one := map[string]any{"originalFile": association("1", "syn1")}
	tests := []struct {
		name, reason string
		copies       any
	}{
		{"none", "BatchFileHandleCopyRequest.copyRequests is required.", nil},
		{"too many", "Request exceeds the maximum number of objects per request: 100",
			make([]struct{}, 101)},
		{"twice", "Request contains duplicated FileHandleId.", []any{one, one}},
		{"empty", "FileHandleAssociations is empty.  Must include at least one " +
			"FileHandleAssociation", []any{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.call(b.ownerToken, "POST", "/file/v1/filehandles/copy",
				map[string]any{"copyRequests": test.copies}).refused(t, 400, test.reason)
		})
	}
	b.call("", "POST", "/file/v1/filehandles/copy", "{}").refused(t, 403,
		"Anonymous cannot copy files.")
}

func TestCopyFileHandles(t *testing.T) {
	b := newFileBench(t)
	location := b.external(b.owner, labBucket, "", true)
	h := b.e.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: "a", ContentMD5: emptyMD5,
		StorageLocationID: &location, PreviewID: "12", FileName: "a", ContentType: "text/csv",
	})
	entity := b.file("a", h)
	b.share(entity, synapse.AccessRead, synapse.AccessDownload)
	hidden := b.handle("hidden")
	a := b.call(b.other, "POST", "/file/v1/filehandles/copy", map[string]any{"copyRequests": []any{
		map[string]any{"originalFile": association(h, entity), "newFileName": "no/name#at all"},
		map[string]any{"originalFile": association(hidden.ID, entity)},
	}})
	if a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.text)
	}
	results := a.doc["copyResults"].([]any)
	if got := results[1].(map[string]any)["failureCode"]; got != "UNAUTHORIZED" {
		t.Errorf("failure code %v, want UNAUTHORIZED", got)
	}
	first := results[0].(map[string]any)
	copied := first["newFileHandle"].(map[string]any)
	if first["originalFileHandleId"] != h || copied["id"] == h {
		t.Errorf("copied %v to %v", first["originalFileHandleId"], copied["id"])
	}
	for field, want := range map[string]any{
		"createdBy": fmt.Sprint(b.stranger), "bucketName": labBucket, "key": "a",
		"contentMd5": emptyMD5, "storageLocationId": float64(location),
		"fileName": "no/name#at all", "contentType": "text/csv", "previewId": nil,
	} {
		if got := copied[field]; got != want {
			t.Errorf("%s = %v, want %v", field, got, want)
		}
	}
}

func TestCopyFileHandle(t *testing.T) {
	b := newFileBench(t)
	external := b.e.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), ConcreteType: synapse.TypeExternalFileHandle,
	})
	id := b.e.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: "a", PreviewID: "12",
		FileName: "a.csv", ContentType: "text/csv",
	})
	refusals := []struct {
		name, token, id, query string
		status                 int
		reason                 string
	}{
		{"anonymous", "", id, "", 403, "Anonymous cannot copy files."},
		{"nothing new", b.ownerToken, id, "", 400,
			"Either the fileName or the contentType needs to be set"},
		{"bad name", b.ownerToken, id, "fileName=a%23", 400, "Invalid Name: 'a#'. Names may only " +
			"contain: letters, numbers, spaces, underscores, hyphens, periods, plus signs, " +
			"apostrophes, and parentheses"},
		{"no handle", b.ownerToken, "99", "fileName=b", 404, "FileHandle: '99' cannot be found"},
		{"not in S3", b.ownerToken, external, "fileName=b", 400, "Expected file handle to copy " +
			"from to be of type " + synapse.TypeS3FileHandle + ", but it was type " +
			synapse.TypeExternalFileHandle},
		{"a stranger", b.other, id, "fileName=b", 403, "Only the creator of a file handle can " +
			"create a copy. File handle id=" + id + " is not owned by you"},
	}
	for _, test := range refusals {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.call(test.token, "POST", "/file/v1/fileHandle/"+test.id+"/copy?"+test.query, nil).
				refused(t, test.status, test.reason)
		})
	}
	copies := []struct {
		name, fileName, contentType string
		preview                     any
	}{
		{"same extension", "b.csv", "", "12"},
		{"another extension", "b.txt", "", nil},
		{"another type", "", "text/plain", nil},
	}
	for _, test := range copies {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			query := url.Values{}
			if test.fileName != "" {
				query.Set("fileName", test.fileName)
			}
			if test.contentType != "" {
				query.Set("contentType", test.contentType)
			}
			got := b.as(201, "POST", "/file/v1/fileHandle/"+id+"/copy?"+query.Encode(), nil)
			if got["previewId"] != test.preview || got["id"] == id || got["key"] != "a" {
				t.Errorf("copy %v, want preview %v", got, test.preview)
			}
		})
	}
}
