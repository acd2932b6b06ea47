package verify_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/synapse"
)

// said is a destination of which Synapse says anything.
type said struct {
	*world
	page   synapse.ChildrenPage
	bundle synapse.Bundle
}

func (s said) ChildrenPage(_ context.Context, r synapse.ChildrenRequest) (synapse.ChildrenPage, error) {
	if r.ParentID != folderID || r.NextPageToken != "" {
		return synapse.ChildrenPage{}, nil
	}
	return s.page, nil
}

func (s said) Bundle(context.Context, string, synapse.BundleRequest) (synapse.Bundle, error) {
	return s.bundle, nil
}

func (s said) VersionBundle(context.Context, string, int64, synapse.BundleRequest) (synapse.Bundle, error) {
	return s.bundle, nil
}

func (s said) AllVersions(_ context.Context, id string) ([]synapse.VersionInfo, error) {
	return []synapse.VersionInfo{{ID: id, VersionNumber: 1}}, nil
}

// FuzzAnswers: whatever Synapse says of a destination, each item gets one
// verdict, and nothing matches but what has the planned size, MD5, bucket and
// key.
func FuzzAnswers(f *testing.F) {
	const page = `{"page":[{"id":"syn101","name":"a","type":"org.sagebionetworks.repo.model.FileEntity"}]}`
	right := newWorld()
	right.copied("a", "content")
	bundle, err := right.VersionBundle(context.Background(), "syn101", 1, synapse.BundleRequest{})
	if err != nil {
		f.Fatal(err)
	}
	good, err := json.Marshal(bundle)
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		string(good), "{}", `{"entity":{"dataFileHandleId":"1"},"fileHandles":[{"id":"1"}]}`, `{"entity":null}`,
		strings.Replace(string(good), sum("content"), strings.ToUpper(sum("content")), 1),
		strings.Replace(string(good), `"contentSize":7`, `"contentSize":-7`, 1), `{"fileHandles":[{}],"entity":{}}`,
		strings.Replace(string(good), `"annotations":{}`, `"annotations":{"a":{"type":"LONG"}}`, 1),
	} {
		f.Add([]byte(page), []byte(text))
	}
	f.Add([]byte(`{"page":[{"id":"syn101","name":"a"},{"id":"syn101","name":"a"},{"name":""},{"name":"a/b"}]}`), good)
	f.Fuzz(func(t *testing.T, page, bundle []byte) {
		s := said{world: newWorld()}
		s.copied("a", "content")
		if json.Unmarshal(page, &s.page) != nil || json.Unmarshal(bundle, &s.bundle) != nil {
			return
		}
		s.page.NextPageToken = ""
		items := 0
		_, err := verify.Run(t.Context(), verify.Options{}, verify.Deps{
			Header: s.header, Active: 1, Plan: s, Synapse: s, Objects: s,
		}, func(r verify.Row) error {
			if r.ItemID != 0 {
				items++
			}
			if r.ItemID != 0 && r.Verdict == verify.VerdictMatch && !rightly(s.bundle) {
				t.Errorf("a match: %+v of %s", r, bundle)
			}
			return nil
		})
		if err == nil && items != 1 {
			t.Errorf("%d rows of one item", items)
		}
	})
}

// rightly reports whether a bundle has the file that was planned.
func rightly(b synapse.Bundle) bool {
	for _, h := range b.FileHandles {
		if b.Entity != nil && h.ID == b.Entity.DataFileHandleID && h.ContentSize != nil && *h.ContentSize == 7 &&
			strings.EqualFold(h.ContentMD5, sum("content")) && h.BucketName == bucket && h.Key == baseKey+"/a" {
			return true
		}
	}
	return false
}
