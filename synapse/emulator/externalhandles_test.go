package emulator_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

const externalPath = "/file/v1/externalFileHandle"

// secretKey is as short as a proxy's key may be.
var secretKey = strings.Repeat("k", 36)

// locationOf makes a location over HTTP and returns its ID.
func (b *fileBench) locationOf(token string, body map[string]any) int64 {
	b.t.Helper()
	a := b.call(token, "POST", locationPath, body)
	if a.status != 201 {
		b.t.Fatalf("location %v: %d %s", body, a.status, a.text)
	}
	return int64(a.doc["storageLocationId"].(float64))
}

// google makes a Google Cloud location of the owner's.
func (b *fileBench) google() int64 {
	b.t.Helper()
	b.put(labBucket, "g/owner.txt", "ada")
	return b.locationOf(b.ownerToken, map[string]any{
		"concreteType": synapse.TypeGoogleStorageLocation, "bucket": labBucket, "baseKey": "g/",
	})
}

func (b *fileBench) proxy(benefactor string) int64 {
	b.t.Helper()
	return b.locationOf(b.ownerToken, map[string]any{
		"concreteType": synapse.TypeProxyStorageLocation, "proxyUrl": "https://proxy.org/p",
		"secretKey": secretKey, "uploadType": "SFTP", "benefactorId": benefactor,
	})
}

// external location of an SFTP server.
func (b *fileBench) sftp(subfolders bool) int64 {
	b.t.Helper()
	return b.locationOf(b.ownerToken, map[string]any{
		"concreteType": synapse.TypeExternalStorageLocation, "url": "sftp://host.org/up",
		"uploadType": "SFTP", "supportsSubfolders": subfolders,
	})
}

func TestCreateOtherLocationsChecks(t *testing.T) {
	b := newFileBench(t)
	b.put(labBucket, "bob/owner.txt", "bob")
	proxy := map[string]any{"concreteType": synapse.TypeProxyStorageLocation,
		"proxyUrl": "https://proxy.org", "secretKey": secretKey}
	external := map[string]any{"concreteType": synapse.TypeExternalStorageLocation, "url": "https://x.org"}
	google := map[string]any{"concreteType": synapse.TypeGoogleStorageLocation, "bucket": labBucket}
	for _, c := range []struct {
		name   string
		base   map[string]any
		key    string
		value  any
		reason string
	}{
		{"no URL", external, "url", nil, "The url is required."},
		{"not a URL", external, "url", "x.org/a", "The External URL is not a valid url: x.org/a"},
		{"no proxy", proxy, "proxyUrl", nil, "The proxyUrl is required."},
		{"no key", proxy, "secretKey", "", "The secretKey is required."},
		{"short key", proxy, "secretKey", secretKey[1:],
			"SecretKey must be at least: 36 characters but was: 35"},
		{"proxy without TLS", proxy, "proxyUrl", "http://proxy.org", "The proxyUrl protocol must be be HTTPS"},
		{"proxy without a protocol", proxy, "proxyUrl", "proxy", "The proxyUrl is malformed: no protocol: proxy"},
		{"no bucket", google, "bucket", nil, "The bucket name is required."},
		{"bad bucket", google, "bucket", "a b", "Invalid bucket name."},
		{"no such bucket", google, "bucket", "nowhere", "Did not find Google Cloud bucket nowhere" +
			ownerHint("nowhere", "owner.txt")},
		{"no owner file", google, "baseKey", "k", "Could not find google cloud object at key " +
			"k/owner.txt from bucket lab-data" + ownerHint(labBucket, "k/owner.txt")},
		{"another's owner file", google, "baseKey", "bob", "Could not find a valid user identifier " +
			"under key bob/owner.txt from bucket lab-data" + ownerHint(labBucket, "bob/owner.txt")},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := maps.Clone(c.base)
			body[c.key] = c.value
			b.in(t).call(b.ownerToken, "POST", locationPath, body).refused(t, 400, c.reason)
		})
	}
}

