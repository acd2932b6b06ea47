package emulator_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

const (
	multipartPath = "/file/v1/file/multipart"
	mebi          = 1 << 20
)

// uploadRequest is a request for two parts; set replaces fields, nil takes
// them away.
func uploadRequest(set map[string]any) map[string]any {
	doc := map[string]any{
		"concreteType": synapse.TypeMultipartUpload, "fileName": "a.csv",
		"fileSizeBytes": 5*mebi + 6, "partSizeBytes": 5 * mebi, "contentMD5Hex": emptyMD5,
		"contentType": "text/csv",
	}
	maps.Copy(doc, set)
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	return doc
}

func TestMultipartChecks(t *testing.T) {
	b := newFileBench(t)
	far := b.objectStore()
	copying := map[string]any{"concreteType": synapse.TypeMultipartCopy}
	const badName = "Invalid Name: 'a/b'. Names may only contain: letters, numbers, spaces, " +
		"underscores, hyphens, periods, plus signs, apostrophes, and parentheses"
	tests := []struct {
		name   string
		set    map[string]any
		status int
		reason string
	}{
		{"unknown type", map[string]any{"concreteType": "org.x.Thing"}, 400,
			"Request type unsupported: Thing"},
		{"no part size", map[string]any{"partSizeBytes": nil}, 400,
			"MultipartUploadRequest.partSizeBytes is required."},
		{"parts too small", map[string]any{"partSizeBytes": 5*mebi - 1}, 400,
			"The part size must be at least 5242880 bytes."},
		{"parts too large", map[string]any{"partSizeBytes": 5<<30 + 1}, 400,
			"The part size must not exceed 5368709120 bytes."},
		{"no name", map[string]any{"fileName": nil}, 400,
			"MultipartUploadRequest.fileName is required and must not be the empty string."},
		{"bad name, before the size", map[string]any{"fileName": "a/b", "fileSizeBytes": nil}, 400,
			badName},
		{"no size", map[string]any{"fileSizeBytes": nil}, 400,
			"MultipartUploadRequest.fileSizeBytes is required."},
		{"no MD5, before the size's limits",
			map[string]any{"contentMD5Hex": nil, "fileSizeBytes": 0}, 400,
			"MultipartUploadRequest.contentMD5Hex is required and must not be the empty string."},
		{"no bytes", map[string]any{"fileSizeBytes": 0}, 400,
			"File size must be at least one byte"},
		{"too large", map[string]any{"fileSizeBytes": 5<<40 + 1}, 400,
			"The maximum file size is 5 TB"},
		{"too many parts", map[string]any{"fileSizeBytes": 5*mebi*10_000 + 1}, 400,
			"File Upload would require 10001 parts, which exceeds the maximum number of allowed " +
				"parts of: 10000. Please choose a larger part size."},
		{"unknown location", map[string]any{"storageLocationId": 99}, 404,
			"Storage location setting: '99' does not exist"},
		{"a location that Synapse can't write to", map[string]any{"storageLocationId": far}, 400,
			"Cannot get bucket from storage location setting type class org.sagebionetworks." +
				"repo.model.project.ExternalObjectStorageLocationSetting"},
		{"copy without a location", copying, 400,
			"MultipartUploadCopyRequest.storageLocationId is required."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.call(b.ownerToken, "POST", multipartPath, uploadRequest(test.set)).
				refused(t, test.status, test.reason)
		})
	}
	b.call("", "POST", multipartPath, uploadRequest(nil)).refused(t, 403,
		"Anonymous cannot upload files.")
	if got := len(b.e.Snapshot().Uploads); got != 0 {
		t.Errorf("%d uploads were begun by refused calls", got)
	}
}

// start begins an upload and returns its ID.
func (b *fileBench) startUpload(set map[string]any) string {
	b.t.Helper()
	return b.as(201, "POST", multipartPath, uploadRequest(set))["uploadId"].(string)
}

// partURL asks for the URL of one part.
func (b *fileBench) partURL(id string, part int, contentType string) map[string]any {
	b.t.Helper()
	doc := b.as(201, "POST", multipartPath+"/"+id+"/presigned/url/batch", map[string]any{
		"partNumbers": []int{part}, "contentType": contentType,
	})
	return doc["partPresignedUrls"].([]any)[0].(map[string]any)
}

// sendPart uploads one part to its URL.
func (b *fileBench) sendPart(id string, part int, body string) {
	b.t.Helper()
	url := b.partURL(id, part, "application/octet-stream")
	a := b.presigned("PUT", url["uploadPresignedUrl"].(string), url["signedHeaders"], body)
	if a.status != http.StatusOK {
		b.t.Fatalf("PUT of part %d: status %d: %s", part, a.status, a.text)
	}
}

