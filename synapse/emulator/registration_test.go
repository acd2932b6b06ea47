package emulator_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"synapse-migrate/synapse"
)

const registerPath = "/file/v1/externalFileHandle/s3"

// registration is a request that a storage location accepts; set replaces
// fields, nil takes them away.
func registration(location int64, set map[string]any) map[string]any {
	doc := map[string]any{
		"concreteType": synapse.TypeS3FileHandle, "storageLocationId": location,
		"bucketName": labBucket, "key": "data/a.csv", "contentMd5": emptyMD5,
		"fileName": "a.csv", "contentType": "text/csv",
	}
	maps.Copy(doc, set)
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	return doc
}

// locationCheck is a request with some fields replaced, and how it is refused.
type locationCheck struct {
	name     string
	location int64
	set      map[string]any
	status   int
	reason   string
}

func TestRegisterChecks(t *testing.T) {
	b := newFileBench(t)
	b.put(labBucket, "data/a.csv", "bytes")
	sts := b.external(b.owner, labBucket, "data", true)
	managed := b.managed("", false)
	foreign := b.external(b.stranger, labBucket, "data", true)
	long := "data/" + strings.Repeat("k", synapse.MaxKeyChars-4)
	b.put(labBucket, long, "x")
	const badMD5 = "The content MD5 digest must be a valid hexadecimal string of length 32."
	tests := []locationCheck{
		{"no location", 0, map[string]any{"storageLocationId": nil}, 400,
			"FileHandle.storageLocationId is required."},
		{"no bucket", sts, map[string]any{"bucketName": nil, "key": nil}, 400,
			"FileHandle.bucket is required and must not be the empty string."},
		{"no key", sts, map[string]any{"key": "", "contentMd5": nil}, 400,
			"FileHandle.key is required and must not be the empty string."},
		{"no MD5", sts, map[string]any{"contentMd5": nil}, 400,
			"FileHandle.contentMd5 is required and must not be the empty string."},
		{"MD5 too short, before the location", 99, map[string]any{"contentMd5": emptyMD5[1:]}, 400,
			badMD5},
		{"MD5 not hex", sts, map[string]any{"contentMd5": "g" + emptyMD5[1:]}, 400, badMD5},
		{"unknown location", 99, nil, 404,
			"Storage location setting: '99' does not exist"},
		{"managed location", managed, nil, 400, fmt.Sprintf(
			"StorageLocationSetting.id=%d was not of the expected type: "+
				"org.sagebionetworks.repo.model.project.ExternalS3StorageLocationSetting", managed)},
		{"another bucket, before the key", sts,
			map[string]any{"bucketName": otherBucket, "key": "x"}, 400, fmt.Sprintf(
				"The bucket for ExternalS3StorageLocationSetting.id=%d does not match "+
					"the provided bucket: other-lab", sts)},
		{"outside the base key, before the owner", foreign, map[string]any{"key": "dat"}, 400,
			fmt.Sprintf("The baseKey for ExternalS3StorageLocationSetting.id=%d does not match "+
				"the provided key: dat", foreign)},
		{"another's location, before the object", foreign, map[string]any{"key": "data/none"}, 403,
			fmt.Sprintf("Only the creator of ExternalS3StorageLocationSetting.id=%d can create an "+
				"external S3FileHandle with storageLocationId = %d", foreign, foreign)},
		{"no object", sts, map[string]any{"key": "data/none"}, 400,
			"Unable to access the file at bucket: lab-data key: data/none."},
		{"key over the column", sts, map[string]any{"key": long}, 400,
			"Data truncation: Data too long for column 'KEY' at row 1"},
		{"name over the column", sts, map[string]any{"fileName": strings.Repeat("n", 257)}, 400,
			"Data truncation: Data too long for column 'NAME' at row 1"},
	}
	before := len(b.e.Snapshot().FileHandles)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			a := b.call(b.ownerToken, "POST", registerPath, registration(test.location, test.set))
			a.refused(t, test.status, test.reason)
		})
	}
	b.call("", "POST", registerPath, "{}").refused(t, 403, "Anonymous cannot upload files.")
	if got := len(b.e.Snapshot().FileHandles); got != before {
		t.Errorf("%d handles were made by refused calls", got-before)
	}
}

func TestRegisterWithoutAccessToTheBucket(t *testing.T) {
	b := newFileBench(t)
	location := b.external(b.owner, "no-such-bucket", "", false)
	b.call(b.ownerToken, "POST", registerPath,
		registration(location, map[string]any{"bucketName": "no-such-bucket"})).refused(t, 400,
		"Unable to access the file at bucket: no-such-bucket key: data/a.csv.")
	b.put(labBucket, "data/a.csv", "x")
	b.storage.heads = map[string]error{labBucket + "/data/a.csv": errors.New("denied")}
	b.call(b.ownerToken, "POST", registerPath,
		registration(b.external(b.owner, labBucket, "", false), nil)).refused(t, 400,
		"Unable to access the file at bucket: lab-data key: data/a.csv.")
}