func TestOtherLocations(t *testing.T) {
	b := newFileBench(t)
	google, proxy, sftp := b.google(), b.proxy(b.project), b.sftp(true)
	get := func(id int64) map[string]any {
		got := b.as(200, "GET", fmt.Sprintf("%s/%d", locationPath, id), nil)
		for _, set := range []string{"storageLocationId", "etag", "createdOn"} {
			delete(got, set)
		}
		return got
	}
	by := float64(b.owner)
	for id, want := range map[int64]map[string]any{
		google: {"concreteType": synapse.TypeGoogleStorageLocation, "uploadType": "GOOGLECLOUDSTORAGE",
			"bucket": labBucket, "baseKey": "g", "createdBy": by},
		proxy: {"concreteType": synapse.TypeProxyStorageLocation, "uploadType": "SFTP",
			"proxyUrl": "https://proxy.org/p", "secretKey": secretKey, "benefactorId": b.project, "createdBy": by},
		sftp: {"concreteType": synapse.TypeExternalStorageLocation, "uploadType": "SFTP",
			"url": "sftp://host.org/up", "supportsSubfolders": true, "createdBy": by},
	} {
		if diff := cmp.Diff(want, get(id)); diff != "" {
			t.Errorf("location (-want +got):\n%s", diff)
		}
	}
	if again := b.proxy(b.project); again != proxy {
		t.Errorf("an equal proxy is location %d, want %d", again, proxy)
	}
	other := b.locationOf(b.ownerToken, map[string]any{
		"concreteType": synapse.TypeProxyStorageLocation, "proxyUrl": "https://proxy.org/p",
		"secretKey": secretKey + "x", "uploadType": "SFTP", "benefactorId": b.project,
	})
	if other == proxy {
		t.Error("another key makes no other location")
	}
	// What a type doesn't have is not kept: none of these can enable STS.
	enabled := b.locationOf(b.ownerToken, map[string]any{
		"concreteType": synapse.TypeExternalStorageLocation, "url": "https://x.org", "stsEnabled": true,
		"bucket": "b", "baseKey": "k",
	})
	if got := get(enabled); got["stsEnabled"] != nil || got["bucket"] != nil || got["uploadType"] != "NONE" {
		t.Errorf("stored %v", got)
	}
	folder := b.folder("f")
	b.setting(folder, enabled)
	b.call(b.ownerToken, "GET", "/repo/v1/entity/"+folder+"/sts?permission=read_only", nil).
		refused(t, 400, "Entity must have an STS-enabled storage location")
}

func TestOtherDestinations(t *testing.T) {
	b := newFileBench(t)
	google, proxy, far := b.google(), b.proxy(""), b.objectStore()
	flat, deep := b.sftp(false), b.sftp(true)
	folder := b.folder("a b'~")
	get := func(id int64) map[string]any {
		return b.as(200, "GET", fmt.Sprintf("/file/v1/entity/%s/uploadDestination/%d", folder, id), nil)
	}
	want := map[string]any{"concreteType": synapse.TypeGoogleDestination, "storageLocationId": float64(google),
		"uploadType": "GOOGLECLOUDSTORAGE", "bucket": labBucket, "baseKey": "g",
		"destinationProjectId": b.project,
		"projectStorageLocationUsage": map[string]any{
			"storageLocationId": float64(google), "sumFileBytes": 0.0, "isOverLimit": false,
		}}
	if diff := cmp.Diff(want, get(google)); diff != "" {
		t.Errorf("Google Cloud (-want +got):\n%s", diff)
	}
	first, second := get(far), get(far)
	if first["bucket"] != "far" || first["endpointUrl"] != "https://s3.example.org" ||
		first["keyPrefixUUID"] == second["keyPrefixUUID"] || first["stsEnabled"] != nil {
		t.Errorf("object store %v, then %v", first, second)
	}
	for id, pattern := range map[int64]string{
		flat: `^sftp://host.org/up/[0-9a-f-]{36}$`,
		deep: `^sftp://host.org/up/project/a%20b%27%7E/[0-9a-f-]{36}$`,
	} {
		if got := fmt.Sprint(get(id)["url"]); !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("URL %s, want %s", got, pattern)
		}
	}
	b.call(b.ownerToken, "GET", fmt.Sprintf("/file/v1/entity/%s/uploadDestination/%d", folder, proxy), nil).
		refused(t, 400, "Cannot handle upload destination location setting of type: "+
			synapse.TypeProxyStorageLocation)
	path := "/file/v1/entity/%s/uploadDestination/%d"
	b.call(b.other, "GET", fmt.Sprintf(path, folder, flat), nil).
		refused(t, 403, "You lack READ access to the requested entity.")
	if a := b.call(b.other, "GET", fmt.Sprintf(path, folder, google), nil); a.status != 200 {
		t.Errorf("Google Cloud for a stranger: %d %s", a.status, a.text)
	}
	b.call(b.ownerToken, "GET", fmt.Sprintf(path, "syn1", flat), nil).
		refused(t, 404, "Resource: 'syn1' does not exist")
}