// addPart adds one part and returns the answer.
func (b *fileBench) addPart(id string, part int, md5 string) map[string]any {
	b.t.Helper()
	return b.as(201, "PUT", fmt.Sprintf("%s/%s/add/%d?partMD5Hex=%s", multipartPath, id, part, md5),
		nil)
}

func (b *fileBench) complete(id string) map[string]any {
	b.t.Helper()
	return b.as(201, "PUT", multipartPath+"/"+id+"/complete", nil)
}

// upload is what the emulator remembers of an upload.
func (b *fileBench) upload(id string) emulator.UploadState {
	b.t.Helper()
	for _, u := range b.e.Snapshot().Uploads {
		if u.ID == id {
			return u
		}
	}
	b.t.Fatalf("no upload %s", id)
	return emulator.UploadState{}
}

func TestMultipartUpload(t *testing.T) {
	b := newFileBench(t)
	first, second := strings.Repeat("x", 5*mebi), "second"
	status := b.as(201, "POST", multipartPath, uploadRequest(nil))
	if status["state"] != "UPLOADING" || status["partsState"] != "00" ||
		status["startedBy"] != fmt.Sprint(b.owner) {
		t.Errorf("status at the start: %v", status)
	}
	id := status["uploadId"].(string)
	b.sendPart(id, 1, first)
	b.sendPart(id, 2, second)
	if got := b.addPart(id, 2, md5Of(second)); got["addPartState"] != "ADD_SUCCESS" {
		t.Fatalf("adding part 2: %v", got)
	}
	if got := b.as(201, "POST", multipartPath, uploadRequest(nil)); got["partsState"] != "01" ||
		got["uploadId"] != id {
		t.Errorf("the same request again: %v, want the same upload with one part", got)
	}
	b.call(b.ownerToken, "PUT", multipartPath+"/"+id+"/complete", nil).refused(t, 400,
		"Missing 1 part(s).  All parts must be successfully added before a file upload "+
			"can be completed.")
	b.addPart(id, 1, md5Of(first))
	done := b.complete(id)
	if done["state"] != "COMPLETED" || done["partsState"] != "11" {
		t.Errorf("status at the end: %v", done)
	}
	b.checkUploaded(t, done["resultFileHandleId"].(string), first+second)
	if again := b.complete(id); again["resultFileHandleId"] != done["resultFileHandleId"] {
		t.Errorf("completing again: %v", again)
	}
	b.call(b.ownerToken, "PUT", multipartPath+"/"+id+"/add/1?partMD5Hex=x", nil).refused(t, 400,
		"Cannot add parts to completed file upload.")
	if got := b.as(201, "POST", multipartPath, uploadRequest(nil)); got["uploadId"] != id ||
		got["state"] != "COMPLETED" {
		t.Errorf("the same request after the end: %v", got)
	}
}

// checkUploaded compares the handle and object of a completed upload.
func (b *fileBench) checkUploaded(t *testing.T, handle, body string) {
	t.Helper()
	h := b.as(200, "GET", "/file/v1/fileHandle/"+handle, nil)
	key := h["key"].(string)
	pattern := fmt.Sprintf(`^%d/[0-9a-f-]{36}/a\.csv$`, b.owner)
	if !regexp.MustCompile(pattern).MatchString(key) {
		t.Errorf("key %q, want %s", key, pattern)
	}
	for field, want := range map[string]any{
		"bucketName": synapseBucket, "contentMd5": emptyMD5, "contentType": "text/csv",
		"fileName": "a.csv", "contentSize": float64(len(body)), "storageLocationId": 1.0,
		"previewId": nil,
	} {
		if got := h[field]; got != want {
			t.Errorf("%s = %v, want %v", field, got, want)
		}
	}
	if got, _ := b.object(synapseBucket, key); got != body {
		t.Errorf("object has %d bytes, want %d", len(got), len(body))
	}
	for _, part := range []string{"/1", "/2"} {
		if _, stays := b.object(synapseBucket, key+part); stays {
			t.Errorf("temporary object %s is still there", part)
		}
	}
}