func TestRegister(t *testing.T) {
	b := newFileBench(t)
	b.put(labBucket, "data/a.csv", "seven..")
	sts := b.external(b.owner, labBucket, "data", true)
	md5 := strings.ToUpper(md5Of("seven.."))
	h := b.as(200, "POST", registerPath, registration(sts, map[string]any{
		"contentMd5": md5, "fileName": nil, "contentType": nil, "previewId": "12",
		"id": "1", "createdBy": "1", "etag": "mine", "status": "ARCHIVED",
	}))
	for field, want := range map[string]any{
		"concreteType": synapse.TypeS3FileHandle, "bucketName": labBucket, "key": "data/a.csv",
		"contentMd5": md5, "contentSize": 7.0, "storageLocationId": float64(sts),
		"fileName": "NOT_SET", "contentType": "NOT_SET", "previewId": "12",
		"createdBy": fmt.Sprint(b.owner), "status": "AVAILABLE",
	} {
		if got := h[field]; got != want {
			t.Errorf("%s = %v, want %v", field, got, want)
		}
	}
	if h["id"] == "1" || h["etag"] == "mine" || h["createdOn"] == nil {
		t.Errorf("the server's own fields were taken from the request: %v", h)
	}
}

func TestRegisterAccepts(t *testing.T) {
	b := newFileBench(t)
	sts := b.external(b.owner, labBucket, "data", true)
	plain := b.external(b.owner, labBucket, "data", false)
	tests := []struct {
		name     string
		location int64
		set      map[string]any
		size     float64
	}{
		{"a size that is wrong", sts, map[string]any{"contentSize": 99}, 99},
		{"a zero size", sts, map[string]any{"contentSize": 0}, 0},
		{"a key that only begins like the base key", sts, map[string]any{"key": "data2/x"}, 5},
		{"a key that is the base key", sts, map[string]any{"key": "data"}, 5},
		{"any key without STS", plain, map[string]any{"key": "elsewhere"}, 5},
		{"the longest key", sts,
			map[string]any{"key": "data/" + strings.Repeat("ü", 300) +
				strings.Repeat("k", synapse.MaxKeyChars-305)}, 5},
		{"a leading slash", plain, map[string]any{"key": "/x"}, 5},
		{"a name that no entity may have", sts, map[string]any{"fileName": "a/b#c"}, 5},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			body := registration(test.location, test.set)
			b.put(labBucket, body["key"].(string), "bytes")
			first := b.as(200, "POST", registerPath, body)
			second := b.as(200, "POST", registerPath, body)
			if first["contentSize"] != test.size {
				t.Errorf("size %v, want %v", first["contentSize"], test.size)
			}
			if first["id"] == second["id"] {
				t.Error("registering twice gave one handle")
			}
		})
	}
}

func TestRegisterURL(t *testing.T) {
	b := newFileBench(t)
	sts := b.external(b.owner, labBucket, "data", true)
	const url = "https://example.org/x"
	tests := []struct {
		name, kind, url string
		location        any
		status          int
		reason          string
	}{
		{"another kind", synapse.TypeS3FileHandle, url, nil, 400,
			"Unexpected type of ExternalFileHandleInterface: " + synapse.TypeS3FileHandle},
		{"no URL", synapse.TypeExternalFileHandle, "", nil, 400, "ExternalURL cannot be null"},
		{"not a URL", synapse.TypeExternalFileHandle, "x y", nil, 400,
			"The External URL is not a valid url: x y"},
		{"unknown location", synapse.TypeExternalFileHandle, url, 99, 404,
			"Storage location setting: '99' does not exist"},
		{"STS location", synapse.TypeExternalFileHandle, url, sts, 400,
			"Cannot create ExternalFileHandle in an STS-enabled storage location"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.call(b.ownerToken, "POST", "/file/v1/externalFileHandle", map[string]any{
				"concreteType": test.kind, "externalURL": test.url, "storageLocationId": test.location,
			}).refused(t, test.status, test.reason)
		})
	}
	h := b.as(200, "POST", "/file/v1/externalFileHandle", map[string]any{
		"concreteType": synapse.TypeExternalFileHandle, "externalURL": url,
	})
	if h["externalURL"] != url || h["fileName"] != "NOT_SET" {
		t.Errorf("stored %v", h)
	}
	got := b.call(b.ownerToken, "GET",
		fmt.Sprintf("/file/v1/fileHandle/%s/url?redirect=false", h["id"]), nil)
	if got.text != url {
		t.Errorf("URL of the handle is %q, want %q", got.text, url)
	}
}
