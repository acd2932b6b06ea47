package planner_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// The tests of this file hold plan and server together: for each rule, what
// the planner finds, and the server's own answer to the same thing.

// TestServerAgreesAboutTheRun has a setting for each rule about the caller
// and the destination: the planner finds the rule, and the server refuses
// what a run would ask for with the status.
func TestServerAgreesAboutTheRun(t *testing.T) {
	tests := []struct {
		name string
		// prepare returns the client that a run would use.
		prepare func(s *server) *synapse.Client
		opt     planner.Options
		rule    planner.RuleID
		// ask is what a run would do; nil where nothing is refused.
		ask    func(s *server, c *synapse.Client) error
		status int
	}{
		{"anonymous", func(s *server) *synapse.Client { return s.clientWith("") }, planner.Options{},
			rules.CallerAnonymous, makeFile, http.StatusForbidden},
		{"terms of use", func(s *server) *synapse.Client {
			return s.as(s.AddUser(emulator.User{Name: "bob", Certified: true, NoTerms: true}), nil)
		}, planner.Options{}, rules.CallerRefused, makeFile, http.StatusForbidden},
		{"no scope to view", func(s *server) *synapse.Client { return s.as(s.owner, []string{"modify"}) },
			planner.Options{}, rules.CallerScopes, readFolder, http.StatusForbidden},
		{"no scope to modify", func(s *server) *synapse.Client {
			return s.as(s.owner, []string{"view", "download"})
		}, planner.Options{}, rules.CallerScopes, makeFile, http.StatusForbidden},
		{"not certified", func(s *server) *synapse.Client {
			s.AddUser(emulator.User{ID: s.owner, Name: "ada"})
			return s.client
		}, planner.Options{}, rules.CallerNotCertified, makeFile, http.StatusForbidden},
		{"no permission", func(s *server) *synapse.Client {
			s.must(s.SetACL(s.folder, ownerAccess(s.owner, synapse.AccessCreate)...))
			return s.client
		}, planner.Options{}, rules.CallerPermissions, makeFile, http.StatusForbidden},
		{"missing", func(s *server) *synapse.Client {
			s.folder = "syn999"
			return s.client
		}, planner.Options{}, rules.DestinationMissing, makeFile, http.StatusNotFound},
		{"unreadable", func(s *server) *synapse.Client {
			return s.as(s.AddUser(emulator.User{Name: "bob", Certified: true}), nil)
		}, planner.Options{}, rules.DestinationUnreadable, readFolder, http.StatusForbidden},
		{"project", func(s *server) *synapse.Client {
			s.folder = s.AddProject(s.owner, "Bare")
			return s.client
		}, planner.Options{}, rules.DestinationNotFolder, setLocation, http.StatusBadRequest},
		{"no setting", func(s *server) *synapse.Client {
			s.folder = s.addFolder(s.project, "Bare")
			return s.client
		}, planner.Options{}, rules.DestinationNoSetting, credentials, http.StatusBadRequest},
		{"not STS", func(s *server) *synapse.Client {
			s.location = s.AddStorageLocation(synapse.StorageLocation{
				ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "dest", CreatedBy: s.owner,
			})
			s.set(s.folder, s.location)
			return s.client
		}, planner.Options{}, rules.DestinationNotSTS, credentials, http.StatusBadRequest},
		{"not in S3", func(s *server) *synapse.Client {
			s.location = s.AddStorageLocation(synapse.StorageLocation{
				ConcreteType: "org.sagebionetworks.repo.model.project.ExternalObjectStorageLocationSetting",
				Bucket:       "dest", CreatedBy: s.owner,
			})
			s.set(s.folder, s.location)
			return s.client
		}, planner.Options{}, rules.DestinationUnsupported, credentials, http.StatusBadRequest},
		{"inside an STS folder, without a setting", func(s *server) *synapse.Client {
			s.folder = s.addFolder(s.folder, "Inner")
			return s.client
		}, planner.Options{}, rules.DestinationInherited, setLocation, http.StatusBadRequest},
		{"an STS folder inside another", func(s *server) *synapse.Client {
			// The server's own rule is in the way of making one; it is
			// there by a path around it.
			s.folder = s.addFolder(s.folder, "Inner")
			s.location = s.externalLocation(s.owner, "inner")
			s.set(s.folder, s.location)
			return s.client
		}, planner.Options{}, rules.DestinationNested, setLocation, http.StatusBadRequest},
		{"two locations", func(s *server) *synapse.Client {
			s.set(s.folder, s.location, s.externalLocation(s.owner, "second"))
			return s.client
		}, planner.Options{}, rules.DestinationManyLocations, setTwoLocations, http.StatusBadRequest},
		{"somebody else's location", func(s *server) *synapse.Client {
			s.location = s.externalLocation(s.AddUser(emulator.User{Name: "bob", Certified: true}), "base")
			s.set(s.folder, s.location)
			return s.client
		}, planner.Options{}, rules.DestinationNotOwned, registerObject, http.StatusForbidden},
		{"no credentials", func(s *server) *synapse.Client {
			s.must(s.SetACL(s.folder, ownerAccess(s.owner, synapse.AccessDelete)...))
			return s.client
		}, planner.Options{}, rules.DestinationNoCredentials, credentials, http.StatusForbidden},
		{"register into a managed folder", func(s *server) *synapse.Client {
			s.managed()
			return s.client
		}, planner.Options{Force: planner.ActionRegister}, rules.DestinationForced,
			registerObject, http.StatusBadRequest},
		{"write to a managed folder", func(s *server) *synapse.Client {
			s.managed()
			return s.client
		}, planner.Options{Force: planner.ActionCopy}, rules.DestinationForced,
			credentials, http.StatusBadRequest},
		// The server accepts these two; the planner warns.
		{"public", func(s *server) *synapse.Client {
			s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), synapse.ResourceAccess{
				PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead},
			})...))
			return s.client
		}, planner.Options{}, rules.GovernancePublic, readAsNobody, 0},
		{"all users", func(s *server) *synapse.Client {
			s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), synapse.ResourceAccess{
				PrincipalID: synapse.PrincipalAuthenticatedUsers,
				AccessType:  []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload},
			})...))
			return s.client
		}, planner.Options{}, rules.GovernanceAllUsers, readAsStranger, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			s.s3.sizes["dest/base/x"] = 1
			good := s.check(s.client, tt.opt)
			if tt.opt.Force == "" && slices.Contains(good, tt.rule) {
				t.Fatalf("the rule is found before there is a reason: %q", good)
			}
			c := tt.prepare(s)
			if got := s.check(c, tt.opt); !slices.Contains(got, tt.rule) {
				t.Errorf("the planner found %q, want %s", got, tt.rule)
			}
			wantStatus(t, tt.ask(s, c), tt.status)
		})
	}
}

