package emulator_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// ownerStorage is an S3 whose every object is the same text, for tests of
// what that text does.
type ownerStorage struct {
	emulator.Storage
	text string
}

func (ownerStorage) Region(context.Context, string) (string, error) { return "us-east-1", nil }

func (s ownerStorage) Read(context.Context, string, string, int64) ([]byte, error) {
	return []byte(s.text), nil
}

func (s ownerStorage) Head(context.Context, string, string) (emulator.ObjectInfo, error) {
	return emulator.ObjectInfo{SizeBytes: int64(len(s.text)), ETag: "e"}, nil
}

func (ownerStorage) CreateUpload(context.Context, string, string, string) (string, error) {
	return "upload", nil
}

func (ownerStorage) PresignGet(
	context.Context, string, string, string, string, time.Duration,
) (string, error) {
	return "http://s3.example/object", nil
}

// post sends one body as a new user and returns the answer.
func post(e *emulator.Emulator, token, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// FuzzFileBodies sends any body to the calls on files and storage: they
// answer in the server's form, a refusal leaves Synapse as it was, and none
// of them is the server's fault.
func FuzzFileBodies(f *testing.F) {
	paths := []string{
		registerPath, "/file/v1/externalFileHandle", "/file/v1/fileHandle/batch",
		"/file/v1/filehandles/copy", multipartPath, locationPath, settingPath,
		externalPath + "/googleCloud", externalPath + "/proxy",
	}
	for i, body := range []string{
		`{"storageLocationId":5,"bucketName":"b","key":"k/../k","contentMd5":"` + emptyMD5 + `"}`,
		`{"concreteType":"` + synapse.TypeExternalFileHandle + `","externalURL":"https://x/%zz"}`,
		`{"requestedFiles":[{"fileHandleId":"7","associateObjectId":"syn4489",` +
			`"associateObjectType":"FileEntity"}],"includePreSignedURLs":true}`,
		`{"copyRequests":[{"originalFile":{"fileHandleId":"7","associateObjectId":"0",` +
			`"associateObjectType":"TableEntity"}}]}`,
		`{"fileName":"a","fileSizeBytes":9223372036854775807,"partSizeBytes":5242880,` +
			`"contentMD5Hex":"x","storageLocationId":-1}`,
		`{"concreteType":"` + synapse.TypeExternalS3StorageLocation + `","bucket":"b.c","baseKey":"/"}`,
		`{"concreteType":"` + synapse.TypeUploadSetting + `","projectId":"4489","locations":[1,5]}`,
		`{"concreteType":"` + synapse.TypeProxyStorageLocation + `","proxyUrl":"https://%zz",` +
			`"secretKey":"` + strings.Repeat("k", 36) + `"}`,
		`{"concreteType":"` + synapse.TypeExternalStorageLocation + `","url":"sftp:///"}`,
		`{"concreteType":"` + synapse.TypeGoogleStorageLocation + `","bucket":"b","baseKey":" / "}`,
		`{"concreteType":"` + synapse.TypeObjectStoreFileHandle + `","storageLocationId":6,"contentSize":-1,` +
			`"contentMd5":"` + emptyMD5 + `","fileKey":"/"}`,
		`{"concreteType":"` + synapse.TypeProxyFileHandle + `","storageLocationId":8,"contentSize":0,` +
			`"contentMd5":"` + emptyMD5 + `","fileName":"n","filePath":"%zz","contentType":"t"}`,
		`null`, `[]`, `{`, `{"locations":null,"requestedFiles":[null],"copyRequests":[null]}`,
	} {
		for p := range paths {
			f.Add(uint8(p), body)
		}
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		e := emulator.New(emulator.Options{Storage: ownerStorage{text: "u"}, Bucket: "own"})
		owner := e.AddUser(emulator.User{Name: "u", Certified: true})
		e.AddStorageLocation(synapse.StorageLocation{
			StorageLocationID: 5, CreatedBy: owner, Bucket: "b", BaseKey: "k",
			ConcreteType: synapse.TypeExternalS3StorageLocation,
		})
		for id, kind := range map[int64]string{
			6: synapse.TypeObjectStoreStorageLocation, 8: synapse.TypeProxyStorageLocation,
		} {
			e.AddStorageLocation(synapse.StorageLocation{
				StorageLocationID: id, CreatedBy: owner, ConcreteType: kind,
			})
		}
		e.AddFileHandle(synapse.FileHandle{ID: "7", BucketName: "b", Key: "k"})
		before := e.Snapshot()
		path := paths[int(which)%len(paths)]
		w := post(e, e.AddToken(owner, nil, 0), path, body)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		if w.Code < http.StatusBadRequest {
			return
		}
		var failure struct{ Reason string }
		if err := json.Unmarshal(w.Body.Bytes(), &failure); err != nil || failure.Reason == "" {
			t.Errorf("%s: %d without a reason: %s", path, w.Code, w.Body)
		}
		if diff := cmp.Diff(e.Snapshot(), before); diff != "" {
			t.Errorf("%s: refused, yet changed:\n%s", path, diff)
		}
	})
}

// FuzzOwnerFile reads any owner file: it is refused or accepted, and accepted
// only where it names the user.
func FuzzOwnerFile(f *testing.F) {
	for _, text := range []string{
		"ada", "", ",", "x,ADA\r\n", "\rada", "x\n\nada ", "\uFEFFada", "ada\x00", "\xffada",
		strings.Repeat("\n", 99) + "ada", strings.Repeat("\n", 100) + "ada",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e := emulator.New(emulator.Options{Storage: ownerStorage{text: text}})
		token := e.AddToken(e.AddUser(emulator.User{Name: "ada", ID: 987654321}), nil, 0)
		w := post(e, token, locationPath, `{"bucket":"b","concreteType":"`+
			synapse.TypeExternalS3StorageLocation+`"}`)
		named := strings.Contains(strings.ToLower(text), "ada") || strings.Contains(text, "987654321")
		switch {
		case w.Code == http.StatusCreated && !named:
			t.Errorf("owner file %q: accepted, but doesn't name the user", text)
		case w.Code != http.StatusCreated && w.Code != http.StatusBadRequest:
			t.Errorf("owner file %q: status %d: %s", text, w.Code, w.Body)
		case w.Code != http.StatusCreated && text == "ada":
			t.Errorf("owner file %q: refused: %s", text, w.Body)
		}
	})
}
