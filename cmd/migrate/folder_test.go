package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// madeFolder finds the folder that create says is ready.
var madeFolder = regexp.MustCompile(`(?m)^(syn[0-9]+) is ready`)

// makeFolder runs migrate folder create to its end and returns the folder.
func (s *site) makeFolder(args ...string) string {
	s.t.Helper()
	o := s.want(exitDone, append([]string{"folder", "create"}, args...)...)
	m := madeFolder.FindStringSubmatch(o.stdout)
	if m == nil {
		s.t.Fatalf("no folder in the output:\n%s", o.stdout)
	}
	return m[1]
}

func (s *site) place(name string) string { return s.Description.Project + "/" + name }

// content reads an object with the root keys.
func (s *site) content(bucket, key string) string {
	s.t.Helper()
	out, err := s.S3(s.Root).GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = out.Body.Close() }()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func TestFromNothingToAMigrationExternal(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	args := []string{s.place("run7"), "--bucket", s.Destination, "--base-key", "/run7/data/", "--apply"}
	folder := s.makeFolder(args...)
	if got, want := s.content(s.Destination, "run7/data/owner.txt"), fmt.Sprintf("%d\n", s.Owner.ID); got != want {
		t.Errorf("owner.txt: got %q, want %q", got, want)
	}
	objects := study("raw/", 20)
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", folder, "--yes", fast)
	tree := s.holds(folder, wanted(objects, "raw/"))
	for path, file := range tree.Files {
		if want := "run7/data/" + path; file.Key != want {
			t.Errorf("%q lies at %q, want %q", path, file.Key, want)
		}
	}

	before := s.Snapshot()
	if again := s.makeFolder(args...); again != folder {
		t.Errorf("the same command made %s, want %s again", again, folder)
	}
	if s.Snapshot() != before {
		t.Error("the same command changed Synapse")
	}
	o := s.want(exitDone, "folder", "check", folder)
	for _, want := range []string{"read_only            ok", "read_write           ok", "delete               ok"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the check doesn't say %q:\n%s", want, o.stdout)
		}
	}
	if !strings.Contains(o.stderr, "writing and deleting s3://"+s.Destination+"/run7/data/.migrate-probe-") {
		t.Errorf("the probe isn't announced: %s", o.stderr)
	}
	if left := s.Objects(t, s.Destination, "run7/data/.migrate"); len(left) > 0 {
		t.Errorf("the check left %v", left)
	}
}

func TestFromNothingToAMigrationManaged(t *testing.T) {
	s := newSite(t, "--throttle=false")
	folder := s.makeFolder(s.place("managed"), "--managed")
	objects := study("raw/", 5)
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", folder, "--yes", fast)
	s.holds(folder, wanted(objects, "raw/"))
	if again := s.makeFolder(s.place("managed"), "--managed"); again != folder {
		t.Errorf("the same command made %s, want %s again", again, folder)
	}
	o := s.want(exitDone, "folder", "check", folder)
	if strings.Contains(o.stdout, "read_write") || !strings.Contains(o.stdout, "read                 ok") {
		t.Errorf("want a reading check alone:\n%s", o.stdout)
	}
}

func TestAnInterruptedCreateGoesOn(t *testing.T) {
	for _, managed := range []bool{false, true} {
		s := newSite(t, "--throttle=false")
		for _, call := range []string{
			"/repo/v1/storageLocation", "/repo/v1/entity", "/repo/v1/projectSettings",
		} {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("managed %v, %s, after the effect %v", managed, call, after), func(t *testing.T) {
					name := fmt.Sprintf("n%s-%v", strings.ReplaceAll(call, "/", "-"), after)
					args := []string{"folder", "create", s.place(name)}
					if managed {
						args = append(args, "--managed")
					} else {
						args = append(args, "--bucket", s.Destination, "--base-key", name, "--apply")
					}
					fault := describe.Fault{Method: "POST", PathPattern: call, Count: 1, Status: 500}
					if after {
						fault = describe.Fault{Method: "POST", PathPattern: call, Count: 1, LoseReply: true}
					}
					s.InjectFault(fault)
					first := s.run(args...)
					s.ClearFaults()
					folder := s.makeFolder(args[2:]...)
					s.want(exitDone, "folder", "check", folder)
					if n := s.locationsOf(folder, name); n != 1 {
						t.Errorf("got %d storage locations, want 1; the first attempt said %s", n, first.stderr)
					}
				})
			}
		}
	}
}