// wantStatus fails unless the server refused with the status; 0 is success.
func wantStatus(t *testing.T, err error, status int) {
	t.Helper()
	if status == 0 {
		if err != nil {
			t.Errorf("the server refused: %v", err)
		}
		return
	}
	var answer *synapse.Error
	switch {
	case errors.Is(err, synapse.ErrAnonymous) && status == http.StatusForbidden:
	case !errors.As(err, &answer):
		t.Errorf("the server answered %v, want status %d", err, status)
	case answer.Status != status:
		t.Errorf("the server answered %v, want status %d", answer, status)
	}
}

func makeFile(s *server, c *synapse.Client) error { return s.file(c, s.folder, "x") }

func readFolder(s *server, c *synapse.Client) error {
	_, err := c.Entity(s.t.Context(), s.folder)
	return err
}

func readAsNobody(s *server, _ *synapse.Client) error {
	return readFolder(s, s.clientWith(""))
}

func readAsStranger(s *server, _ *synapse.Client) error {
	return readFolder(s, s.as(s.AddUser(emulator.User{Name: "eve"}), nil))
}

func setLocation(s *server, c *synapse.Client) error {
	return setLocations(s, c, s.location)
}

func setTwoLocations(s *server, c *synapse.Client) error {
	s.folder = s.addFolder(s.project, "Fresh")
	return setLocations(s, c, s.location, s.externalLocation(s.owner, "other"))
}

