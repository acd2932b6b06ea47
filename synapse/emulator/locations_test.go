package emulator_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

const locationPath = "/repo/v1/storageLocation"

// externalRequest asks for an external location below data; set replaces
// fields, nil takes them away.
func externalRequest(set map[string]any) map[string]any {
	doc := map[string]any{
		"concreteType": synapse.TypeExternalS3StorageLocation, "bucket": labBucket,
		"baseKey": "data", "stsEnabled": true,
	}
	maps.Copy(doc, set)
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	return doc
}

// ownerHint is what follows every failure of the owner check.
func ownerHint(bucket, key string) string {
	return fmt.Sprintf(". For security purposes, Synapse needs to establish that the user has "+
		"permission to write to the bucket. Please create an object in bucket '%s' with key '%s' "+
		"that contains a line separated list of identifiers for the user. Valid identifiers are "+
		"the id of the user or id of a team the user is part of. Also see https://help.synapse.org"+
		"/docs/Custom-Storage-Locations.2048327803.html for more information on how to create a "+
		"new external upload destination.", bucket, key)
}

func TestCreateLocationChecks(t *testing.T) {
	b := newFileBench(t)
	b.put(labBucket, "empty/owner.txt", " ,\n\t,\n")
	b.put(labBucket, "bob/owner.txt", "bob")
	b.put(labBucket, "late/owner.txt", strings.Repeat("x\n", 100)+"ada")
	b.storage.reads = map[string]error{
		labBucket + "/gone/owner.txt":   emulator.ErrNoBucket,
		labBucket + "/denied/owner.txt": errors.New("Access Denied"),
	}
	tests := []struct {
		name   string
		set    map[string]any
		reason string
	}{
		{"no type", map[string]any{"concreteType": nil},
			"Could not read JSON: no storage location of concreteType ''"},
		{"no bucket", map[string]any{"bucket": nil}, "The bucket name is required."},
		{"bad bucket", map[string]any{"bucket": "a b"}, "Invalid bucket name."},
		{"managed with a base key", map[string]any{"concreteType": synapse.TypeS3StorageLocation},
			"Cannot specify baseKey when creating an S3StorageLocationSetting"},
		{"object store without a URL", map[string]any{"concreteType": "org.sagebionetworks.repo." +
			"model.project.ExternalObjectStorageLocationSetting", "endpointUrl": "/"},
			"The External URL is not a valid url: "},
		{"bucket out of reach", map[string]any{"bucket": "nowhere"}, "Could not read S3 object at " +
			"key data/owner.txt from bucket nowhere: Failed to determine the Amazon region for " +
			"bucket 'nowhere'. Please ensure that the bucket exists, is shared with Synapse, in " +
			"particular granting ListObject permission." + ownerHint("nowhere", "data/owner.txt")},
		{"bucket gone", map[string]any{"baseKey": "gone"}, "Did not find S3 bucket lab-data" +
			ownerHint(labBucket, "gone/owner.txt")},
		{"no owner file", nil, "Did not find S3 object at key data/owner.txt from bucket lab-data" +
			ownerHint(labBucket, "data/owner.txt")},
		{"owner file denied", map[string]any{"baseKey": "denied"}, "Could not read S3 object at key " +
			"denied/owner.txt from bucket lab-data: Access Denied" +
			ownerHint(labBucket, "denied/owner.txt")},
		{"empty owner file", map[string]any{"baseKey": "/empty/"}, "No user identifier found under " +
			"key empty/owner.txt from bucket lab-data" + ownerHint(labBucket, "empty/owner.txt")},
		{"another's owner file", map[string]any{"baseKey": "bob"}, "Could not find a valid user " +
			"identifier under key bob/owner.txt from bucket lab-data" +
			ownerHint(labBucket, "bob/owner.txt")},
		{"named after 100 lines", map[string]any{"baseKey": "late"}, "Could not find a valid user " +
			"identifier under key late/owner.txt from bucket lab-data" +
			ownerHint(labBucket, "late/owner.txt")},
		{"no base key", map[string]any{"baseKey": "//"}, "Did not find S3 object at key owner.txt " +
			"from bucket lab-data" + ownerHint(labBucket, "owner.txt")},
	}
	before := len(b.e.Snapshot().StorageLocations)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.call(b.ownerToken, "POST", locationPath, externalRequest(test.set)).
				refused(t, 400, test.reason)
		})
	}
	if got := len(b.e.Snapshot().StorageLocations); got != before {
		t.Errorf("%d locations were made by refused calls", got-before)
	}
}