// refusal is a request that is refused.
type refusal struct {
	name, token string
	set         map[string]any // replaces fields; nil takes one away
	status      int
	reason      string
}

// refuse sends a request with changes.
func (b *fileBench) refuse(path string, whole map[string]any, tests []refusal) {
	b.t.Helper()
	for _, test := range tests {
		b.t.Run(test.name, func(t *testing.T) {
			body := maps.Clone(whole)
			maps.Copy(body, test.set)
			maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
			b.in(t).call(test.token, "POST", path, body).refused(t, test.status, test.reason)
		})
	}
}

func TestRegisterProxied(t *testing.T) {
	b := newFileBench(t)
	now := time.UnixMilli(1_700_000_000_000)
	b.start(emulator.Options{Storage: b.storage, Now: func() time.Time { return now }})
	shared, closed, far := b.proxy(b.project), b.proxy(""), b.objectStore()
	whole := map[string]any{"concreteType": synapse.TypeProxyFileHandle, "contentMd5": emptyMD5,
		"contentSize": 5, "contentType": "text/plain", "fileName": "a.txt", "filePath": "/a/b",
		"storageLocationId": closed}
	const notYours = "Only the creator of the ProxyStorageLocationSettings or a user with the 'create' " +
		"permission on ProxyStorageLocationSettings.benefactorId can create a ProxyFileHandle using this " +
		"storage location ID."
	missing := func(field, blank string) refusal {
		return refusal{"no " + field, b.ownerToken, map[string]any{field: nil}, 400,
			"ProxyFileHandle." + field + " is required" + blank + "."}
	}
	const empty = " and must not be the empty string"
	b.refuse(externalPath, whole, []refusal{
		{"nobody", "", nil, 403, "Anonymous cannot upload files."},
		missing("contentMd5", empty), missing("contentSize", ""), missing("contentType", empty),
		missing("fileName", empty), missing("filePath", empty), missing("storageLocationId", ""),
		{"unknown location", b.ownerToken, map[string]any{"storageLocationId": 99}, 404,
			"Storage location setting: '99' does not exist"},
		{"another location", b.ownerToken, map[string]any{"storageLocationId": far, "contentMd5": "x"}, 400,
			"ProxyFileHandle.storageLocationId must refer to a valid ProxyStorageLocationSettings."},
		{"bad MD5", b.other, map[string]any{"contentMd5": "x"}, 400,
			"The content MD5 digest must be a valid hexadecimal string of length 32."},
		{"another's proxy", b.other, nil, 403, notYours},
		{"one that others share, but not with the caller", b.other,
			map[string]any{"storageLocationId": shared}, 403, notYours},
		{"long path", b.ownerToken, map[string]any{"filePath": strings.Repeat("x", 701)}, 400,
			"Data truncation: Data too long for column 'KEY' at row 1"},
	})
	b.share(b.project, "READ", "CREATE")
	whole["storageLocationId"] = shared
	if a := b.call(b.other, "POST", externalPath, whole); a.status != 200 {
		t.Errorf("a creator in the benefactor: %d %s", a.status, a.text)
	}
	delete(whole, "concreteType")
	h := b.as(200, "POST", externalPath+"/proxy", whole)
	if h["filePath"] != "/a/b" || h["concreteType"] != synapse.TypeProxyFileHandle {
		t.Errorf("stored %v", h)
	}
	url := b.call(b.ownerToken, "GET", fmt.Sprintf("/file/v1/fileHandle/%s/url?redirect=false", h["id"]), nil).text
	pattern := `^https://proxy.org/p/sftp/a/b\?fileName=a.txt&contentType=text%2Fplain&contentMD5=` + emptyMD5 +
		`&contentSize=5&expiration=1700000030000&hmacSignature=[0-9a-f]{40}$`
	if !regexp.MustCompile(pattern).MatchString(url) {
		t.Errorf("URL %s, want %s", url, pattern)
	}
}