func setLocations(s *server, c *synapse.Client, locations ...int64) error {
	_, err := c.CreateUploadSetting(s.t.Context(), synapse.UploadSetting{
		ConcreteType: synapse.TypeUploadSetting, ProjectID: s.folder,
		SettingsType: synapse.SettingsTypeUpload, Locations: locations,
	})
	return err
}

func credentials(s *server, c *synapse.Client) error {
	_, err := c.STSCredentials(s.t.Context(), s.folder, synapse.STSReadWrite)
	return err
}

func registerObject(s *server, c *synapse.Client) error {
	_, err := s.register(c, "base/x")
	return err
}

// TestServerAgreesAboutObjects has a key for each rule about objects: the
// planner leaves it out by the rule, and the server refuses to take it with
// the status, or takes it, where the planner is stricter on purpose.
func TestServerAgreesAboutObjects(t *testing.T) {
	deep := strings.Repeat("d/", 47)
	longKey := "base/" + strings.Repeat(strings.Repeat("k", 99)+"/", 7) + "x"
	tests := []struct {
		name    string
		key     string
		size    int64
		prepare func(s *server, b *listing.Planner)
		rule    planner.RuleID
		ask     func(s *server) error
		status  int
	}{
		{"character", "base/a=b", 1, nil, rules.NamesInvalid, named("a=b"), http.StatusBadRequest},
		{"newline", "base/a\nb", 1, nil, rules.NamesInvalid, named("a\nb"), http.StatusBadRequest},
		{"name too long", "base/" + long("n", 257), 1, nil, rules.NamesTooLong,
			named(long("n", 257)), http.StatusBadRequest},
		{"blank name", "base/ ", 1, nil, rules.NamesInvalid, named(" "), http.StatusBadRequest},
		// The server takes an outer blank and drops it: another name.
		{"outer blank", "base/ x", 1, nil, rules.NamesInvalid, func(s *server) error {
			if err := s.file(s.client, s.folder, " x"); err != nil {
				return err
			}
			_, err := s.client.ChildID(s.t.Context(), s.folder, " x")
			return err
		}, http.StatusNotFound},
		// The server takes dots; whoever writes the tree to disk suffers.
		{"dots", "base/..", 1, nil, rules.NamesDots, named(".."), 0},
		{"key too long", longKey, 1, nil, rules.LimitsKeyTooLong, func(s *server) error {
			_, err := s.register(s.client, longKey)
			return err
		}, http.StatusBadRequest},
		{"too deep", "base/" + deep + "x", 1, nil, rules.LimitsDepth, func(s *server) error {
			parent := s.folder
			for range strings.Count(deep, "/") {
				parent = s.addFolder(parent, "d")
			}
			return s.file(s.client, parent, "x")
		}, http.StatusBadRequest},
		{"outside the base key", "other/x", 1, func(_ *server, b *listing.Planner) {
			b.Options.Force = planner.ActionRegister
		}, rules.PlaceOutside, func(s *server) error {
			_, err := s.register(s.client, "other/x")
			return err
		}, http.StatusBadRequest},
		// The server forgets the slash after the base key and takes it; the
		// folder's credentials, by their policy, can't read it.
		{"looks like the base key", "base2/x", 1, func(_ *server, b *listing.Planner) {
			b.Options.Force = planner.ActionRegister
		}, rules.PlaceOutside, func(s *server) error {
			if _, err := s.register(s.client, "base2/x"); err != nil {
				return err
			}
			return reachable(s, "base2/x", false)
		}, 0},
		// The server takes owner.txt; the folder's credentials are denied it.
		{"owner.txt", "base/owner.txt", 1, nil, rules.PlaceOwnerTxt, func(s *server) error {
			if _, err := s.register(s.client, "base/owner.txt"); err != nil {
				return err
			}
			return reachable(s, "base/owner.txt", false)
		}, 0},
		{"gone", "base/x", 1, func(s *server, b *listing.Planner) {
			delete(s.s3.sizes, "dest/base/x")
			b.Examine.(*bucket).headErr["base/x"] = planner.ErrNotFound
		}, rules.ObjectsGone, func(s *server) error {
			_, err := s.register(s.client, "base/x")
			return err
		}, http.StatusBadRequest},
		{"under a customer key", "base/x", 1, func(s *server, b *listing.Planner) {
			delete(s.s3.sizes, "dest/base/x") // Synapse can't head it either
			b.Examine.(*bucket).headErr["base/x"] = statusError(http.StatusBadRequest)
		}, rules.ObjectsCustomerKey, func(s *server) error {
			_, err := s.register(s.client, "base/x")
			return err
		}, http.StatusBadRequest},
		{"denied", "base/x", 1, func(s *server, b *listing.Planner) {
			delete(s.s3.sizes, "dest/base/x") // nor may Synapse
			b.Examine.(*bucket).headErr["base/x"] = planner.ErrDenied
		}, rules.ObjectsUnreadable, func(s *server) error {
			_, err := s.register(s.client, "base/x")
			return err
		}, http.StatusBadRequest},
		// The server registers what is archived; nobody could download it.
		{"archived", "base/x", 1, func(_ *server, b *listing.Planner) {
			b.Examine.(*bucket).change("base/x", func(d *planner.Detail) { d.StorageClass = "GLACIER" })
		}, rules.ObjectsArchived, func(s *server) error {
			_, err := s.register(s.client, "base/x")
			return err
		}, 0},
		// The server registers a directory marker; it is a file of no use.
		{"directory marker", "base/x/", 0, nil, rules.ObjectsMarker, func(s *server) error {
			_, err := s.register(s.client, "base/x/")
			return err
		}, 0},
		{"a folder has the name", "base/taken", 1, func(s *server, _ *listing.Planner) {
			s.addFolder(s.folder, "taken")
		}, rules.ObjectsOtherEntity, named("taken"), http.StatusConflict},
		{"a file has the name", "base/taken", 1, func(s *server, _ *listing.Planner) {
			s.must(s.file(s.client, s.folder, "taken"))
			handle := s.AddFileHandle(synapse.FileHandle{Key: "elsewhere", StorageLocationID: &s.location})
			_, err := s.AddFile(s.owner, s.folder, "other", handle)
			s.must(err)
		}, rules.ObjectsMigrated, named("taken"), http.StatusConflict},
		{"a file has the name, and other content", "base/taken", 1, func(s *server, _ *listing.Planner) {
			handle := s.AddFileHandle(synapse.FileHandle{
				CreatedBy: fmt.Sprint(s.owner), BucketName: "dest", Key: "base/elsewhere",
				StorageLocationID: &s.location,
			})
			_, err := s.AddFile(s.owner, s.folder, "taken", handle)
			s.must(err)
		}, rules.ObjectsFileDiffers, named("taken"), http.StatusConflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			src := newBucket("dest", map[string]int64{tt.key: tt.size})
			src.change(tt.key, func(d *planner.Detail) { d.ETag = sum })
			plan, store := s.plan(src, prefixOf(tt.key), func(b *listing.Planner) {
				if tt.prepare != nil {
					tt.prepare(s, b)
					b.Facts = s.examine(s.client)
				}
			})
			item := onlyItem(t, store)
			if item.Rule != tt.rule || find(plan.Findings, tt.rule).Count != 1 {
				t.Errorf("the planner decided %s %s, want %s", item.Action, item.Rule, tt.rule)
			}
			wantStatus(t, tt.ask(s), tt.status)
		})
	}
}