func TestOwnerFile(t *testing.T) {
	b := newFileBench(t)
	tests := []struct{ name, text string }{
		{"user ID", fmt.Sprint(b.owner)},
		{"name, any case", " ADA \r\n"},
		{"e-mail", "x@y.org\nada@lab.ORG"},
		{"team", "77"},
		{"behind commas and lines", "x, y\rz,,\n a,Ada,b"},
		{"on line 100", strings.Repeat("x\n", 99) + "ada"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := b.in(t)
			b.put(labBucket, "data/owner.txt", test.text)
			b.as(201, "POST", locationPath, externalRequest(nil))
		})
	}
	for _, text := range []string{"3", "273948", "273949", "\uFEFFada", "ada lovelace"} {
		b.put(labBucket, "data/owner.txt", text)
		a := b.call(b.ownerToken, "POST", locationPath, externalRequest(nil))
		if a.status != 400 {
			t.Errorf("owner file %q: status %d, want 400", text, a.status)
		}
	}
}

func TestBucketNames(t *testing.T) {
	b := newFileBench(t)
	for name, valid := range map[string]bool{
		"lab": true, "my-bucket.data_1": true, "Upper": true, "a.b.": true,
		strings.Repeat("a", 63): true, strings.Repeat("a", 64): false,
		"-lab": false, "lab-": false, "a..b": false, "a.1b": false, "1a": false, "a/b": false,
		strings.Repeat("abcdefg.", 31) + "abcdefg": false,
	} {
		a := b.call(b.ownerToken, "POST", locationPath, map[string]any{
			"concreteType": "org.sagebionetworks.repo.model.project." +
				"ExternalObjectStorageLocationSetting",
			"endpointUrl": "https://s3.example.org/", "bucket": name,
		})
		if got := a.status == 201; got != valid {
			t.Errorf("bucket %q accepted: %v, want %v: %s", name, got, valid, a.text)
		}
	}
}

func TestCreateExternalLocation(t *testing.T) {
	b := newFileBench(t)
	b.put(labBucket, "data/a  b/owner.txt", "ada")
	got := b.as(201, "POST", locationPath, externalRequest(map[string]any{
		"baseKey": " /data/a  b/\t/", "description": "d", "uploadType": "HTTPS",
		"storageLocationId": 7, "createdBy": 7, "etag": "mine",
	}))
	for field, want := range map[string]any{
		"concreteType": synapse.TypeExternalS3StorageLocation, "bucket": labBucket,
		"baseKey": "data/a  b", "stsEnabled": true, "uploadType": "S3", "description": "d",
		"createdBy": float64(b.owner),
	} {
		if got[field] != want {
			t.Errorf("%s = %v, want %v", field, got[field], want)
		}
	}
	if got["storageLocationId"] == 7.0 || got["etag"] == "mine" || got["createdOn"] == nil {
		t.Errorf("the server's own fields were taken from the request: %v", got)
	}
}

func TestCreateManagedLocation(t *testing.T) {
	b := newFileBench(t)
	sts := map[string]any{"concreteType": synapse.TypeS3StorageLocation, "stsEnabled": true}
	first, second := b.as(201, "POST", locationPath, sts), b.as(201, "POST", locationPath, sts)
	pattern := fmt.Sprintf(`^%d/[0-9a-f-]{36}$`, b.owner)
	if got := first["baseKey"].(string); !regexp.MustCompile(pattern).MatchString(got) {
		t.Errorf("base key %q, want %s", got, pattern)
	}
	if first["storageLocationId"] == second["storageLocationId"] {
		t.Error("two managed STS locations are one")
	}
	plain := map[string]any{"concreteType": synapse.TypeS3StorageLocation}
	if got := b.as(201, "POST", locationPath, plain); got["baseKey"] != nil || got["bucket"] != nil {
		t.Errorf("without STS: %v, want neither base key nor bucket", got)
	}
}

func TestCreateLocationIsIdempotent(t *testing.T) {
	b := newFileBench(t)
	b.put(labBucket, "data/owner.txt", "ada,bob")
	id := b.as(201, "POST", locationPath, externalRequest(nil))["storageLocationId"]
	for name, set := range map[string]map[string]any{
		"the same": nil, "the same, unsanitised": {"baseKey": "data/"},
		"another ID": {"storageLocationId": 99}, "another ETag": {"etag": "x"},
	} {
		if got := b.as(201, "POST", locationPath, externalRequest(set)); got["storageLocationId"] != id {
			t.Errorf("%s: location %v, want %v", name, got["storageLocationId"], id)
		}
	}
	for name, set := range map[string]map[string]any{
		"another description": {"description": "d"}, "another banner": {"banner": "b"},
		"no STS": {"stsEnabled": nil}, "STS off": {"stsEnabled": false},
	} {
		if got := b.as(201, "POST", locationPath, externalRequest(set)); got["storageLocationId"] == id {
			t.Errorf("%s: the same location", name)
		}
	}
	a := b.call(b.other, "POST", locationPath, externalRequest(nil))
	if a.status != 201 || a.doc["storageLocationId"] == id {
		t.Errorf("another user: status %d, location %v", a.status, a.doc["storageLocationId"])
	}
	b.put(labBucket, "data/owner.txt", "nobody")
	if a := b.call(b.ownerToken, "POST", locationPath, externalRequest(nil)); a.status != 400 {
		t.Errorf("the owner file is not looked at again: status %d", a.status)
	}
}

