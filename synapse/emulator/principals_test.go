package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func TestPrincipals(t *testing.T) {
	s := newSite(t)
	team := s.AddTeam("lab")
	person := s.AddUser(emulator.User{Name: "ann", FirstName: "Ann", LastName: "Other"})
	ask := fmt.Sprintf("/repo/v1/userGroupHeaders/batch?ids=%d,%d,1,%d,%d",
		team, person, synapse.PrincipalPublic, team)
	a := s.do(nobody, "GET", ask, nil).wants(200, "")
	want := fmt.Sprintf("[map[isIndividual:false ownerId:%d userName:PUBLIC] "+
		"map[isIndividual:false ownerId:%d userName:lab] "+
		"map[firstName:Ann isIndividual:true lastName:Other ownerId:%d userName:ann]]",
		synapse.PrincipalPublic, team, person)
	if fmt.Sprint(a.doc["children"]) != want {
		t.Errorf("principals %v, want %s", a.doc["children"], want)
	}
	s.do(nobody, "GET", "/repo/v1/userGroupHeaders/batch?ids=x", nil).wants(400, `For input string: "x"`)
}

func TestBundleMentions(t *testing.T) {
	s := newSite(t)
	file := s.file(s.project, "f", s.handle(s.owner, "a", 0))
	if _, err := s.AddVersion(file, emulator.Version{FileHandleID: s.handle(s.owner, "b", 0)}); err != nil {
		t.Fatal(err)
	}
	for _, version := range []int64{1, 0} {
		if _, err := s.AddDOI(file, version); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.AddDOI(s.project, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.AddThread(file); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, doi, threads string }{
		{"current version without one", file + "/bundle2", "<nil>", "1"},
		{"older version", file + "/version/1/bundle2", "10.7303/SYN" + file[3:] + ".1", "1"},
		{"project", s.project + "/bundle2", "10.7303/SYN" + s.project[3:], "0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.in(t).do(s.owner, "POST", "/repo/v1/entity/"+tt.path,
				doc{"includeDOIAssociation": true, "includeThreadCount": true}).wants(200, "")
			d, _ := a.doc["doiAssociation"].(doc)
			if got := fmt.Sprint(d["doiUri"]); got != tt.doi {
				t.Errorf("DOI %s, want %s", got, tt.doi)
			}
			if got := fmt.Sprint(a.doc["threadCount"]); got != tt.threads {
				t.Errorf("%s threads, want %s", got, tt.threads)
			}
		})
	}
	a := s.do(s.owner, "POST", "/repo/v1/entity/"+file+"/bundle2", doc{"includeEntity": true}).wants(200, "")
	if a.doc["threadCount"] != nil || a.doc["doiAssociation"] != nil {
		t.Errorf("bundle %v, want neither DOI nor threads unasked", a.doc)
	}
	for name, err := range map[string]error{
		"DOI of nothing":    errorOf(s.AddDOI("syn1", 0)),
		"DOI of a version":  errorOf(s.AddDOI(file, 9)),
		"thread on nothing": s.AddThread("syn1"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFilledVersions(t *testing.T) {
	s := newSite(t)
	file := s.file(s.project, "f", s.handle(s.owner, "a", 0))
	if err := s.RemoveVersion(file, 1); err == nil {
		t.Error("removed the last version")
	}
	for range 2 {
		if _, err := s.AddVersion(file, emulator.Version{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		s.DescribeVersion(file, 1, "first", "one", "begun"), s.DescribeVersion(file, 0, "last", "", ""),
		s.RemoveVersion(file, 2),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, v := range s.Snapshot().Tree(s.project)["f"].Versions {
		got = append(got, fmt.Sprint(v.Number, v.Label, v.Comment, v.Description))
	}
	if want := "[1onebegunfirst 33last]"; fmt.Sprint(got) != want {
		t.Errorf("versions %v, want %s", got, want)
	}
	if s.DescribeVersion(file, 2, "", "", "") == nil || s.RemoveVersion(file, 2) == nil {
		t.Error("a version that is gone was found")
	}
}
