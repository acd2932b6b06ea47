package emulator_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/synapse"
)

// copyRequest asks for a server-side copy of a handle of the owner's.
func copyRequest(handle string, location int64) map[string]any {
	return map[string]any{
		"concreteType": synapse.TypeMultipartCopy, "partSizeBytes": 5 * mebi,
		"storageLocationId": location, "sourceFileHandleAssociation": association(handle, "syn1"),
	}
}

// copyCheck is a copy request with some fields replaced, and how it is
// refused.
type copyCheck struct {
	name     string
	handle   string
	location int64
	set      map[string]any
	status   int
	reason   string
}

func TestMultipartCopyChecks(t *testing.T) {
	b := newFileBench(t)
	source := b.external(b.owner, labBucket, "", false)
	destination := b.external(b.owner, otherBucket, "base", true)
	foreign := b.external(b.stranger, otherBucket, "base", true)
	handle := func(change func(*synapse.FileHandle)) string {
		h := b.handle("source.csv")
		h.StorageLocationID, h.ID = &source, ""
		change(&h)
		return b.e.AddFileHandle(h)
	}
	whole := handle(func(*synapse.FileHandle) {})
	const field = "MultipartUploadCopyRequest.sourceFileHandleAssociation"
	const badName = "Invalid Name: 'a#'. Names may only contain: letters, numbers, spaces, " +
		"underscores, hyphens, periods, plus signs, apostrophes, and parentheses"
	tests := []copyCheck{
		{"no source", whole, destination, map[string]any{"sourceFileHandleAssociation": nil}, 400,
			field + " is required."},
		{"no handle", "", destination, nil, 400, field + ".fileHandleId is required."},
		{"no object", whole, destination, map[string]any{
			"sourceFileHandleAssociation": map[string]any{"fileHandleId": whole}}, 400,
			field + ".associateObjectId is required."},
		{"no type", whole, destination, map[string]any{"sourceFileHandleAssociation": map[string]any{
			"fileHandleId": whole, "associateObjectId": "syn1"}}, 400,
			field + ".associateObjectType is required."},
		{"bad name", whole, destination, map[string]any{"fileName": "a#"}, 400, badName},
		{"unknown location", whole, 99, nil, 404, "Storage location setting: '99' does not exist"},
		{"not the caller's source, before the location", "99", foreign, nil, 403,
			"The user is not authorized to access the source file."},
		{"not the caller's location", whole, foreign, nil, 403,
			"The user does not own the destination storage location."},
		{"Synapse's own location", whole, 1, nil, 403,
			"The user does not own the destination storage location."},
		{"no size", handle(func(h *synapse.FileHandle) { h.ContentSize = nil }), destination, nil,
			400, "The source file handle does not define its size."},
		{"no MD5", handle(func(h *synapse.FileHandle) { h.ContentMD5 = "" }), destination, nil,
			400, "The source file handle does not define its content MD5."},
		{"already there", whole, source, nil, 400,
			"The source file handle is already in the given destination storage location."},
		{"not in S3", handle(func(h *synapse.FileHandle) {
			h.ConcreteType = synapse.TypeExternalFileHandle
		}), destination, nil, 400,
			"The source file must be stored in a cloud bucket accessible by Synapse."},
		{"no bytes", handle(func(h *synapse.FileHandle) { h.ContentSize = aws.Int64(0) }),
			destination, nil, 400, "File size must be at least one byte"},
		{"a source name that is no entity name",
			handle(func(h *synapse.FileHandle) { h.FileName = "a#" }), destination, nil, 400, badName},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := copyRequest(test.handle, test.location)
			for name, value := range test.set {
				body[name] = value
			}
			b.call(b.ownerToken, "POST", multipartPath, body).refused(t, test.status, test.reason)
		})
	}
}

// TestMultipartCopyOfPythonClient sends what multipart_copy of the Python
// client does (4.13.0): a number for the location, the name and the preview
// even where the caller gave none. Location 1 is nobody's, so that no copy
// goes there.
func TestMultipartCopyOfPythonClient(t *testing.T) {
	b := newFileBench(t)
	handle := b.handle("source.csv").ID
	mine := fmt.Sprint(b.external(b.owner, otherBucket, "base", true))
	whole := `{"fileHandleId": "` + handle + `", "associateObjectId": "syn1", "associateObjectType": "FileEntity"}`
	const class = "MultipartUploadCopyRequest."
	for _, test := range []struct {
		name, source, location string
		status                 int
		reason                 string
	}{
		{"location 1", whole, "1", 403, "The user does not own the destination storage location."},
		{"the client's default", whole, "null", 400, class + "storageLocationId is required."},
		{"a handle without its object", `{"fileHandleId": "` + handle + `"}`, "1", 400,
			class + "sourceFileHandleAssociation.associateObjectId is required."},
		{"an object without its type", `{"fileHandleId": "` + handle + `", "associateObjectId": "syn1"}`, "1",
			400, class + "sourceFileHandleAssociation.associateObjectType is required."},
		{"the caller's own", whole, mine, 201, ""},
		{"the caller's own as text", whole, `"` + mine + `"`, 201, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := `{"concreteType": "org.sagebionetworks.repo.model.file.MultipartUploadCopyRequest", ` +
				`"fileName": null, "generatePreview": true, "partSizeBytes": 8388608, ` +
				`"sourceFileHandleAssociation": ` + test.source + `, "storageLocationId": ` + test.location + `}`
			a := b.in(t).call(b.ownerToken, "POST", multipartPath+"?forceRestart=false", body)
			if test.status != 201 {
				a.refused(t, test.status, test.reason)
			} else if a.status != 201 || !strings.Contains(a.text, `"partsState":"0"`) {
				t.Errorf("answer %d %s, want 201 and one part", a.status, a.text)
			}
		})
	}
}

