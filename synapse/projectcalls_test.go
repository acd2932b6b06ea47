package synapse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// TestProjectCalls checks what the calls for whole projects send.
func TestProjectCalls(t *testing.T) {
	tests := []struct {
		name string
		call func(context.Context, *Client) error
		want string
	}{
		{"UserGroupHeaders", func(ctx context.Context, c *Client) error {
			_, err := c.UserGroupHeaders(ctx, []int64{3, 273949})
			return err
		}, "GET /repo/v1/userGroupHeaders/batch?ids=3%2C273949"},
		{"LocationDestination", func(ctx context.Context, c *Client) error {
			_, err := c.LocationDestination(ctx, "syn1", 54321)
			return err
		}, "GET /file/v1/entity/syn1/uploadDestination/54321"},
		{"AllVersions", func(ctx context.Context, c *Client) error {
			_, err := c.AllVersions(ctx, "syn1")
			return err
		}, "GET /repo/v1/entity/syn1/version?limit=50&offset=0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkCall(t, tt.call, tt.want, true) })
		})
	}
}

func TestUserGroupHeadersInBatches(t *testing.T) {
	page := reply{status: 200, body: `{"children":[{"ownerId":"7","userName":"lab","isIndividual":false}]}`}
	c, s := scripted(t, page, page)
	ids := make([]int64, MaxHeaderBatch+1)
	got, err := c.UserGroupHeaders(t.Context(), ids)
	want := UserGroupHeader{OwnerID: "7", UserName: "lab"}
	if err != nil || !slices.Equal(got, []UserGroupHeader{want, want}) {
		t.Errorf("headers %v, %v; want %v twice", got, err, want)
	}
	for i, n := range []int{MaxHeaderBatch, 1} {
		if got := strings.Count(s.asked[i], "%2C") + 1; got != n {
			t.Errorf("call %d asked for %d, want %d", i, got, n)
		}
	}
	if got, err := c.UserGroupHeaders(t.Context(), nil); got != nil || err != nil || len(s.asked) != 2 {
		t.Errorf("headers of nobody: %v, %v after %d calls, want none", got, err, len(s.asked)-2)
	}
}

func TestAllVersions(t *testing.T) {
	page := func(first, n int) reply {
		return reply{status: 200, body: fmt.Sprintf(`{"results":[{"versionNumber":%d}%s]}`, first,
			strings.Repeat(`,{"id":"syn1"}`, n-1))}
	}
	c, s := scripted(t, page(52, 50), page(2, 2))
	all, err := c.AllVersions(t.Context(), "syn1")
	if len(all) != 52 || err != nil {
		t.Errorf("%d versions, %v; want 52", len(all), err)
	}
	if want := "GET /repo/v1/entity/syn1/version?limit=50&offset=50"; s.asked[1] != want {
		t.Errorf("asked %s, want %s", s.asked[1], want)
	}
}

// synctested is a test in a time of its own.
func synctested(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

func TestDownloadURL(t *testing.T) {
	const secret = "https://bucket.example/key?X-Amz-Signature=secret"
	tests := []struct {
		name, files string
		want        string
		wantErr     error
	}{
		{"given", `{"preSignedURL":"` + secret + `"}`, secret, nil},
		{"refused", `{"failureCode":"UNAUTHORIZED"}`, "", ErrForbidden},
		{"gone", `{"failureCode":"NOT_FOUND"}`, "", ErrNotFound},
		{"other failure", `{"failureCode":"ODD"}`, "", nil},
		{"no URL", `{}`, "", nil},
		{"no answer", ``, "", nil},
		{"two answers", `{"preSignedURL":"` + secret + `"},{}`, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, synctested(func(t *testing.T) {
			c, s := scripted(t, reply{status: 201, body: `{"requestedFiles":[` + tt.files + `]}`})
			got, err := c.DownloadURL(t.Context(), "900", "syn11")
			if got != tt.want {
				t.Errorf("URL %q, want %q", got, tt.want)
			}
			if (err != nil) != (tt.want == "") || tt.wantErr != nil && !errors.Is(err, tt.wantErr) {
				t.Errorf("error %v, want %v", err, tt.wantErr)
			}
			if err != nil && strings.Contains(fmt.Sprint(err), "secret") {
				t.Errorf("the error shows the signature: %v", err)
			}
			want := `POST /file/v1/fileHandle/batch {"requestedFiles":[{"fileHandleId":"900",` +
				`"associateObjectId":"syn11","associateObjectType":"FileEntity"}],` +
				`"includeFileHandles":false,"includePreSignedURLs":true,"includePreviewPreSignedURLs":false}`
			if s.asked[0] != want {
				t.Errorf("asked %s, want %s", s.asked[0], want)
			}
		}))
	}
}