// locationsOf counts the owner's storage locations for a folder: by its
// description, or by the base key.
func (s *site) locationsOf(folder, baseKey string) (n int) {
	s.t.Helper()
	var page struct{ List []synapse.StorageLocation }
	if status := s.Synapse(s.t, s.Owner, http.MethodGet, "/repo/v1/storageLocation", nil, &page); status != http.StatusOK {
		s.t.Fatalf("listing storage locations: status %d", status)
	}
	for _, l := range page.List {
		if l.BaseKey == baseKey || strings.HasSuffix(l.Description, " "+folder) {
			n++
		}
	}
	return n
}

func TestApplyAddsAndTakesNothingAway(t *testing.T) {
	s := newSite(t, "--throttle=false")
	mine := `{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject",` +
		`"Resource":"arn:aws:s3:::` + s.Destination + `/public/*"}]}`
	if _, err := s.S3(s.Root).PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{
		Bucket: &s.Destination, Policy: &mine,
	}); err != nil {
		t.Fatal(err)
	}
	s.Put(t, s.Destination, "team/owner.txt", fmt.Sprintf("somebody\n%s, %s\n", s.Owner.Name, "x"))
	s.makeFolder(s.place("a"), "--bucket", s.Destination, "--base-key", "team", "--apply")
	s.makeFolder(s.place("b"), "--bucket", s.Destination, "--base-key", "other", "--apply")

	out, err := s.S3(s.Root).GetBucketPolicy(t.Context(), &s3.GetBucketPolicyInput{Bucket: &s.Destination})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Mine"`, "/public/*", "/team/*", "/other/*", "325565585839"} {
		if !strings.Contains(*out.Policy, want) {
			t.Errorf("the policy has no %s: %s", want, *out.Policy)
		}
	}
	if n := strings.Count(*out.Policy, "s3:GetBucketLocation"); n != 1 {
		t.Errorf("the bucket's own statement stands there %d times, want once: %s", n, *out.Policy)
	}
	cors, err := s.S3(s.Root).GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &s.Destination})
	if err != nil || len(cors.CORSRules) != 1 {
		t.Errorf("got CORS %+v, %v, want one rule", cors, err)
	}
	if got := s.content(s.Destination, "team/owner.txt"); !strings.HasPrefix(got, "somebody\n") {
		t.Errorf("owner.txt was overwritten: %q", got)
	}
}

func TestWithoutApplyTheBucketIsLeftAlone(t *testing.T) {
	s := newSite(t, "--throttle=false")
	before, snapshot := s.objects(), s.Snapshot()
	o := s.want(exitFailed, "folder", "create", s.place("x"), "--bucket", s.Destination, "--base-key", "x")
	for _, want := range []string{
		"Did not find S3 object at key x/owner.txt", "hint: owner.txt is missing",
		fmt.Sprintf("s3://%s/x/owner.txt, which must have this line in it: %d", s.Destination, s.Owner.ID),
	} {
		if !strings.Contains(o.stderr, want) {
			t.Errorf("got %q, want it to say %q", o.stderr, want)
		}
	}
	// Without the policy Synapse can't read owner.txt either.
	if !strings.Contains(o.stdout, `"SynapseObjects"`) || !strings.Contains(o.stdout, "/x/*") {
		t.Errorf("got %s, want the policy", o.stdout)
	}
	if s.Snapshot() != snapshot || len(s.objects()) != len(before) {
		t.Error("something was changed")
	}
	s.Put(t, s.Destination, "x/owner.txt", fmt.Sprint(s.Owner.ID))
	o = s.want(exitDone, "folder", "create", s.place("x"), "--bucket", s.Destination, "--base-key", "x")
	for _, want := range []string{"The bucket was left alone", `"SynapseObjects"`, "/x/*", "CORSRules"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("got %s, want it to show %q", o.stdout, want)
		}
	}
	if left := s.Objects(t, s.Destination, "x/"); len(left) != 1 {
		t.Errorf("got objects %v, want owner.txt alone", left)
	}
}

func TestFoldersThatCannotBe(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.makeEntity("inner", s.Plain.ID, synapse.TypeFolder)
	tests := []struct {
		name string
		site *site
		args []string
		want string
	}{
		{"inside an STS folder", s, []string{s.External.ID + "/x", "--managed"}, "an STS folder can't hold another one"},
		{"an STS folder of another location", s, []string{"--folder", s.External.ID, "--managed"},
			"another storage location"},
		{"not empty", s, []string{"--folder", s.Plain.ID, "--managed"}, "make a new folder"},
		{"a project", s, []string{"--folder", s.Description.Project, "--managed"}, "a project can't be an STS folder"},
		{"somebody else's project", s.as(s.Stranger), []string{s.place("x"), "--managed"}, "hint: "},
		{"a base key with wildcards", s, []string{s.place("x"), "--bucket", s.Destination, "--base-key", "a*b"},
			"policies read"},
		{"owner.txt names another", s, []string{s.place("x"), "--bucket", s.Destination, "--base-key", "shared/colleague"},
			"owner.txt names somebody else"},
		{"no such bucket", s, []string{s.place("x"), "--bucket", "no-such-bucket", "--base-key", "x"}, "Synapse"},
		{"a bucket that can't be", s, []string{s.place("x"), "--bucket", "-x-", "--base-key", "x"}, "could be domain names"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.site.want(exitFailed, append([]string{"folder", "create"}, tt.args...)...)
			if !strings.Contains(o.stderr, tt.want) {
				t.Errorf("got %q, want it to say %q", o.stderr, tt.want)
			}
		})
	}
}

// makeEntity makes an entity of the owner's.
func (s *site) makeEntity(name, parent, concreteType string) string {
	s.t.Helper()
	var made struct{ ID string }
	s.create("/repo/v1/entity", map[string]any{
		"concreteType": concreteType, "name": name, "parentId": parent,
	}, &made)
	return made.ID
}

func TestFolderShow(t *testing.T) {
	s := newSite(t, "--throttle=false")
	tests := []struct {
		name, id string
		site     *site
		want     []string
	}{
		{"external", s.External.ID, s, []string{"external", "s3://" + s.Destination + "/" + s.External.BaseKey,
			"this one", "read_only and read_write", "by you"}},
		{"managed", s.Managed.ID, s, []string{"managed", "read_only; Synapse's own storage"}},
		{"plain", s.Plain.ID, s, []string{"nothing here or above", "no STS storage location is in force"}},
		{"another's location", s.ColleagueFolder.ID, s, []string{"by somebody else", "its own"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.site.want(exitDone, "folder", "show", tt.id)
			for _, want := range tt.want {
				if !strings.Contains(o.stdout, want) {
					t.Errorf("got\n%s\nwant it to say %q", o.stdout, want)
				}
			}
		})
	}
}

func TestFolderCheckFindsWhatIsWrong(t *testing.T) {
	s := newSite(t, "--throttle=false")
	tests := []struct {
		name, id, want string
		site           *site
	}{
		{"not an STS folder", s.Plain.ID, "none with STS is in force here", s},
		{"a project", s.Description.Project, "it is not a folder", s},
		{"inside one", s.makeEntity("inner", s.External.ID, synapse.TypeFolder), "above this folder", s},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.site.want(exitIncomplete, "folder", "check", tt.id, "--no-probe")
			if !strings.Contains(o.stdout, tt.want) || !strings.Contains(o.stdout, "wrong") {
				t.Errorf("got\n%s\nwant it to say %q", o.stdout, tt.want)
			}
		})
	}
	o := s.want(exitDone, "folder", "check", s.External.ID, "--no-probe")
	if strings.Contains(o.stderr, "probe") || strings.Contains(o.stdout, "was written") {
		t.Errorf("--no-probe wrote: %s\n%s", o.stderr, o.stdout)
	}
}

func TestFolderListSaysWhereLocationsAreUsed(t *testing.T) {
	s := newSite(t, "--throttle=false")
	o := s.want(exitDone, "folder", "list", "--in", s.Description.Project)
	for _, want := range []string{
		fmt.Sprint(s.External.StorageLocationID), "used by " + s.External.ID,
		"managed", "used by " + s.Managed.ID, "s3://" + s.Destination + "/" + s.External.BaseKey,
	} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("got\n%s\nwant it to say %q", o.stdout, want)
		}
	}
	if o := s.want(exitDone, "folder", "list"); strings.Contains(o.stdout, "used by") ||
		!strings.Contains(o.stderr, "--in names projects") {
		t.Errorf("without --in: %s\n%s", o.stdout, o.stderr)
	}
	if o := s.as(s.Stranger).want(exitDone, "folder", "list"); !strings.Contains(o.stderr,
		"you created no storage location") {
		t.Errorf("a stranger sees %s\n%s", o.stdout, o.stderr)
	}
}