// twoLocations are a source handle of the owner's in one bucket, and a
// destination of the owner's in another.
func twoLocations(t *testing.T) (b *fileBench, handle string, destination int64) {
	t.Helper()
	b = newFileBench(t)
	return b, b.handle("source.csv").ID, b.external(b.owner, otherBucket, "base", true)
}

func TestMultipartCopyOfAnUnreadableSource(t *testing.T) {
	b, handle, destination := twoLocations(t)
	b.storage.heads = map[string]error{labBucket + "/source.csv": errors.New("AccessDenied")}
	b.call(b.ownerToken, "POST", multipartPath, copyRequest(handle, destination)).
		refused(t, 502, "AccessDenied")
}

func TestMultipartCopyBetweenRegions(t *testing.T) {
	b, handle, destination := twoLocations(t)
	b.storage.regions = map[string]string{otherBucket: "eu-west-1"}
	b.call(b.ownerToken, "POST", multipartPath, copyRequest(handle, destination)).
		refused(t, 400, "Copying a file that is stored in a different region than the "+
			"destination is not supported.")
	same := b.external(b.owner, labBucket, "base", true)
	b.storage.regions = nil
	b.as(201, "POST", multipartPath, copyRequest(handle, same))
	b.as(201, "POST", multipartPath, copyRequest(handle, destination))
}

// copyPart sends the UploadPartCopy of one part.
func (b *fileBench) copyPart(id string, part int) fileAnswer {
	b.t.Helper()
	url := b.partURL(id, part, "")
	return b.presigned("PUT", url["uploadPresignedUrl"].(string), url["signedHeaders"], "")
}

func TestMultipartCopy(t *testing.T) {
	b := newFileBench(t)
	body := strings.Repeat("x", 5*mebi) + "the rest"
	const key = "dir with blank/ü+.csv"
	md5 := b.put(labBucket, key, body)
	handle := b.e.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: key, FileName: "source.csv",
		ContentMD5: md5, ContentSize: aws.Int64(int64(len(body))), ContentType: "text/csv",
	})
	location := b.external(b.owner, otherBucket, "base", true)
	status := b.as(201, "POST", multipartPath, copyRequest(handle, location))
	id := status["uploadId"].(string)
	if status["partsState"] != "00" {
		t.Errorf("status at the start: %v", status)
	}
	again := b.as(201, "POST", multipartPath, copyRequest(handle, location))
	if again["uploadId"] != id {
		t.Errorf("the same request again: %v", again)
	}
	headers := fmt.Sprint(b.partURL(id, 2, "")["signedHeaders"])
	want := fmt.Sprintf("map[x-amz-copy-source:lab-data/dir%%20with%%20blank/%%C3%%BC%%2B.csv "+
		"x-amz-copy-source-if-match:%s x-amz-copy-source-range:bytes=5242880-5242887]", md5)
	if headers != want {
		t.Errorf("signed headers\n%s, want\n%s", headers, want)
	}
	for part := 1; part <= 2; part++ {
		a := b.copyPart(id, part)
		if a.status != http.StatusOK {
			t.Fatalf("copy of part %d: status %d: %s", part, a.status, a.text)
		}
		_, rest, _ := strings.Cut(a.text, "<ETag>")
		etag, _, _ := strings.Cut(rest, "</ETag>")
		etag = strings.Trim(strings.ReplaceAll(etag, "&#34;", `"`), `"`)
		if got := b.addPart(id, part, etag); got["addPartState"] != "ADD_SUCCESS" {
			t.Fatalf("adding part %d: %v", part, got)
		}
	}
	done := b.complete(id)
	h := b.as(200, "GET", "/file/v1/fileHandle/"+done["resultFileHandleId"].(string), nil)
	for field, want := range map[string]any{
		"bucketName": otherBucket, "contentMd5": md5, "contentType": "text/csv",
		"fileName": "source.csv", "contentSize": float64(len(body)),
		"storageLocationId": float64(location),
	} {
		if got := h[field]; got != want {
			t.Errorf("%s = %v, want %v", field, got, want)
		}
	}
	if got := h["key"].(string); !strings.HasPrefix(got, fmt.Sprintf("base/%d/", b.owner)) ||
		!strings.HasSuffix(got, "/source.csv") {
		t.Errorf("key %q", got)
	}
	if got, _ := b.object(otherBucket, h["key"].(string)); got != body {
		t.Errorf("object has %d bytes, want %d", len(got), len(body))
	}
}

func TestMultipartCopyOfAChangedSource(t *testing.T) {
	b := newFileBench(t)
	h := b.handle("a")
	location := b.external(b.owner, otherBucket, "base", true)
	id := b.as(201, "POST", multipartPath, copyRequest(h.ID, location))["uploadId"].(string)
	b.put(labBucket, "a", "other bytes")
	if a := b.copyPart(id, 1); a.status != http.StatusPreconditionFailed {
		t.Errorf("copy of a changed source: status %d, want 412: %s", a.status, a.text)
	}
	restarted := b.as(201, "POST", multipartPath+"?forceRestart=true", copyRequest(h.ID, location))
	if a := b.copyPart(restarted["uploadId"].(string), 1); a.status != http.StatusOK {
		t.Errorf("after a restart: status %d: %s", a.status, a.text)
	}
}
