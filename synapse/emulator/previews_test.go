package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// newPreviewBench has previews switched on.
func newPreviewBench(t *testing.T) *fileBench {
	t.Helper()
	b := newFileBench(t)
	b.start(emulator.Options{Storage: b.storage, Bucket: synapseBucket, Previews: true})
	return b
}

// keys are those of the objects in a bucket.
func (b *fileBench) keys(bucket string) []string {
	b.t.Helper()
	out, err := b.s3.ListObjectsV2(b.t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		b.t.Fatal(err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func TestPreviewOfARegistration(t *testing.T) {
	b := newPreviewBench(t)
	location := b.external(b.owner, labBucket, "data", true)
	const body = "ä,b\n"
	md5 := b.put(labBucket, "data/a.csv", strings.Repeat(body, 1000))
	answered := b.as(200, "POST", registerPath, registration(location, map[string]any{"contentMd5": md5}))
	if answered["previewId"] != nil {
		t.Errorf("answered %v, want the handle without its preview", answered)
	}
	path := fmt.Sprint("/file/v1/fileHandle/", answered["id"])
	h := b.as(200, "GET", path, nil)
	if h["previewId"] == nil || h["etag"] == answered["etag"] {
		t.Fatalf("handle %v, want a preview and another etag", h)
	}
	p := b.as(200, "GET", fmt.Sprint("/file/v1/fileHandle/", h["previewId"]), nil)
	key := fmt.Sprint(p["key"])
	pattern := fmt.Sprintf(`^data/%d/[0-9a-f-]{36}/[0-9a-f-]{36}$`, b.owner)
	if !regexp.MustCompile(pattern).MatchString(key) {
		t.Errorf("key %s, want %s", key, pattern)
	}
	for field, want := range map[string]any{
		"isPreview": true, "previewId": nil, "bucketName": labBucket, "storageLocationId": float64(location),
		"contentType": "text/csv", "fileName": "preview.csv", "contentMd5": nil,
		"createdBy": fmt.Sprint(b.owner),
	} {
		if p[field] != want {
			t.Errorf("%s of the preview is %v, want %v", field, p[field], want)
		}
	}
	content, there := b.object(labBucket, key)
	if want := strings.Repeat(body, 375); !there || content != want {
		t.Errorf("preview of %d bytes, want the first 1500 characters, %d bytes", len(content), len(want))
	}
	b.as(200, "DELETE", path, nil)
	if left := b.keys(labBucket); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhichHandlesGetAPreview(t *testing.T) {
	b := newPreviewBench(t)
	location := b.external(b.owner, labBucket, "", false)
	md5 := b.put(labBucket, "k", "content")
	b.put(labBucket, "empty", "")
	const sheet = "application/vnd.ms-excel"
	for _, c := range []struct {
		name string
		set  map[string]any
		want string // the preview's name, empty for none
	}{
		{"text", map[string]any{"contentType": "TEXT/x-unknown; charset=utf-8"}, "preview.txt"},
		{"script", map[string]any{"contentType": "application/x-sh"}, "preview.txt"},
		{"tabs", map[string]any{"contentType": "text/tsv"}, "preview.csv"},
		{"zip", map[string]any{"contentType": "application/zip"}, "preview.csv"},
		{"image", map[string]any{"contentType": "image/png"}, "preview.png"},
		{"a spreadsheet's type for a text", map[string]any{"contentType": sheet, "fileName": "a.CSV"}, "preview.csv"},
		{"a spreadsheet", map[string]any{"contentType": sheet, "fileName": "a.xls"}, ""},
		{"neutral", map[string]any{"contentType": "application/octet-stream"}, ""},
		{"no type", map[string]any{"contentType": nil}, ""},
		{"empty", map[string]any{"key": "empty"}, ""},
		{"size zero", map[string]any{"contentSize": 0}, ""},
		{"a preview already", map[string]any{"previewId": "5"}, ""},
		{"a text that takes too much memory", map[string]any{"contentType": "text/plain", "contentSize": 1<<30 + 1}, ""},
		{"a table takes little", map[string]any{"contentSize": 1 << 40}, "preview.csv"},
		{"an image that takes too much memory", map[string]any{"contentType": "image/png", "contentSize": 20_000_000}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := b.in(t)
			set := map[string]any{"key": "k", "contentMd5": md5}
			for k, v := range c.set {
				set[k] = v
			}
			before := len(b.keys(labBucket))
			id := b.as(200, "POST", registerPath, registration(location, set))["id"]
			h := b.as(200, "GET", fmt.Sprint("/file/v1/fileHandle/", id), nil)
			added := len(b.keys(labBucket)) - before
			if c.want == "" {
				if added != 0 || h["previewId"] != nil && h["previewId"] != "5" {
					t.Errorf("handle %v and %d more objects, want no preview", h, added)
				}
				return
			}
			if added != 1 || h["previewId"] == nil {
				t.Fatalf("handle %v and %d more objects, want a preview", h, added)
			}
			p := b.as(200, "GET", fmt.Sprint("/file/v1/fileHandle/", h["previewId"]), nil)
			if p["fileName"] != c.want {
				t.Errorf("preview %v, want %s", p["fileName"], c.want)
			}
			content, _ := b.object(labBucket, fmt.Sprint(p["key"]))
			if _, err := png.Decode(bytes.NewReader([]byte(content))); (err == nil) != (c.want == "preview.png") {
				t.Errorf("content %q: %v", content, err)
			}
		})
	}
}

func TestPreviewsOfOtherNewHandles(t *testing.T) {
	b := newPreviewBench(t)
	google := b.google()
	md5 := b.put(labBucket, "k", "content")
	registered := b.as(200, "POST", externalPath+"/googleCloud", map[string]any{"storageLocationId": google,
		"bucketName": labBucket, "key": "k", "contentMd5": md5, "contentType": "text/plain"})
	upload := func(set map[string]any) string {
		id := b.startUpload(set)
		b.sendPart(id, 1, "abc")
		b.addPart(id, 1, md5Of("abc"))
		return b.complete(id)["resultFileHandleId"].(string)
	}
	uploaded := upload(map[string]any{"fileSizeBytes": 3})
	unwanted := upload(map[string]any{"fileSizeBytes": 3, "generatePreview": false})
	inGoogle := upload(map[string]any{"fileSizeBytes": 3, "storageLocationId": google})
	copied := b.as(200, "POST", "/file/v1/filehandles/copy", map[string]any{"copyRequests": []any{map[string]any{
		"originalFile": map[string]any{"fileHandleId": uploaded, "associateObjectId": b.project,
			"associateObjectType": "FileEntity"}}}})
	copy := copied["copyResults"].([]any)[0].(map[string]any)["newFileHandle"].(map[string]any)["id"]
	renamed := b.as(201, "POST", "/file/v1/fileHandle/"+uploaded+"/copy?contentType=text/plain", nil)["id"]
	for name, id := range map[string]any{
		"Google Cloud": registered["id"], "uploaded": uploaded, "uploaded to Google Cloud": inGoogle,
		"copied": copy, "copied under another type": renamed,
	} {
		h := b.as(200, "GET", fmt.Sprint("/file/v1/fileHandle/", id), nil)
		if h["previewId"] == nil || h["previewId"] == id {
			t.Errorf("%s: handle %v, want a preview", name, h)
			continue
		}
		p := b.as(200, "GET", fmt.Sprint("/file/v1/fileHandle/", h["previewId"]), nil)
		if p["concreteType"] != h["concreteType"] || p["bucketName"] != h["bucketName"] {
			t.Errorf("%s: preview %v of %v, want one in the same bucket", name, p, h)
		}
	}
	if h := b.as(200, "GET", "/file/v1/fileHandle/"+inGoogle, nil); h["concreteType"] != synapse.TypeGoogleFileHandle {
		t.Errorf("uploaded to Google Cloud: %v", h)
	}
	if h := b.as(200, "GET", "/file/v1/fileHandle/"+unwanted, nil); h["previewId"] != unwanted {
		t.Errorf("handle %v, want no preview: none was wanted", h)
	}
}

func TestPreviewThatCannotBeWritten(t *testing.T) {
	b := newPreviewBench(t)
	location := b.external(b.owner, labBucket, "", false)
	b.put(labBucket, "data/a.csv", "a,b")
	b.storage.writes = errors.New("Access Denied")
	id := b.as(200, "POST", registerPath, registration(location, nil))["id"]
	if h := b.as(200, "GET", fmt.Sprint("/file/v1/fileHandle/", id), nil); h["previewId"] != nil {
		t.Errorf("handle %v, want no preview", h)
	}
}

func TestNoPreviewsUnlessSwitchedOn(t *testing.T) {
	b := newFileBench(t)
	location := b.external(b.owner, labBucket, "", false)
	b.put(labBucket, "data/a.csv", "a,b")
	b.as(200, "POST", registerPath, registration(location, nil))
	if got := b.keys(labBucket); len(got) != 1 {
		t.Errorf("objects %v, want the one that was put there", got)
	}
}
