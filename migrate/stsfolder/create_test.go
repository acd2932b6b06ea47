package stsfolder_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

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
	// put is what becomes of owner.txt; nil writes it.
	put error
}

func (b *ownBucket) ReadSmall(_ context.Context, bucket, key string, _ int64) ([]byte, error) {
	return []byte(b.objects[bucket+"/"+key]), nil
}

func (b *ownBucket) PutNew(_ context.Context, bucket, key, text string) (string, error) {
	if _, there := b.objects[bucket+"/"+key]; there {
		return "", transfer.ErrExists
	}
	if b.put != nil {
		return "", b.put
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
	wantFirst := []string{"owner.txt: made", "bucket policy: made", "CORS: made", "storage location: made",
		"folder: made", "setting: made"}
	wantAgain := []string{"owner.txt: already there", "bucket policy: already there", "CORS: made",
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

func TestCreateChangesNothingInABucketThatRefusesOwnerTxt(t *testing.T) {
	// As an S3 store says it.
	refused := func(status int, code string) error {
		store, err := objectstore.New(objectstore.Options{
			Credentials: aws.AnonymousCredentials{}, Endpoint: "http://127.0.0.1", PathStyle: true,
			HTTPClient: answers{status, "<Error><Code>" + code + "</Code></Error>"},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.PutNew(t.Context(), "lab", "x/owner.txt", "1")
		return err
	}
	s := newSite(t)
	for name, put := range map[string]error{
		"a policy that wants encryption": refused(403, "AccessDenied"),
		"Object Lock":                    refused(400, "InvalidRequest"),
		"a header it doesn't know":       refused(501, "NotImplemented"),
	} {
		t.Run(name, func(t *testing.T) {
			b := &ownBucket{buckets: s.s3, put: put}
			steps, _, err := s.create(b, stsfolder.Request{
				ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "x", Apply: true})
			if !errors.Is(err, stsfolder.ErrOwnerFile) || len(steps) > 0 || b.set != "" {
				t.Errorf("got %q, %v and the policy %q, want %v before anything was done", steps, err, b.set, stsfolder.ErrOwnerFile)
			}
			if hint := stsfolder.Explain(err); !strings.Contains(hint, "encryption") {
				t.Errorf("the hint doesn't tell the cause: %s", hint)
			}
		})
	}
}

// answers is an S3 that always says the same.
type answers struct {
	status int
	body   string
}

func (a answers) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func TestCreateRefusesOverlaps(t *testing.T) {
	for _, tt := range []struct {
		baseKey string
		want    error
	}{
		{"data", stsfolder.ErrOverlap},
		{"data/inner", stsfolder.ErrOverlap},
		{"", stsfolder.ErrOverlap},
		{"dat", nil},
		{"data2", nil},
	} {
		t.Run(tt.baseKey, func(t *testing.T) {
			s := newSite(t)
			owner := fmt.Sprintf("lab/%s", stsfolder.OwnerKey(tt.baseKey))
			s.s3.objects[owner] = fmt.Sprint(s.ownerID)
			b := &ownBucket{buckets: s.s3}
			r := stsfolder.Request{ParentID: s.project, Name: "new", Bucket: "lab", BaseKey: tt.baseKey, Apply: true}
			steps, made, err := s.create(b, r)
			if !errors.Is(err, tt.want) || tt.want != nil && (len(steps) > 0 || b.set != "") {
				t.Fatalf("got %q, %v, want %v before anything was done", steps, err, tt.want)
			}
			if tt.want == nil {
				return
			}
			r.AllowOverlap = true
			steps, made, err = s.create(b, r)
			s.did(err)
			if !slices.Contains(steps, "overlap: allowed") || made.LocationID == s.location {
				t.Errorf("got %q and location %d, want the overlap allowed, in a location of its own", steps, made.LocationID)
			}
			// It is seen from both sides from now on.
			for _, id := range []string{s.folder, made.FolderID} {
				v, err := stsfolder.Look(t.Context(), s.client(s.owner), id)
				s.did(err)
				rows, err := stsfolder.CheckOverlap(t.Context(), s.client(s.owner), v)
				s.did(err)
				if len(rows) != 1 || rows[0].Status != stsfolder.StatusWarning {
					t.Errorf("%s: got %+v, want the other location", id, rows)
				}
			}
			// The very same folder is found without the flag.
			r.AllowOverlap = false
			if _, again, err := s.create(b, r); err != nil || again != made {
				t.Errorf("the same again: got %+v, %v, want %+v", again, err, made)
			}
		})
	}
}

func TestCreateGoesOnWithTheLocationOfABrokenOffAttempt(t *testing.T) {
	s := newSite(t)
	s.s3.objects["lab/new/owner.txt"] = fmt.Sprint(s.ownerID)
	on := true
	id := s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "lab", BaseKey: "new",
		StsEnabled: &on, CreatedBy: s.ownerID, Description: "STS folder " + s.project + "/new",
	})
	_, made, err := s.create(nil, stsfolder.Request{ParentID: s.project, Name: "new", Bucket: "lab", BaseKey: "new"})
	s.did(err)
	if made.LocationID != id {
		t.Errorf("got location %d, want the one that was made for it, %d", made.LocationID, id)
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
		{"a base key that leads up", stsfolder.Request{ParentID: s.project, Name: "x", Bucket: "lab", BaseKey: "a/../b"}, "",
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
