package sandbox_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
)

// What any client would do, in plain HTTP.

const (
	fileType   = "org.sagebionetworks.repo.model.FileEntity"
	handleType = "org.sagebionetworks.repo.model.file.S3FileHandle"
)

type document = map[string]any

func sum(body []byte) string {
	hash := md5.Sum(body)
	return hex.EncodeToString(hash[:])
}

// must sends a document, and fails unless the status is as wanted.
func must(t *testing.T, box *sandboxtest.Instance, want int, method, path string, request any) document {
	t.Helper()
	var answer document
	if status := box.Synapse(t, box.Owner, method, path, request, &answer); status != want {
		t.Fatalf("%s %s: status %d, want %d: %v", method, path, status, want, answer)
	}
	return answer
}

// download follows the redirect from a file entity to its bytes.
func download(t *testing.T, box *sandboxtest.Instance, user describe.User, entity string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		box.SynapseEndpoint+"/repo/v1/entity/"+entity+"/file", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+user.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("downloading %s: %s, %v: %.300s", entity, resp.Status, err, body)
	}
	return body
}

func TestRegisterInPlaceAndRead(t *testing.T) {
	box := sandboxtest.Start(t)
	body := []byte("some bytes\n")
	key := box.External.BaseKey + "/sub/odd name + ünï.txt"
	_, c := vend(t, box, box.Owner, box.External.ID, "read_write")
	if err := put(t, c.client(box), c.Bucket, key, string(body)); err != nil {
		t.Fatal(err)
	}
	handle := must(t, box, http.StatusOK, http.MethodPost, "/file/v1/externalFileHandle/s3", document{
		"concreteType": handleType, "bucketName": c.Bucket, "key": key, "fileName": "odd.txt",
		"contentMd5": sum(body), "storageLocationId": box.External.StorageLocationID,
	})
	if fmt.Sprint(handle["contentSize"]) != fmt.Sprint(len(body)) {
		t.Errorf("content size %v, want %d", handle["contentSize"], len(body))
	}
	file := must(t, box, http.StatusCreated, http.MethodPost, "/repo/v1/entity", document{
		"concreteType": fileType, "name": "odd.txt", "parentId": box.External.ID,
		"dataFileHandleId": handle["id"],
	})
	if got := download(t, box, box.Owner, file["id"].(string)); !bytes.Equal(got, body) {
		t.Errorf("downloaded %q, want %q", got, body)
	}
	_, c = vend(t, box, box.Owner, box.External.ID, "read_only")
	if got, err := get(t, c.client(box), c.Bucket, key); err != nil || got != string(body) {
		t.Errorf("read with the folder's credentials: %q, %v", got, err)
	}
}

func TestColleaguesLocationTakesNoRegistration(t *testing.T) {
	box := sandboxtest.Start(t)
	key := box.ColleagueFolder.BaseKey + "/a"
	box.Put(t, box.ColleagueFolder.Bucket, key, "x")
	status := box.Synapse(t, box.Owner, http.MethodPost, "/file/v1/externalFileHandle/s3", document{
		"concreteType": handleType, "bucketName": box.ColleagueFolder.Bucket, "key": key,
		"contentMd5": sum([]byte("x")), "storageLocationId": box.ColleagueFolder.StorageLocationID,
	}, nil)
	if status != http.StatusForbidden {
		t.Errorf("status %d, want 403", status)
	}
}

func TestUploadThroughSynapse(t *testing.T) {
	box := sandboxtest.Start(t)
	for name, folder := range map[string]describe.Folder{
		"managed": box.Managed, "colleague": box.ColleagueFolder,
	} {
		t.Run(name, func(t *testing.T) { uploadThroughSynapse(t, box, folder) })
	}
}

func uploadThroughSynapse(t *testing.T, box *sandboxtest.Instance, folder describe.Folder) {
	t.Helper()
	const partSize = 5 << 20
	body := bytes.Repeat([]byte("0123456789abcdef"), (partSize+1000)/16)
	begun := must(t, box, http.StatusCreated, http.MethodPost, "/file/v1/file/multipart", document{
		"concreteType": "org.sagebionetworks.repo.model.file.MultipartUploadRequest",
		"fileName":     "big.bin", "fileSizeBytes": len(body), "partSizeBytes": partSize,
		"contentMD5Hex": sum(body), "storageLocationId": folder.StorageLocationID,
	})
	base := "/file/v1/file/multipart/" + begun["uploadId"].(string)
	for n, part := range [][]byte{body[:partSize], body[partSize:]} {
		urls := must(t, box, http.StatusCreated, http.MethodPost, base+"/presigned/url/batch", document{
			"uploadId": begun["uploadId"], "partNumbers": []int{n + 1},
		})
		putPart(t, urls["partPresignedUrls"].([]any)[0].(document), part)
		added := must(t, box, http.StatusCreated, http.MethodPut,
			fmt.Sprintf("%s/add/%d?partMD5Hex=%s", base, n+1, sum(part)), nil)
		if added["addPartState"] != "ADD_SUCCESS" {
			t.Fatalf("part %d: %v", n+1, added)
		}
	}
	done := must(t, box, http.StatusCreated, http.MethodPut, base+"/complete", nil)
	file := must(t, box, http.StatusCreated, http.MethodPost, "/repo/v1/entity", document{
		"concreteType": fileType, "name": "big.bin", "parentId": folder.ID,
		"dataFileHandleId": done["resultFileHandleId"],
	})
	if got := download(t, box, box.Owner, file["id"].(string)); !bytes.Equal(got, body) {
		t.Errorf("downloaded %d bytes, want the %d that were sent", len(got), len(body))
	}
}

func putPart(t *testing.T, part document, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut,
		part["uploadPresignedUrl"].(string), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	headers, _ := part["signedHeaders"].(document)
	for name, value := range headers {
		req.Header.Set(name, fmt.Sprint(value))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("putting a part: %s: %s", resp.Status, text)
	}
}
