package synapse

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

// TestCalls checks what each call sends, and how often it is sent when its
// answers are lost: creates once, guarded writes and reads again.
func TestCalls(t *testing.T) {
	const file = "/file/v1/file/multipart"
	tests := []struct {
		name    string
		call    func(context.Context, *Client) error
		want    string
		repeats bool
	}{
		{"Me", func(ctx context.Context, c *Client) error { _, err := c.Me(ctx); return err },
			"GET /repo/v1/userProfile", true},
		{"Entity", func(ctx context.Context, c *Client) error { _, err := c.Entity(ctx, "syn1"); return err },
			"GET /repo/v1/entity/syn1", true},
		{"CreateEntity", func(ctx context.Context, c *Client) error {
			_, err := c.CreateEntity(ctx, Entity{ConcreteType: TypeFolder, Name: "a", ParentID: "syn1"})
			return err
		}, `POST /repo/v1/entity {"concreteType":"` + TypeFolder + `","name":"a","parentId":"syn1"}`, false},
		{"UpdateEntity", func(ctx context.Context, c *Client) error {
			_, err := c.UpdateEntity(ctx, Entity{ID: "syn1", Etag: "e"}, false)
			return err
		}, `PUT /repo/v1/entity/syn1 {"concreteType":"","id":"syn1","etag":"e"}`, true},
		{"UpdateEntity, new version, no etag", func(ctx context.Context, c *Client) error {
			_, err := c.UpdateEntity(ctx, Entity{ID: "syn1"}, true)
			return err
		}, `PUT /repo/v1/entity/syn1?newVersion=true {"concreteType":"","id":"syn1"}`, false},
		{"ChildID", func(ctx context.Context, c *Client) error { _, err := c.ChildID(ctx, "syn1", "a/b"); return err },
			`POST /repo/v1/entity/child {"parentId":"syn1","entityName":"a/b"}`, true},
		{"ChildrenPage", func(ctx context.Context, c *Client) error {
			_, err := c.ChildrenPage(ctx, ChildrenRequest{ParentID: "syn1", IncludeTypes: []string{"file"}})
			return err
		}, `POST /repo/v1/entity/children {"parentId":"syn1","includeTypes":["file"]}`, true},
		{"Path", func(ctx context.Context, c *Client) error { _, err := c.Path(ctx, "syn1"); return err },
			"GET /repo/v1/entity/syn1/path", true},
		{"Headers", func(ctx context.Context, c *Client) error {
			_, err := c.Headers(ctx, []Reference{{TargetID: "syn1"}})
			return err
		}, `POST /repo/v1/entity/header {"references":[{"targetId":"syn1"}]}`, true},
		{"Bundle", func(ctx context.Context, c *Client) error {
			_, err := c.Bundle(ctx, "syn1", BundleRequest{IncludeEntity: true})
			return err
		}, `POST /repo/v1/entity/syn1/bundle2 {"includeEntity":true}`, true},
		{"CreateBundle", func(ctx context.Context, c *Client) error {
			_, err := c.CreateBundle(ctx, BundleCreate{Entity: &Entity{ConcreteType: "x"}})
			return err
		}, `POST /repo/v1/entity/bundle2/create {"entity":{"concreteType":"x"}}`, false},
		{"Versions", func(ctx context.Context, c *Client) error { _, err := c.Versions(ctx, "syn1", 10, 5); return err },
			"GET /repo/v1/entity/syn1/version?limit=5&offset=10", true},
		{"Annotations", func(ctx context.Context, c *Client) error { _, err := c.Annotations(ctx, "syn1"); return err },
			"GET /repo/v1/entity/syn1/annotations2", true},
		{"UpdateAnnotations", func(ctx context.Context, c *Client) error {
			_, err := c.UpdateAnnotations(ctx, Annotations{ID: "syn1", Etag: "e"})
			return err
		}, `PUT /repo/v1/entity/syn1/annotations2 {"id":"syn1","etag":"e","annotations":null}`, true},
		{"Permissions", func(ctx context.Context, c *Client) error { _, err := c.Permissions(ctx, "syn1"); return err },
			"GET /repo/v1/entity/syn1/permissions", true},
		{"ACL", func(ctx context.Context, c *Client) error { _, err := c.ACL(ctx, "syn1"); return err },
			"GET /repo/v1/entity/syn1/acl", true},
		{"Benefactor", func(ctx context.Context, c *Client) error { _, err := c.Benefactor(ctx, "syn1"); return err },
			"GET /repo/v1/entity/syn1/benefactor", true},
		{"RegisterS3Object", func(ctx context.Context, c *Client) error {
			_, err := c.RegisterS3Object(ctx, FileHandle{ConcreteType: "x", Key: "k", StorageLocationID: ptr(int64(5))})
			return err
		}, `POST /file/v1/externalFileHandle/s3 {"concreteType":"x","storageLocationId":5,"key":"k"}`, false},
		{"FileHandle", func(ctx context.Context, c *Client) error { _, err := c.FileHandle(ctx, "9"); return err },
			"GET /file/v1/fileHandle/9", true},
		{"FileHandles", func(ctx context.Context, c *Client) error {
			_, err := c.FileHandles(ctx, BatchFileRequest{IncludeFileHandles: true})
			return err
		}, `POST /file/v1/fileHandle/batch {"requestedFiles":null,"includeFileHandles":true,` +
			`"includePreSignedURLs":false,"includePreviewPreSignedURLs":false}`, true},
		{"CopyFileHandles", func(ctx context.Context, c *Client) error {
			_, err := c.CopyFileHandles(ctx, CopyHandlesRequest{})
			return err
		}, `POST /file/v1/filehandles/copy {"copyRequests":null}`, false},
		{"StartMultipart", func(ctx context.Context, c *Client) error {
			_, err := c.StartMultipart(ctx, MultipartRequest{ConcreteType: "x", PartSizeBytes: 1}, false)
			return err
		}, "POST " + file + ` {"concreteType":"x","partSizeBytes":1}`, true},
		{"StartMultipart, restart", func(ctx context.Context, c *Client) error {
			_, err := c.StartMultipart(ctx, MultipartRequest{ConcreteType: "x", PartSizeBytes: 1}, true)
			return err
		}, "POST " + file + `?forceRestart=true {"concreteType":"x","partSizeBytes":1}`, false},
		{"PartURLs", func(ctx context.Context, c *Client) error {
			_, err := c.PartURLs(ctx, "77", PartURLsRequest{PartNumbers: []int64{1, 2}})
			return err
		}, "POST " + file + `/77/presigned/url/batch {"partNumbers":[1,2]}`, true},
		{"AddPart", func(ctx context.Context, c *Client) error { _, err := c.AddPart(ctx, "77", 3, "abc"); return err },
			"PUT " + file + "/77/add/3?partMD5Hex=abc", false},
		{"CompleteMultipart", func(ctx context.Context, c *Client) error { _, err := c.CompleteMultipart(ctx, "77"); return err },
			"PUT " + file + "/77/complete", true},
		{"StorageLocation", func(ctx context.Context, c *Client) error { _, err := c.StorageLocation(ctx, 5); return err },
			"GET /repo/v1/storageLocation/5", true},
		{"CreateStorageLocation, external", func(ctx context.Context, c *Client) error {
			_, err := c.CreateStorageLocation(ctx, StorageLocation{ConcreteType: "x", StsEnabled: ptr(true)})
			return err
		}, `POST /repo/v1/storageLocation {"concreteType":"x","stsEnabled":true}`, true},
		{"CreateStorageLocation, managed", func(ctx context.Context, c *Client) error {
			_, err := c.CreateStorageLocation(ctx,
				StorageLocation{ConcreteType: TypeS3StorageLocation, StsEnabled: ptr(true)})
			return err
		}, `POST /repo/v1/storageLocation {"concreteType":"` + TypeS3StorageLocation + `","stsEnabled":true}`, false},
		{"UploadSetting", func(ctx context.Context, c *Client) error { _, err := c.UploadSetting(ctx, "syn1"); return err },
			"GET /repo/v1/projectSettings/syn1/type/upload", true},
		{"CreateUploadSetting", func(ctx context.Context, c *Client) error {
			_, err := c.CreateUploadSetting(ctx, UploadSetting{ConcreteType: "x"})
			return err
		}, `POST /repo/v1/projectSettings {"concreteType":"x","projectId":"","settingsType":"","locations":null}`, false},
		{"UploadDestination", func(ctx context.Context, c *Client) error { _, err := c.UploadDestination(ctx, "syn1"); return err },
			"GET /file/v1/entity/syn1/uploadDestination", true},
		{"STSCredentials", func(ctx context.Context, c *Client) error {
			_, err := c.STSCredentials(ctx, "syn1", STSReadOnly)
			return err
		}, "GET /repo/v1/entity/syn1/sts?permission=read_only", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkCall(t, tt.call, tt.want, tt.repeats) })
		})
	}
}

