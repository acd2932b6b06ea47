package emulator_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// siteWith is a site of its own options.
func siteWith(t *testing.T, o emulator.Options) *site {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	o.Storage, o.Now, o.Bucket = unused{}, c.Now, "synapse-bucket"
	e := emulator.New(o)
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	s := &site{Emulator: e, t: t, url: srv.URL, clock: c}
	s.owner, s.other = s.person("owner"), s.person("other")
	s.project = e.AddProject(s.owner.id, "project")
	return s
}

func TestTwoFactorRequired(t *testing.T) {
	s := siteWith(t, emulator.Options{TwoFactorRequired: true})
	id := s.AddUser(emulator.User{Name: "safe", TwoFactor: true})
	safe := person{id, s.AddToken(id, nil, 0)}
	a := s.do(s.owner, "GET", "/repo/v1/userProfile", nil).
		wants(403, "Two factor authentication must be enabled to perform this operation.")
	if a.str("errorCode") != synapse.CodeTwoFactor {
		t.Errorf("errorCode %q", a.str("errorCode"))
	}
	s.do(safe, "GET", "/repo/v1/userProfile", nil).wants(200, "")
	s.do(nobody, "GET", "/repo/v1/userProfile", nil).wants(200, "")
}

// TestRealm: the principals that stand for many are the realm's, wherever
// they count.
func TestRealm(t *testing.T) {
	for name, realm := range map[string]synapse.Realm{
		"default": {}, "other": {Public: 501, AuthenticatedUsers: 502, Anonymous: 503},
	} {
		t.Run(name, func(t *testing.T) {
			s := siteWith(t, emulator.Options{Realm: realm})
			want := realm
			if name == "default" {
				want = synapse.DefaultRealm()
			}
			a := s.do(s.owner, "GET", "/repo/v1/realm/principals", nil).wants(200, "")
			got := fmt.Sprint(a.str("publicGroup"), " ", a.str("authenticatedUsers"), " ", a.str("anonymousUser"))
			if got != fmt.Sprint(want.Public, want.AuthenticatedUsers, want.Anonymous) {
				t.Errorf("principals %s, want %v", got, want)
			}
			if me := s.do(nobody, "GET", "/repo/v1/userProfile", nil); me.str("ownerId") != fmt.Sprint(want.Anonymous) {
				t.Errorf("nobody is %s, want %d", me.str("ownerId"), want.Anonymous)
			}
			for principal, who := range map[int64]person{want.AuthenticatedUsers: s.other, want.Public: nobody} {
				if err := s.SetACL(s.project, synapse.ResourceAccess{
					PrincipalID: principal, AccessType: []synapse.AccessType{synapse.AccessRead},
				}); err != nil {
					t.Fatal(err)
				}
				s.do(who, "GET", "/repo/v1/entity/"+s.project, nil).wants(200, "")
			}
		})
	}
}

// TestStorageLimit: files come to a project until more is stored than it may,
// as far as the sums say, which are up to a minute old.
func TestStorageLimit(t *testing.T) {
	s := newSite(t)
	folder, location := s.stsFolder(s.project, "sts")
	const handleBytes = 10
	if err := s.SetStorageLimit(s.project, location, 15); err != nil {
		t.Fatal(err)
	}
	file := func(name string) answer {
		return s.do(s.owner, "POST", "/repo/v1/entity", doc{
			"concreteType": synapse.TypeFile, "name": name, "parentId": folder,
			"dataFileHandleId": s.handle(s.owner, name, location),
		})
	}
	usage := func(want string) {
		t.Helper()
		u := s.do(s.owner, "GET", "/file/v1/entity/"+folder+"/uploadDestination", nil).wants(200, "")
		one, _ := u.doc["projectStorageLocationUsage"].(doc)
		got := fmt.Sprint(one["sumFileBytes"], " of ", one["maxAllowedFileBytes"], " ", one["isOverLimit"])
		if got != want || u.str("destinationProjectId") != s.project {
			t.Errorf("usage %s of project %s, want %s of %s", got, u.str("destinationProjectId"), want, s.project)
		}
	}
	usage("0 of 15 false")
	first := file("a").wants(201, "")
	file("b").wants(201, "") // the sum is older than both
	s.clock.move(time.Minute)
	usage("20 of 15 true")
	a := file("c").wants(400, fmt.Sprintf("The project storage usage exceeds the limit for the storage location "+
		"(Project: %s, Storage Location: %d, Usage: 20 Bytes, Limit: 15 Bytes).", s.project, location))
	if a.str("errorCode") != synapse.CodeStorageLimit {
		t.Errorf("errorCode %q", a.str("errorCode"))
	}
	s.put(s.owner, with(s.fetch(first.str("id")), "name", "renamed"), "").wants(200, "")
	s.put(s.owner, with(s.fetch(first.str("id")), "dataFileHandleId", s.handle(s.owner, "z", location)), "").
		wants(400, "")
	all := s.do(s.owner, "GET", "/repo/v1/project/"+s.project+"/storage/usage", nil).wants(200, "")
	if list := all.list("locations"); len(list) != 1 || list[0]["sumFileBytes"] != 2.0*handleBytes {
		t.Errorf("usage %s", all.text)
	}
	s.do(s.other, "GET", "/repo/v1/project/"+s.project+"/storage/usage", nil).wants(403, "")
	if err := s.SetStorageLimit(s.project, location, -1); err != nil {
		t.Fatal(err)
	}
	file("c").wants(201, "")
	usage("20 of <nil> false")
	if err := s.SetStorageLimit(folder, location, 1); err == nil || strings.Contains(err.Error(), "%!") {
		t.Errorf("limiting a folder: got %v, want that it is not a project", err)
	}
}