func TestMultipartUploadIntoALocation(t *testing.T) {
	b := newFileBench(t)
	location := b.external(b.stranger, labBucket, "data/batch", true) // anybody's will do
	id := b.startUpload(map[string]any{
		"storageLocationId": location, "fileSizeBytes": 3, "generatePreview": false,
	})
	b.sendPart(id, 1, "abc")
	b.addPart(id, 1, md5Of("abc"))
	handle := b.complete(id)["resultFileHandleId"].(string)
	h := b.as(200, "GET", "/file/v1/fileHandle/"+handle, nil)
	if h["bucketName"] != labBucket || h["storageLocationId"] != float64(location) ||
		!strings.HasPrefix(h["key"].(string), fmt.Sprintf("data/batch/%d/", b.owner)) {
		t.Errorf("handle is %v", h)
	}
	if h["previewId"] != handle {
		t.Errorf("previewId %v, want the handle's own ID: no preview was wanted", h["previewId"])
	}
}

func TestMultipartResumeIsByTheWholeRequest(t *testing.T) {
	b := newFileBench(t)
	id := b.startUpload(nil)
	for name, set := range map[string]map[string]any{
		"part size": {"partSizeBytes": 6 * mebi}, "name": {"fileName": "b.csv"},
		"preview flag": {"generatePreview": true}, "content type": {"contentType": nil},
	} {
		if got := b.startUpload(set); got == id {
			t.Errorf("another %s found the same upload", name)
		}
	}
	same := map[string]any{"storageLocationId": 1, "concreteType": nil}
	if got := b.startUpload(same); got != id {
		t.Error("the defaults, spelled out or left out, began another upload")
	}
	a := b.call(b.other, "POST", multipartPath, uploadRequest(nil))
	if a.doc["uploadId"] == id {
		t.Error("another user found the same upload")
	}
	restarted := b.as(201, "POST", multipartPath+"?forceRestart=true", uploadRequest(nil))["uploadId"]
	if restarted == id {
		t.Error("forceRestart found the old upload")
	}
	if got := b.startUpload(nil); got != restarted {
		t.Errorf("after a restart the request finds %s, want %s", got, restarted)
	}
	b.partURL(id, 1, "") // who knows the old one's ID may go on with it
}

func TestMultipartBeginsAnewWhenTheObjectVanished(t *testing.T) {
	b := newFileBench(t)
	small := map[string]any{"fileSizeBytes": 3}
	id := b.startUpload(small)
	b.sendPart(id, 1, "abc")
	b.addPart(id, 1, md5Of("abc"))
	b.complete(id)
	if err := b.storage.Delete(t.Context(), synapseBucket, b.upload(id).Key); err != nil {
		t.Fatal(err)
	}
	if got := b.startUpload(small); got == id {
		t.Error("found an upload whose object has vanished")
	}
}

// TestMultipartRace: of two equal requests at once, both get one upload.
func TestMultipartRace(t *testing.T) {
	b := newFileBench(t)
	var faster string
	b.storage.beforeUpload = func() { faster = b.startUpload(nil) }
	if got := b.startUpload(nil); got != faster || faster == "" {
		t.Errorf("got upload %s, want that of the faster request, %s", got, faster)
	}
	if got := len(b.e.Snapshot().Uploads); got != 1 {
		t.Errorf("%d uploads, want 1", got)
	}
}

func TestMultipartCompletedMeanwhile(t *testing.T) {
	b := newFileBench(t)
	id := b.startUpload(map[string]any{"fileSizeBytes": 3})
	b.sendPart(id, 1, "abc")
	b.addPart(id, 1, md5Of("abc"))
	var faster any
	b.storage.beforeFinal = func() { faster = b.complete(id)["resultFileHandleId"] }
	if got := b.complete(id)["resultFileHandleId"]; got != faster || faster == nil {
		t.Errorf("got handle %v, want that of the faster request, %v", got, faster)
	}
	if got := len(b.e.Snapshot().FileHandles); got != 1 {
		t.Errorf("%d handles, want 1", got)
	}
}

func TestMultipartPartRefused(t *testing.T) {
	b := newFileBench(t)
	id := b.startUpload(map[string]any{"fileSizeBytes": 3})
	b.sendPart(id, 1, "abc")
	got := b.addPart(id, 1, md5Of("other bytes"))
	if got["addPartState"] != "ADD_FAILED" || got["errorMessage"] != "The provided MD5 does not "+
		"match the MD5 of the uploaded part.  Please re-upload the part." {
		t.Errorf("wrong MD5: %v", got)
	}
	b.addPart(id, 1, md5Of("abc"))
	if got := b.addPart(id, 1, md5Of("abc")); got["addPartState"] != "ADD_FAILED" {
		t.Errorf("a part that isn't there: %v", got)
	}
	if got := b.upload(id).Parts[0]; got != "" {
		t.Errorf("a failed part counts as added, with ETag %s", got)
	}
}