// answerTo has what all documents must have, to the calls that are made here.
func answerTo(call string) string {
	restrictions := `[{"restrictionLevel":"OPEN"},{"restrictionLevel":"OPEN"}]`
	path, annotations := `[{}]`, `{}`
	if strings.Contains(call, "bundle2") {
		restrictions, path, annotations = "null", "null", `{"annotations":{}}`
	}
	return `{"ownerId":"1","id":"1","uploadId":"1","state":"UPLOADING","addPartState":"ADD_SUCCESS","concreteType":"x",
		"page":[],"results":[],"list":[],"children":[],"path":` + path + `,"resourceAccess":[],"locations":[1],"annotations":` + annotations + `,
		"requestedFiles":[],"copyResults":[],"ownerPrincipalId":1,"storageLocationId":1,"restrictionLevel":"OPEN",
		"accessKeyId":"a","secretAccessKey":"b","sessionToken":"c","entity":{"id":"1"},
		"partPresignedUrls":[{"partNumber":1,"uploadPresignedUrl":"u"},{"partNumber":2,"uploadPresignedUrl":"u"}],
		"restrictionInformation":` + restrictions + `}`
}

// checkCall makes a call that succeeds, and one whose answers are all lost.
func checkCall(t *testing.T, call func(context.Context, *Client) error, want string, repeats bool) {
	t.Helper()
	c, s := scripted(t, reply{status: 200, body: answerTo(want)})
	if err := call(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if s.asked[0] != want {
		t.Errorf("sent %s\nwant %s", s.asked[0], want)
	}
	if got := s.headers[0].Get("Authorization"); got != "Bearer secret" {
		t.Errorf("authorization %q", got)
	}
	attempts := 1
	if repeats {
		attempts = maxAttempts
	}
	c, s = scripted(t, reply{status: 504})
	if err := call(t.Context(), c); err == nil || len(s.asked) != attempts {
		t.Errorf("%d attempts without an answer, error %v; want %d attempts", len(s.asked), err, attempts)
	}
}

func TestAnswersAreDecoded(t *testing.T) {
	c, _ := scripted(t, reply{status: 200, body: `{"id":"syn7","unknown":{"a":[1]},"name":"a b"}`})
	got, err := c.Entity(t.Context(), "syn7")
	if diff := cmp.Diff(Entity{ID: "syn7", Name: "a b"}, got); err != nil || diff != "" {
		t.Errorf("error %v, entity (-want +got):\n%s", err, diff)
	}
	c, _ = scripted(t, reply{status: 200, body: `{"results":[{"id":"syn1"}],"totalNumberOfResults":1}`})
	headers, err := c.Headers(t.Context(), []Reference{{TargetID: "syn1"}, {TargetID: "syn2"}})
	if err != nil || len(headers) != 1 || headers[0].ID != "syn1" {
		t.Errorf("headers %v, error %v; want syn1 alone", headers, err)
	}
	if none, err := c.Headers(t.Context(), nil); len(none) != 0 || err != nil {
		t.Errorf("headers of nothing: %v, %v", none, err)
	}
	c, _ = scripted(t, reply{status: 200, body: `{"id":"syn11"}`})
	if id, err := c.ChildID(t.Context(), "syn1", "a"); id != "syn11" || err != nil {
		t.Errorf("child %q, %v; want syn11", id, err)
	}
}

func TestMe(t *testing.T) {
	tests := []struct{ name, owner, want string }{
		{"somebody", "3350396", "3350396"},
		{"nobody", "273950", ""},
		{"no owner at all", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := scripted(t, reply{status: 200, body: `{"ownerId":"` + tt.owner + `"}`})
			got, err := c.Me(t.Context())
			if got.OwnerID != tt.want {
				t.Errorf("owner %q, want %q", got.OwnerID, tt.want)
			}
			if anonymous := errors.Is(err, ErrAnonymous); anonymous != (tt.want == "") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestUploadSettingThatIsNotThere(t *testing.T) {
	for _, body := range []string{"", "null", " null\n"} {
		c, _ := scripted(t, reply{status: 200, body: body})
		if got, err := c.UploadSetting(t.Context(), "syn1"); got != nil || err != nil {
			t.Errorf("body %q: setting %v, error %v; want neither", body, got, err)
		}
	}
	c, _ := scripted(t, reply{status: 200, body: `{"id":"4","locations":[5]}`})
	got, err := c.UploadSetting(t.Context(), "syn1")
	if err != nil || got == nil || got.ID != "4" || len(got.Locations) != 1 {
		t.Errorf("setting %v, error %v; want number 4", got, err)
	}
}

func TestIDsCannotLeaveTheirPath(t *testing.T) {
	tests := []struct{ id, want string }{
		{"syn1/acl", "GET /repo/v1/entity/syn1%2Facl"},
		{"a?b#c", "GET /repo/v1/entity/a%3Fb%23c"},
		{"ü %2F", "GET /repo/v1/entity/%C3%BC%20%252F"},
		{"", ""}, {".", ""}, {"..", ""},
	}
	for _, tt := range tests {
		c, s := scripted(t, reply{status: 200, body: stored})
		_, err := c.Entity(t.Context(), tt.id)
		if got := strings.Join(s.asked, "; "); got != tt.want {
			t.Errorf("ID %q: sent %q, want %q", tt.id, got, tt.want)
		}
		if (err != nil) != (tt.want == "") {
			t.Errorf("ID %q: error %v", tt.id, err)
		}
	}
}

func TestChildren(t *testing.T) {
	pages := []reply{
		{status: 200, body: `{"page":[{"id":"syn1"},{"id":"syn2"}],"nextPageToken":"50a50"}`},
		{status: 200, body: `{"page":[{"id":"syn3"}]}`},
	}
	list := func(c *Client, most int) (ids []string, last error) {
		for child, err := range c.Children(t.Context(), "syn9", "file") {
			if err != nil {
				return ids, err
			}
			if ids = append(ids, child.ID); len(ids) == most {
				break
			}
		}
		return ids, nil
	}
	c, s := scripted(t, pages...)
	ids, err := list(c, 10)
	if diff := cmp.Diff([]string{"syn1", "syn2", "syn3"}, ids); err != nil || diff != "" {
		t.Errorf("error %v, children (-want +got):\n%s", err, diff)
	}
	want := []string{
		`POST /repo/v1/entity/children {"parentId":"syn9","includeTypes":["file"]}`,
		`POST /repo/v1/entity/children {"parentId":"syn9","includeTypes":["file"],"nextPageToken":"50a50"}`,
	}
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	c, s = scripted(t, pages...)
	if _, err := list(c, 1); err != nil || len(s.asked) != 1 {
		t.Errorf("%d calls for the first child, error %v; want 1", len(s.asked), err)
	}
	c, _ = scripted(t, pages[0], reply{status: 404})
	if ids, err := list(c, 10); !errors.Is(err, ErrNotFound) || len(ids) != 2 {
		t.Errorf("children %v, error %v; want two and not found", ids, err)
	}
}