// prefixOf is the source prefix of a key: its first segment.
func prefixOf(key string) string { return key[:strings.IndexByte(key, '/')+1] }

func onlyItem(t *testing.T, store planStore) planner.Item {
	t.Helper()
	for item, err := range store.Items(t.Context(), planner.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		return item
	}
	t.Fatal("the plan has no item")
	return planner.Item{}
}

// named makes a file of a name.
func named(name string) func(*server) error {
	return func(s *server) error { return s.file(s.client, s.folder, name) }
}

// reachable fails unless the policy of the folder's credentials lets an
// object be read, or doesn't, as wanted.
func reachable(s *server, key string, want bool) error {
	if _, err := s.client.STSCredentials(s.t.Context(), s.folder, synapse.STSReadOnly); err != nil {
		return err
	}
	var policy struct {
		Statement []struct {
			Effect   string
			Resource any
		}
	}
	if err := json.Unmarshal([]byte(s.policy), &policy); err != nil {
		return err
	}
	allowed, denied := false, false
	for _, statement := range policy.Statement {
		if !covers(statement.Resource, "arn:aws:s3:::dest/"+key) {
			continue
		}
		allowed = allowed || statement.Effect == "Allow"
		denied = denied || statement.Effect == "Deny"
	}
	if got := allowed && !denied; got != want {
		return fmt.Errorf("reading %s is allowed: %v, want %v", key, got, want)
	}
	return nil
}