func TestMultipartS3RefusesToComplete(t *testing.T) {
	b := newFileBench(t)
	id := b.startUpload(map[string]any{"fileSizeBytes": 3})
	b.sendPart(id, 1, "abc")
	b.addPart(id, 1, md5Of("abc"))
	b.storage.final = errors.New("EntityTooSmall")
	complete := multipartPath + "/" + id + "/complete"
	b.call(b.ownerToken, "PUT", complete, nil).refused(t, 400, "EntityTooSmall")
	b.storage.final = nil
	b.storage.heads = map[string]error{synapseBucket + "/" + b.upload(id).Key: errors.New("down")}
	b.call(b.ownerToken, "PUT", complete, nil).refused(t, 502, "down")
	if got := b.upload(id).State; got != "UPLOADING" {
		t.Errorf("after two refusals the state is %s", got)
	}
}

func TestPartChecks(t *testing.T) {
	b := newFileBench(t)
	id := b.startUpload(nil)
	batch := "/presigned/url/batch"
	const notYours = "Only the user that started a multipart upload can get part upload " +
		"pre-signed URLs for that file upload."
	const tooHigh = "Part number cannot be larger than number of parts. " +
		"Number of parts: 2, provided part number: 3"
	tests := []struct {
		name, token, method, path string
		body                      any
		status                    int
		reason                    string
	}{
		{"URLs without numbers", b.ownerToken, "POST", "/99" + batch, "{}", 400,
			"BatchPresignedUploadUrlRequest.partNumbers is required."},
		{"URLs for none", b.ownerToken, "POST", "/99" + batch, `{"partNumbers":[]}`, 400,
			"BatchPresignedUploadUrlRequest.partNumbers must contain at least one value"},
		{"URLs of no upload", b.ownerToken, "POST", "/99" + batch, `{"partNumbers":[1]}`, 404,
			"MultipartUploadStatus cannot be found for id: 99"},
		{"URLs of nonsense", b.ownerToken, "POST", "/x" + batch, `{"partNumbers":[1]}`, 400,
			"Invalid UploadId."},
		{"URLs for a stranger, before the number", b.other, "POST", "/" + id + batch,
			`{"partNumbers":[3]}`, 403, notYours},
		{"URL of part 0", b.ownerToken, "POST", "/" + id + batch, `{"partNumbers":[1,0]}`, 400,
			"Part numbers cannot be less than one."},
		{"URL past the end", b.ownerToken, "POST", "/" + id + batch, `{"partNumbers":[3]}`, 400, tooHigh},
		{"add to no upload", b.ownerToken, "PUT", "/99/add/1?partMD5Hex=x", nil, 404,
			"MultipartUploadStatus cannot be found for id: 99"},
		{"add by a stranger, after the number", b.other, "PUT", "/" + id + "/add/3?partMD5Hex=x",
			nil, 400, tooHigh},
		{"add by a stranger", b.other, "PUT", "/" + id + "/add/1?partMD5Hex=x", nil, 403, notYours},
		{"complete by a stranger", b.other, "PUT", "/" + id + "/complete", nil, 403, notYours},
		{"complete no upload", b.ownerToken, "PUT", "/99/complete", nil, 404,
			"MultipartUploadStatus cannot be found for id: 99"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.call(test.token, test.method, multipartPath+test.path, test.body).
				refused(t, test.status, test.reason)
		})
	}
	if a := b.call(b.ownerToken, "PUT", multipartPath+"/"+id+"/add/1", nil); a.status != 400 {
		t.Errorf("add without an MD5: status %d, want 400", a.status)
	}
}

func TestPartURL(t *testing.T) {
	b := newFileBench(t)
	id := b.startUpload(nil)
	url := b.partURL(id, 2, "text/plain")
	text := url["uploadPresignedUrl"].(string)
	if want := b.upload(id).Key + "/2?"; !strings.Contains(text, want) {
		t.Errorf("URL %s is not of the temporary object %s", text, want)
	}
	if !strings.Contains(text, "X-Amz-Expires=900&") {
		t.Errorf("URL %s doesn't live 15 minutes", text)
	}
	if got := url["signedHeaders"]; fmt.Sprint(got) != "map[Content-Type:text/plain]" {
		t.Errorf("signed headers %v", got)
	}
	if got := b.partURL(id, 1, "")["signedHeaders"]; got != nil {
		t.Errorf("signed headers without a content type: %v, want none", got)
	}
}