func TestRegisterInAnObjectStore(t *testing.T) {
	b := newFileBench(t)
	far, proxy := b.objectStore(), b.proxy("")
	whole := map[string]any{"concreteType": synapse.TypeObjectStoreFileHandle, "contentMd5": emptyMD5,
		"contentSize": 5, "fileKey": "a/b c", "storageLocationId": far}
	const class = "ExternalObjectStoreFileHandle."
	b.refuse(externalPath, whole, []refusal{
		{"no location", b.ownerToken, map[string]any{"storageLocationId": nil}, 400,
			class + "storageLocationId is required."},
		{"no size", b.ownerToken, map[string]any{"contentSize": nil}, 400, class + "contentSize is required."},
		{"no MD5", b.ownerToken, map[string]any{"contentMd5": nil}, 400,
			"FileHandle.contentMd5 is required and must not be the empty string."},
		{"no key", b.ownerToken, map[string]any{"fileKey": ""}, 400,
			class + "fileKey is required and must not be the empty string."},
		{"bad MD5", b.ownerToken, map[string]any{"contentMd5": "x", "storageLocationId": 99}, 400,
			"The content MD5 digest must be a valid hexadecimal string of length 32."},
		{"unknown location", b.ownerToken, map[string]any{"storageLocationId": 99}, 404,
			"Storage location setting: '99' does not exist"},
		{"another location", b.ownerToken, map[string]any{"storageLocationId": proxy}, 400, fmt.Sprintf(
			"StorageLocationSetting.id=%d was type:%snot of the expected type: %s", proxy,
			synapse.TypeProxyStorageLocation, synapse.TypeObjectStoreStorageLocation)},
	})
	whole["endpointUrl"], whole["bucket"], whole["bucketName"] = "https://elsewhere.org", "other", "b"
	a := b.call(b.other, "POST", externalPath, whole)
	h := a.doc
	if a.status != 200 || h["endpointUrl"] != "https://s3.example.org" || h["bucket"] != "far" ||
		h["bucketName"] != nil || h["contentType"] != "NOT_SET" {
		t.Errorf("stored %s, want endpoint and bucket of the location", a.text)
	}
	got := b.call(b.other, "GET", fmt.Sprintf("/file/v1/fileHandle/%s/url?redirect=false", h["id"]), nil).text
	if want := "https://s3.example.org/far/a/b c"; got != want {
		t.Errorf("URL %s, want %s", got, want)
	}
}