func TestReadLocations(t *testing.T) {
	b := newFileBench(t)
	first := b.external(b.owner, labBucket, "a", true)
	b.external(b.stranger, labBucket, "b", true)
	second := b.external(b.owner, labBucket, "c", true)
	path := fmt.Sprintf("%s/%d", locationPath, first)
	if got := b.as(200, "GET", path, nil); got["baseKey"] != "a" {
		t.Errorf("location %v", got)
	}
	b.call(b.other, "GET", path, nil).refused(t, 403,
		"Only the creator can access storage location settings")
	b.call(b.ownerToken, "GET", locationPath+"/1", nil).refused(t, 403,
		"Only the creator can access storage location settings")
	b.call(b.ownerToken, "GET", locationPath+"/99", nil).refused(t, 404,
		"Storage location setting: '99' does not exist")
	list := b.as(200, "GET", locationPath, nil)
	var ids []int64
	for _, one := range list["list"].([]any) {
		ids = append(ids, int64(one.(map[string]any)["storageLocationId"].(float64)))
	}
	if diff := cmp.Diff(ids, []int64{second, first}); diff != "" {
		t.Errorf("my locations, newest first (-got +want):\n%s", diff)
	}
	for range 100 {
		b.external(b.owner, labBucket, "more", true)
	}
	if got := len(b.as(200, "GET", locationPath, nil)["list"].([]any)); got != 100 {
		t.Errorf("%d locations listed, want 100", got)
	}
}

func TestUploadDestinations(t *testing.T) {
	b := newFileBench(t)
	folder := b.folder("f")
	inner, err := b.e.AddFolder(b.owner, folder, "inner")
	if err != nil {
		t.Fatal(err)
	}
	managed := b.managed("1/uuid", true)
	external := b.external(b.owner, labBucket, "data", true)
	get := func(path string) map[string]any {
		return b.as(200, "GET", "/file/v1/entity/"+path, nil)
	}
	tests := []struct {
		name, path string
		want       map[string]any
	}{
		{"nothing set", inner + "/uploadDestination", map[string]any{
			"concreteType":      "org.sagebionetworks.repo.model.file.S3UploadDestination",
			"storageLocationId": 1.0, "uploadType": "S3", "stsEnabled": false,
		}},
		{"no such entity", "syn99/uploadDestination", map[string]any{
			"concreteType":      "org.sagebionetworks.repo.model.file.S3UploadDestination",
			"storageLocationId": 1.0, "uploadType": "S3", "stsEnabled": false,
		}},
		{"external", fmt.Sprintf("%s/uploadDestination/%d", inner, external), map[string]any{
			"concreteType":      "org.sagebionetworks.repo.model.file.ExternalS3UploadDestination",
			"storageLocationId": float64(external), "uploadType": "S3", "bucket": labBucket,
			"baseKey": "data", "stsEnabled": true,
		}},
		{"managed", fmt.Sprintf("%s/uploadDestination/%d", inner, managed), map[string]any{
			"concreteType":      "org.sagebionetworks.repo.model.file.S3UploadDestination",
			"storageLocationId": float64(managed), "uploadType": "S3", "baseKey": "1/uuid",
			"stsEnabled": true,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := get(test.path)
			for _, field := range []string{"destinationProjectId", "projectStorageLocationUsage"} {
				if _, told := got[field]; told != (test.name != "no such entity") {
					t.Errorf("%s: %v", field, got[field])
				}
				delete(got, field)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
		})
	}
	b.call(b.ownerToken, "GET", "/file/v1/entity/"+inner+"/uploadDestination/99", nil).
		refused(t, 404, "Storage location setting: '99' does not exist")
	b.call(b.ownerToken, "GET", "/file/v1/entity/x1/uploadDestination", nil).
		refused(t, 400, "x1 is not a valid Synapse ID.")
}

// TestUploadDestinationsInForce: the first of the nearest setting is the
// default; lists are in the order of the database.
func TestUploadDestinationsInForce(t *testing.T) {
	b := newFileBench(t)
	folder := b.folder("f")
	managed, far := b.managed("1/uuid", true), b.objectStore()
	external := b.external(b.owner, labBucket, "data", true)
	get := func(path string) map[string]any {
		return b.as(200, "GET", "/file/v1/entity/"+path, nil)
	}
	inner, err := b.e.AddFolder(b.owner, folder, "inner")
	if err != nil {
		t.Fatal(err)
	}
	b.setting(b.project, managed)
	b.setting(folder, external, far, managed)
	if got := get(inner + "/uploadDestination")["storageLocationId"]; got != float64(external) {
		t.Errorf("inherited: location %v, want the first of the nearest setting, %d", got, external)
	}
	for _, path := range []string{"/uploadDestinationLocations", "/uploadDestinations"} {
		var ids []any
		for _, one := range get(inner + path)["list"].([]any) {
			ids = append(ids, one.(map[string]any)["storageLocationId"])
		}
		want := []any{float64(managed), float64(far), float64(external)}
		if diff := cmp.Diff(ids, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", path, diff)
		}
	}
}
