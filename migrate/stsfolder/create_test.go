package stsfolder_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// ownBucket is the bucket lab as its owner sees it.
type ownBucket struct {
	buckets
	policy, cors error
	set          string
}

func (b *ownBucket) ReadSmall(_ context.Context, bucket, key string, _ int64) ([]byte, error) {
	return []byte(b.objects[bucket+"/"+key]), nil
}

func (b *ownBucket) PutNew(_ context.Context, bucket, key, text string) (string, error) {
	if _, there := b.objects[bucket+"/"+key]; there {
		return "", transfer.ErrExists
	}
	b.objects[bucket+"/"+key] = text
	return "etag", nil
}

func (b *ownBucket) BucketPolicy(context.Context, string) (string, error) { return b.set, b.policy }

func (b *ownBucket) SetBucketPolicy(_ context.Context, _, policy string) error {
	b.set = policy
	return nil
}

func (b *ownBucket) BucketCORS(context.Context, string) ([]objectstore.CORSRule, error) {
	return nil, b.cors
}

func (b *ownBucket) SetBucketCORS(context.Context, string, []objectstore.CORSRule) error { return nil }

// create runs Create and returns the steps, as "what: outcome".
func (s *site) create(b *ownBucket, r stsfolder.Request) (steps []string, made stsfolder.Created, err error) {
	s.t.Helper()
	r.Me = synapse.UserProfile{OwnerID: fmt.Sprint(s.ownerID), UserName: "owner"}
	made, err = stsfolder.Create(s.t.Context(), s.client(s.owner), b, r, func(step stsfolder.Step) {
		steps = append(steps, step.What+": "+string(step.Outcome))
	})
	return steps, made, err
}

func TestCreateSaysWhatItDid(t *testing.T) {
	s := newSite(t)
	b := &ownBucket{buckets: s.s3}
	r := stsfolder.Request{ParentID: s.project, Name: "new", Bucket: "lab", BaseKey: "/new/", Apply: true}
	first, made, err := s.create(b, r)
	s.did(err)
	again, same, err := s.create(b, r)
	s.did(err)
	if made != same {
		t.Errorf("the second time made %+v, want %+v again", same, made)
	}
	wantFirst := []string{"bucket policy: made", "CORS: made", "owner.txt: made", "storage location: made",
		"folder: made", "setting: made"}
	wantAgain := []string{"bucket policy: already there", "CORS: made", "owner.txt: already there",
		"storage location: already there", "folder: already there", "setting: already there"}
	if !slices.Equal(first, wantFirst) || !slices.Equal(again, wantAgain) {
		t.Errorf("got\n%q, then\n%q, want\n%q, then\n%q", first, again, wantFirst, wantAgain)
	}
}

func TestCreateGoesOnWhereS3HasNoSuchCall(t *testing.T) {
	s := newSite(t)
	b := &ownBucket{buckets: s.s3, policy: objectstore.ErrNotOffered, cors: objectstore.ErrNotOffered}
	steps, _, err := s.create(b, stsfolder.Request{ParentID: s.project, Name: "new", Bucket: "lab", BaseKey: "new",
		Apply: true})
	s.did(err)
	if !slices.Contains(steps, "bucket policy: skipped") || !slices.Contains(steps, "CORS: skipped") {
		t.Errorf("got %q, want both skipped", steps)
	}
	b.policy = transfer.ErrDenied
	_, _, err = s.create(b, stsfolder.Request{ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "x", Apply: true})
	if !errors.Is(err, transfer.ErrDenied) {
		t.Errorf("got %v, want ErrDenied", err)
	}
}

func TestCreateUsesAnEqualLocation(t *testing.T) {
	s := newSite(t)
	_, made, err := s.create(nil, stsfolder.Request{ParentID: s.project, Name: "new", Bucket: "lab", BaseKey: "data"})
	s.did(err)
	if made.LocationID != s.location {
		t.Errorf("got location %d, want the one that was there, %d", made.LocationID, s.location)
	}
}

func TestCreateRefuses(t *testing.T) {
	s := newSite(t)
	s.fileIn(s.plain, "f", 1)
	deny := `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}`
	two := s.folderIn(s.project, "two")
	s.did(s.SetUploadSetting(two, 1, 1))
	tests := []struct {
		name   string
		r      stsfolder.Request
		policy string
		want   error
	}{
		{"a file as parent", stsfolder.Request{ParentID: s.fileIn(s.project, "f", 1), Name: "x"}, "",
			stsfolder.ErrNotAContainer},
		{"inside an STS folder", stsfolder.Request{ParentID: s.folder, Name: "x"}, "", stsfolder.ErrInsideSTS},
		{"an inner folder", stsfolder.Request{FolderID: s.folderIn(s.folder, "x")}, "", stsfolder.ErrInsideSTS},
		{"a project", stsfolder.Request{FolderID: s.project}, "", stsfolder.ErrNotAFolder},
		{"a file of the name", stsfolder.Request{ParentID: s.project, Name: "f"}, "", stsfolder.ErrNotAFolder},
		{"content", stsfolder.Request{FolderID: s.plain}, "", stsfolder.ErrNotEmpty},
		{"another location", stsfolder.Request{FolderID: s.folder, Bucket: "lab", BaseKey: "other"}, "",
			stsfolder.ErrOtherSetting},
		{"another kind", stsfolder.Request{FolderID: s.folder}, "", stsfolder.ErrOtherSetting},
		{"two locations", stsfolder.Request{FolderID: two}, "", stsfolder.ErrOtherSetting},
		{"a wildcard", stsfolder.Request{ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "a/${b}"}, "",
			stsfolder.ErrBaseKey},
		{"a denial", stsfolder.Request{ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "x", Apply: true},
			deny, stsfolder.ErrDenied},
		{"an unreadable policy", stsfolder.Request{ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "x",
			Apply: true}, "x", stsfolder.ErrPolicy},
		{"no owner.txt", stsfolder.Request{ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "x"}, "",
			stsfolder.ErrNoLocation},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := &ownBucket{buckets: s.s3, set: tt.policy}
			steps, _, err := s.create(b, tt.r)
			if !errors.Is(err, tt.want) || len(steps) > 0 || b.set != tt.policy {
				t.Errorf("got %q, %v, want %v before anything was done", steps, err, tt.want)
			}
			if stsfolder.Explain(err) == "" {
				t.Errorf("%v: nothing says what to do", err)
			}
		})
	}
}

func TestOwnerNames(t *testing.T) {
	me := synapse.UserProfile{OwnerID: "3350396", UserName: "Olga"}
	for text, want := range map[string]bool{
		"3350396": true, "x\r\n 3350396 , y": true, "olga": true, "OLGA\n": true, "": false, " ,\n": false,
		"33503960": false, "\ufeff3350396": false,
	} {
		if got := stsfolder.OwnerNames(text, me); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}