func TestRegisterInGoogleCloud(t *testing.T) {
	b := newFileBench(t)
	google := b.google()
	s3 := b.external(b.owner, labBucket, "", false)
	md5 := b.put(labBucket, "outside the base key", "12345")
	path := externalPath + "/googleCloud"
	whole := map[string]any{"concreteType": synapse.TypeGoogleFileHandle, "storageLocationId": google,
		"bucketName": labBucket, "key": "outside the base key", "contentMd5": md5}
	b.refuse(path, whole, []refusal{
		{"nobody", "", nil, 403, "Anonymous cannot upload files."},
		{"no key", b.ownerToken, map[string]any{"key": nil}, 400,
			"FileHandle.key is required and must not be the empty string."},
		{"another location", b.ownerToken, map[string]any{"storageLocationId": s3}, 400, fmt.Sprintf(
			"StorageLocationSetting.id=%d was not of the expected type: %s", s3, synapse.TypeGoogleStorageLocation)},
		{"another bucket", b.ownerToken, map[string]any{"bucketName": otherBucket}, 400, fmt.Sprintf("The bucket "+
			"for ExternalGoogleCloudStorageLocationSetting.id=%d does not match the provided bucket: other-lab", google)},
		{"another's location", b.other, nil, 403, fmt.Sprintf("Only the creator of "+
			"ExternalGoogleCloudStorageLocationSetting.id=%d can create an external GoogleCloudFileHandle "+
			"with storageLocationId = %[1]d", google)},
		{"no object", b.ownerToken, map[string]any{"key": "gone"}, 400,
			"Unable to access the file at bucket: lab-data key: gone."},
	})
	h := b.as(200, "POST", path, whole)
	if h["contentSize"] != 5.0 || h["concreteType"] != synapse.TypeGoogleFileHandle {
		t.Errorf("stored %v", h)
	}
	file := b.file("f", fmt.Sprint(h["id"]))
	batch := b.as(201, "POST", "/file/v1/fileHandle/batch", map[string]any{
		"includeFileHandles": true, "includePreSignedURLs": true, "requestedFiles": []any{map[string]any{
			"fileHandleId": h["id"], "associateObjectId": file, "associateObjectType": "FileEntity"}}})
	one := batch["requestedFiles"].([]any)[0].(map[string]any)
	if got := b.presigned("GET", fmt.Sprint(one["preSignedURL"]), nil, ""); got.text != "12345" {
		t.Errorf("downloaded %d %q", got.status, got.text)
	}
	copied := b.as(200, "POST", "/file/v1/filehandles/copy", map[string]any{"copyRequests": []any{map[string]any{
		"originalFile": map[string]any{"fileHandleId": h["id"], "associateObjectId": file,
			"associateObjectType": "FileEntity"}}}})
	result := copied["copyResults"].([]any)[0].(map[string]any)["newFileHandle"].(map[string]any)
	if result["concreteType"] != synapse.TypeGoogleFileHandle || result["key"] != h["key"] {
		t.Errorf("copy %v", result)
	}
	for range 2 { // those of another cloud don't count
		b.e.AddFileHandle(synapse.FileHandle{BucketName: labBucket, Key: "outside the base key"})
	}
	b.as(200, "DELETE", fmt.Sprint("/file/v1/fileHandle/", result["id"]), nil)
	if _, there := b.object(labBucket, "outside the base key"); there {
		t.Error("the object is there: the server deletes it while one other handle is left")
	}
}

// TestGoogleCloudInSTSAndCopies: its handles are refused where STS is, and
// by server-side copies.
func TestGoogleCloudInSTSAndCopies(t *testing.T) {
	b := newFileBench(t)
	google := b.google()
	md5 := b.put(labBucket, "k", "12345")
	h := b.as(200, "POST", externalPath+"/googleCloud", map[string]any{"storageLocationId": google,
		"bucketName": labBucket, "key": "k", "contentMd5": md5})
	sts := b.external(b.owner, otherBucket, "base", true)
	folder := b.folder("sts")
	b.setting(folder, sts)
	b.call(b.ownerToken, "POST", "/repo/v1/entity", map[string]any{"concreteType": synapse.TypeFile, "name": "f",
		"parentId": folder, "dataFileHandleId": h["id"]}).
		refused(t, 400, "Folders with STS-enabled storage locations can only accept files with the same storage location")
	b.call(b.ownerToken, "POST", multipartPath, copyRequest(fmt.Sprint(h["id"]), sts)).
		refused(t, 400, "The file handle must point to an S3 location.")
	s3 := b.handle("s3").ID
	b.call(b.ownerToken, "POST", multipartPath, copyRequest(s3, google)).
		refused(t, 400, "Copying from a Google Cloud Bucket is not supported yet.")
	proxied := b.as(200, "POST", externalPath+"/proxy", map[string]any{"contentMd5": emptyMD5, "contentSize": 5,
		"contentType": "text/plain", "fileName": "a", "filePath": "a", "storageLocationId": b.proxy("")})
	b.call(b.ownerToken, "POST", multipartPath, copyRequest(fmt.Sprint(proxied["id"]), sts)).
		refused(t, 400, "The source file must be stored in a cloud bucket accessible by Synapse.")
}
