package synapse

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// TestProvenanceAndRestrictionCalls checks what each call sends, and that
// only calls which make something new are sent once.
func TestProvenanceAndRestrictionCalls(t *testing.T) {
	file := Entity{ID: "syn1", Etag: "e"}
	tests := []struct {
		name    string
		call    func(context.Context, *Client) error
		want    string
		repeats bool
	}{
		{"Activity", func(ctx context.Context, c *Client) error {
			_, err := c.Activity(ctx, "7")
			return err
		}, "GET /repo/v1/activity/7", true},
		{"CreateActivity", func(ctx context.Context, c *Client) error {
			_, err := c.CreateActivity(ctx, Activity{Name: "align", Used: []Used{
				{ConcreteType: TypeUsedURL, WasExecuted: true, URL: "https://example.org"},
			}})
			return err
		}, `POST /repo/v1/activity {"name":"align","used":[{"concreteType":"` + TypeUsedURL +
			`","wasExecuted":true,"url":"https://example.org"}]}`, false},
		{"UpdateActivity", func(ctx context.Context, c *Client) error {
			_, err := c.UpdateActivity(ctx, Activity{ID: "7", Etag: "e"})
			return err
		}, `PUT /repo/v1/activity/7 {"id":"7","etag":"e"}`, true},
		{"DeleteActivity", func(ctx context.Context, c *Client) error {
			return c.DeleteActivity(ctx, "7")
		}, "DELETE /repo/v1/activity/7", true},
		{"GeneratedBy", func(ctx context.Context, c *Client) error {
			_, err := c.GeneratedBy(ctx, "syn1")
			return err
		}, "GET /repo/v1/entity/syn1/generatedBy", true},
		{"VersionGeneratedBy", func(ctx context.Context, c *Client) error {
			_, err := c.VersionGeneratedBy(ctx, "syn1", 2)
			return err
		}, "GET /repo/v1/entity/syn1/version/2/generatedBy", true},
		{"SetGeneratedBy", func(ctx context.Context, c *Client) error {
			_, err := c.SetGeneratedBy(ctx, "syn1", "7")
			return err
		}, "PUT /repo/v1/entity/syn1/generatedBy?generatedBy=7", true},
		{"RemoveGeneratedBy", func(ctx context.Context, c *Client) error {
			return c.RemoveGeneratedBy(ctx, "syn1")
		}, "DELETE /repo/v1/entity/syn1/generatedBy", true},
		{"CreateEntityWith", func(ctx context.Context, c *Client) error {
			_, err := c.CreateEntityWith(ctx, Entity{ConcreteType: "x"},
				WriteOptions{GeneratedBy: "7", NewVersion: true})
			return err
		}, `POST /repo/v1/entity?generatedBy=7 {"concreteType":"x"}`, false},
		{"UpdateEntityWith", func(ctx context.Context, c *Client) error {
			_, err := c.UpdateEntityWith(ctx, file, WriteOptions{GeneratedBy: "7", NewVersion: true})
			return err
		}, `PUT /repo/v1/entity/syn1?generatedBy=7&newVersion=true ` +
			`{"concreteType":"","id":"syn1","etag":"e"}`, true},
		{"CreateBundleWith", func(ctx context.Context, c *Client) error {
			_, err := c.CreateBundleWith(ctx, BundleCreate{Entity: &Entity{ConcreteType: "x"}},
				WriteOptions{GeneratedBy: "7", NewVersion: true})
			return err
		}, `POST /repo/v1/entity/bundle2/create?generatedBy=7 {"entity":{"concreteType":"x"}}`, false},
		{"EntityVersion", func(ctx context.Context, c *Client) error {
			_, err := c.EntityVersion(ctx, "syn1", 2)
			return err
		}, "GET /repo/v1/entity/syn1/version/2", true},
		{"VersionBundle", func(ctx context.Context, c *Client) error {
			_, err := c.VersionBundle(ctx, "syn1", 2, BundleRequest{IncludeEntity: true})
			return err
		}, `POST /repo/v1/entity/syn1/version/2/bundle2 {"includeEntity":true}`, true},
		{"UpdateVersionFileHandle", func(ctx context.Context, c *Client) error {
			return c.UpdateVersionFileHandle(ctx, "syn1", 2,
				FileHandleUpdate{OldFileHandleID: "8", NewFileHandleID: "9"})
		}, `PUT /repo/v1/entity/syn1/version/2/filehandle ` +
			`{"oldFileHandleId":"8","newFileHandleId":"9"}`, true},
		{"RestrictionInformation", func(ctx context.Context, c *Client) error {
			_, err := c.RestrictionInformation(ctx, "syn1")
			return err
		}, `POST /repo/v1/restrictionInformation {"restrictableObjectType":"ENTITY","objectId":"syn1"}`, true},
		{"RestrictionInformationBatch", func(ctx context.Context, c *Client) error {
			_, err := c.RestrictionInformationBatch(ctx, []string{"syn1", "syn2"})
			return err
		}, `POST /repo/v1/restrictionInformation/batch ` +
			`{"restrictableObjectType":"ENTITY","objectIds":["syn1","syn2"]}`, true},
		{"AccessRequirements", func(ctx context.Context, c *Client) error {
			_, err := c.AccessRequirements(ctx, "syn1")
			return err
		}, "GET /repo/v1/entity/syn1/accessRequirement?limit=50&offset=0", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkCall(t, tt.call, tt.want, tt.repeats) })
		})
	}
}

func TestCallsWithoutDocuments(t *testing.T) {
	for name, call := range map[string]func(*Client) error{
		"DeleteActivity":    func(c *Client) error { return c.DeleteActivity(t.Context(), "7") },
		"RemoveGeneratedBy": func(c *Client) error { return c.RemoveGeneratedBy(t.Context(), "syn1") },
		"UpdateVersionFileHandle": func(c *Client) error {
			return c.UpdateVersionFileHandle(t.Context(), "syn1", 1, FileHandleUpdate{})
		},
	} {
		c, _ := scripted(t, reply{status: http.StatusNoContent})
		if err := call(c); err != nil {
			t.Errorf("%s: %v for an empty answer, want none", name, err)
		}
	}
	c, s := scripted(t, reply{status: http.StatusOK})
	if got, err := c.RestrictionInformationBatch(t.Context(), nil); got != nil || err != nil || len(s.asked) > 0 {
		t.Errorf("restrictions of nothing: %v, %v after %d calls, want none", got, err, len(s.asked))
	}
}

func TestAllAccessRequirements(t *testing.T) {
	page := func(first, n int) reply {
		return reply{status: 200, body: fmt.Sprintf(`{"results":[{"id":%d}%s]}`, first,
			strings.Repeat(`,{"id":1,"subjectIds":[]}`, n-1))}
	}
	c, s := scripted(t, page(1, 50), page(51, 50), page(101, 3))
	all, err := c.AccessRequirements(t.Context(), "syn1")
	if len(all) != 103 || err != nil {
		t.Errorf("%d requirements, %v; want 103", len(all), err)
	}
	for i, asked := range s.asked {
		want := fmt.Sprintf("GET /repo/v1/entity/syn1/accessRequirement?limit=50&offset=%d", 50*i)
		if asked != want {
			t.Errorf("asked %s, want %s", asked, want)
		}
	}
}