// covers reports whether a policy's resources, one or a list, with a star at
// the end, cover an object.
func covers(resource any, arn string) bool {
	switch r := resource.(type) {
	case string:
		prefix, star := strings.CutSuffix(r, "*")
		return r == arn || star && strings.HasPrefix(arn, prefix)
	case []any:
		return slices.ContainsFunc(r, func(one any) bool { return covers(one, arn) })
	}
	return false
}

// TestServerAgreesAboutReach checks the reader of policies, with what the
// planner registers, and with a location without base key, which opens the
// whole bucket.
func TestServerAgreesAboutReach(t *testing.T) {
	s := newServer(t)
	if err := reachable(s, "base/x", true); err != nil {
		t.Error(err)
	}
	if err := reachable(s, "other/x", false); err != nil {
		t.Error(err)
	}
	s.location = s.externalLocation(s.owner, "")
	s.set(s.folder, s.location)
	if got := s.check(s.client, planner.Options{}); !slices.Contains(got, rules.DestinationNoBaseKey) {
		t.Errorf("the planner found %q, want %s", got, rules.DestinationNoBaseKey)
	}
	if err := reachable(s, "other/x", true); err != nil {
		t.Error(err)
	}
}

func TestServerAgreesAboutUploads(t *testing.T) {
	s := newServer(t)
	s.managed()
	src := newBucket("src", map[string]int64{"none": 0, "huge": 5<<40 + 1, "large": 5 << 40})
	plan, _ := s.plan(src, "", nil)
	for _, tt := range []struct {
		rule   planner.RuleID
		size   int64
		status int
	}{
		{rules.LimitsZeroBytes, 0, http.StatusBadRequest},
		{rules.LimitsTooLarge, 5<<40 + 1, http.StatusBadRequest},
		{"", 5 << 40, 0},
	} {
		if tt.rule != "" && find(plan.Findings, tt.rule).Count != 1 {
			t.Errorf("the planner found %q, want %s", ids(plan.Findings), tt.rule)
		}
		wantStatus(t, s.upload(tt.size), tt.status)
	}
}

func TestServerAgreesAboutClashes(t *testing.T) {
	s := newServer(t)
	plan, store := s.plan(newBucket("dest", map[string]int64{"base/a": 1, "base/a/b": 1}), "base/", nil)
	if find(plan.Findings, rules.NamesFileAndFolder).Count != 1 {
		t.Errorf("the planner found %q, want %s", ids(plan.Findings), rules.NamesFileAndFolder)
	}
	equal(t, "first item", onlyItem(t, store).Rule, rules.NamesFileAndFolder)
	s.addFolder(s.folder, "a")
	wantStatus(t, s.file(s.client, s.folder, "a"), http.StatusConflict)

	// Different keys below one prefix never become one name; it takes a
	// lister that forgets the prefix.
	src := newBucket("src", map[string]int64{"same": 1, "run/same": 1, "run/other": 1})
	plan, _ = s.plan(src, "run/", func(b *listing.Planner) { b.Source = forgetful{src} })
	if got := find(plan.Findings, rules.NamesSame); got.Count != 2 {
		t.Errorf("the planner found %+v, want 2 objects of one name", plan.Findings)
	}
	wantStatus(t, s.file(s.client, s.folder, "same"), 0)
	wantStatus(t, s.file(s.client, s.folder, "same"), http.StatusConflict)
}

// forgetful lists everything, whatever the prefix.
type forgetful struct{ *bucket }

func (f forgetful) List(ctx context.Context, name, _, after string) iter.Seq2[[]planner.Object, error] {
	return f.bucket.List(ctx, name, "", after)
}
