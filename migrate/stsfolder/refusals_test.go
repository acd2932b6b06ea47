package stsfolder_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/synapse"
)

// Documents and paths of the calls below.
const (
	locations = "/repo/v1/storageLocation"
	settings  = "/repo/v1/projectSettings"
	entities  = "/repo/v1/entity"
)

func externalDoc(bucket, baseKey string) doc {
	return doc{"concreteType": synapse.TypeExternalS3StorageLocation, "bucket": bucket, "baseKey": baseKey,
		"stsEnabled": true}
}

func settingDoc(entity string, ids ...int64) doc {
	return doc{"concreteType": synapse.TypeUploadSetting, "projectId": entity, "settingsType": "upload", "locations": ids}
}

func entityDoc(kind, parent, name string) doc {
	return doc{"concreteType": kind, "parentId": parent, "name": name}
}

// moved puts an entity under another parent.
func (s *site) moved(id, parent string) error {
	s.t.Helper()
	var e doc
	if err := s.send(s.owner, "GET", entities+"/"+id, nil, &e); err != nil {
		s.t.Fatal(err)
	}
	e["parentId"] = parent
	return s.send(s.owner, "PUT", entities+"/"+id, e, nil)
}

// did fails the test at once if what leads up to a refusal is refused.
func (s *site) did(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) sts(token, entity, permission string) error {
	return s.send(token, "GET", entities+"/"+entity+"/sts?permission="+permission, nil, nil)
}

// refusals provokes each of Synapse's restrictions on STS folders once; want
// is a part of the sentence that says what to do.
var refusals = []struct {
	name    string
	provoke func(s *site) error
	want    string
}{
	// Storage locations and owner.txt.
	{"no bucket", func(s *site) error {
		return s.send(s.owner, "POST", locations, externalDoc("vanished", "a"), nil)
	}, "look at its name"},
	{"a bucket that Synapse can't reach", func(s *site) error {
		return s.send(s.owner, "POST", locations, externalDoc("unknown", "a"), nil)
	}, "its policy must let Synapse's account in"},
	{"no owner.txt", func(s *site) error {
		return s.send(s.owner, "POST", locations, externalDoc("lab", "a"), nil)
	}, "put it there with your user ID"},
	{"owner.txt denied", func(s *site) error {
		s.s3.denied["lab/a/owner.txt"] = true
		return s.send(s.owner, "POST", locations, externalDoc("lab", "a"), nil)
	}, "may not read owner.txt"},
	{"owner.txt empty", func(s *site) error {
		s.s3.objects["lab/a/owner.txt"] = " ,\n\n"
		return s.send(s.owner, "POST", locations, externalDoc("lab", "a"), nil)
	}, "owner.txt is empty"},
	{"owner.txt of another", func(s *site) error {
		s.s3.objects["lab/a/owner.txt"] = "somebody\n"
		return s.send(s.owner, "POST", locations, externalDoc("lab", "a"), nil)
	}, "names somebody else"},
	{"bucket name", func(s *site) error {
		return s.send(s.owner, "POST", locations, externalDoc("-lab-", "a"), nil)
	}, "could be domain names"},
	{"no bucket named", func(s *site) error {
		return s.send(s.owner, "POST", locations, externalDoc("", "a"), nil)
	}, "--bucket"},
	{"base key in Synapse's bucket", func(s *site) error {
		return s.send(s.owner, "POST", locations, doc{"concreteType": synapse.TypeS3StorageLocation,
			"baseKey": "a", "stsEnabled": true}, nil)
	}, "leave --base-key out"},
	{"another's location", func(s *site) error {
		return s.send(s.other, "GET", fmt.Sprint(locations, "/", s.location), nil, nil)
	}, "somebody else made this storage location"},

	// Settings.
	{"setting on a file", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.fileIn(s.plain, "f", 1), s.location), nil)
	}, "name a folder"},
	{"setting without rights", func(s *site) error {
		s.did(s.SetACL(s.plain, synapse.ResourceAccess{
			PrincipalID: synapse.PrincipalAuthenticatedUsers, AccessType: []synapse.AccessType{synapse.AccessRead},
		}))
		return s.send(s.other, "POST", settings, settingDoc(s.plain, s.location), nil)
	}, "the right to create"},
	{"setting below an STS folder", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.folderIn(s.folder, "in"), s.location), nil)
	}, "choose a place outside"},
	{"setting without locations", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.plain), nil)
	}, "name a storage location"},
	{"setting with an empty list", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, []int64{}...), nil)
	}, "name a storage location"},
	{"setting with eleven locations", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, make([]int64, 11)...), nil)
	}, "exactly one storage location"},
	{"unknown location", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, 987654), nil)
	}, "there is no such storage location"},
	{"location of another", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, s.external("b", 1)), nil)
	}, "ask them to set up the folder"},
	{"STS on a project", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.project, s.location), nil)
	}, "make a folder in it"},
	{"STS beside another location", func(s *site) error {
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, s.location, 1), nil)
	}, "leave the others out"},
	{"STS on what isn't empty", func(s *site) error {
		s.folderIn(s.plain, "child")
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, s.location), nil)
	}, "make a new folder"},
	{"STS on what was emptied", func(s *site) error {
		s.did(s.send(s.owner, "PUT", "/repo/v1/trashcan/trash/"+s.folderIn(s.plain, "child"), nil, nil))
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, s.location), nil)
	}, "trash can"},
	{"STS off what isn't empty", func(s *site) error {
		s.folderIn(s.folder, "child")
		var own doc
		s.did(s.send(s.owner, "GET", settings+"/"+s.folder+"/type/upload", nil, &own))
		return s.send(s.owner, "DELETE", fmt.Sprint(settings, "/", own["id"]), nil, nil)
	}, "use a new folder"},
	{"a second setting", func(s *site) error {
		s.did(s.send(s.owner, "POST", settings, settingDoc(s.plain, 1), nil))
		return s.send(s.owner, "POST", settings, settingDoc(s.plain, 1), nil)
	}, "has an upload setting already"},
	{"a setting that changed", func(s *site) error {
		s.did(s.send(s.owner, "POST", settings, settingDoc(s.plain, 1), nil))
		var own doc
		s.did(s.send(s.owner, "GET", settings+"/"+s.plain+"/type/upload", nil, &own))
		own["etag"] = "stale"
		return s.send(s.owner, "PUT", settings, own, nil)
	}, "give the command again"},

	// The tree.
	{"a file out of the tree", func(s *site) error {
		return s.moved(s.fileIn(s.folder, "f", s.location), s.plain)
	}, "lie in an STS storage location"},
	{"a file into the tree", func(s *site) error {
		return s.moved(s.fileIn(s.plain, "f", 1), s.folder)
	}, "migrate project brings them there"},
	{"a table in the tree", func(s *site) error {
		return s.send(s.owner, "POST", entities, entityDoc(synapse.TypeTable, s.folder, "t"), nil)
	}, "outside the STS folder"},
	{"an STS folder in another", func(s *site) error {
		other, _ := s.stsFolder("other", "other")
		return s.moved(other, s.folder)
	}, "can't go into another one"},
	{"a folder out of the tree", func(s *site) error {
		return s.moved(s.folderIn(s.folder, "in"), s.plain)
	}, "within folders of the same storage location"},
	{"a folder into the tree", func(s *site) error {
		return s.moved(s.folderIn(s.plain, "in"), s.folder)
	}, "creates them again"},
	{"sharing settings in the tree", func(s *site) error {
		in := s.folderIn(s.folder, "in")
		return s.send(s.owner, "POST", entities+"/"+in+"/acl", doc{"id": in, "resourceAccess": []doc{
			{"principalId": s.ownerID, "accessType": []string{"READ", "CHANGE_PERMISSIONS"}},
		}}, nil)
	}, "set them on the STS folder itself"},
	{"an access requirement in the tree", func(s *site) error {
		return s.send(s.curator, "POST", "/repo/v1/accessRequirement", doc{
			"concreteType": synapse.TypeSelfSignRequirement, "accessType": "DOWNLOAD",
			"subjectIds": []doc{{"id": s.folderIn(s.folder, "in"), "type": "ENTITY"}},
		}, nil)
	}, "for the whole STS folder or for nothing"},
	{"restoring into another STS folder", func(s *site) error {
		file := s.fileIn(s.plain, "f", 1)
		s.did(s.send(s.owner, "PUT", "/repo/v1/trashcan/trash/"+file, nil, nil))
		return s.send(s.owner, "PUT", "/repo/v1/trashcan/restore/"+file+"/"+s.folder, nil, nil)
	}, "goes back to the STS folder that it came from"},
	{"a link to a file elsewhere", func(s *site) error {
		return s.send(s.owner, "POST", "/file/v1/externalFileHandle", doc{
			"concreteType":      "org.sagebionetworks.repo.model.file.ExternalFileHandle",
			"externalURL":       "https://example.org/f",
			"storageLocationId": s.location,
		}, nil)
	}, "download the file"},

	// Credentials.
	{"no STS here", func(s *site) error { return s.sts(s.owner, s.plain, "read_only") },
		"migrate folder create"},
	{"writing to Synapse's storage", func(s *site) error {
		folder := s.folderIn(s.project, "managed")
		s.did(s.SetUploadSetting(folder, s.managed()))
		return s.sts(s.owner, folder, "read_write")
	}, "--permission read_only"},
	{"a token without a scope", func(s *site) error {
		return s.sts(s.AddToken(s.ownerID, []string{"view", "download"}, 0), s.folder, "read_only")
	}, "lacks a scope"},
	{"no right to download", func(s *site) error { return s.sts(s.other, s.folder, "read_only") },
		"you may not download here"},
	{"no right to update", func(s *site) error {
		s.did(s.SetACL(s.folder, synapse.ResourceAccess{
			PrincipalID: synapse.PrincipalAuthenticatedUsers,
			AccessType:  []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload},
		}))
		return s.sts(s.other, s.folder, "read_write")
	}, "download, update, create and delete"},
	{"unmet requirement", func(s *site) error {
		_, err := s.AddAccessRequirement(synapse.AccessRequirement{
			SubjectIDs: []synapse.Subject{{ID: s.folder, Type: synapse.SubjectEntity}},
		})
		s.did(err)
		return s.sts(s.owner, s.folder, "read_only")
	}, "accept or request them"},
	{"two factors", func(s *site) error {
		on := true
		id, err := s.AddAccessRequirement(synapse.AccessRequirement{
			ConcreteType: synapse.TypeManagedRequirement, IsTwoFaRequired: &on,
			SubjectIDs: []synapse.Subject{{ID: s.folder, Type: synapse.SubjectEntity}},
		})
		s.did(err)
		s.did(s.ApproveAccess(id, s.ownerID))
		return s.sts(s.owner, s.folder, "read_only")
	}, "two-factor authentication"},
}

func TestEachRestrictionIsExplained(t *testing.T) {
	said := map[string]string{}
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.provoke(newSite(t))
			var answer *synapse.Error
			if !errors.As(err, &answer) {
				t.Fatalf("got %v, want a refusal", err)
			}
			got := stsfolder.Explain(fmt.Errorf("doing it: %w", err))
			if !strings.Contains(got, tt.want) {
				t.Errorf("%d %q: got %q, want it to say %q", answer.Status, answer.Reason, got, tt.want)
			}
			said[got] = tt.name
		})
	}
	if len(said) < 30 {
		t.Errorf("got %d different sentences, want one for nearly each restriction", len(said))
	}
}

func TestTwoFactorIsExplained(t *testing.T) {
	err := &synapse.Error{Status: 403, Code: synapse.CodeTwoFactor, Reason: "Two factor authentication must be enabled"}
	if got := stsfolder.Explain(err); !strings.Contains(got, "switch it on") {
		t.Errorf("got %q", got)
	}
}

func TestWhatIsUnknownIsNotExplained(t *testing.T) {
	for _, err := range []error{
		nil, errors.New("owner.txt"), &synapse.Error{Status: 500, Reason: "Did not find S3 bucket x"},
		&synapse.Error{Status: 400, Reason: "something else"}, &synapse.Error{Status: 403},
	} {
		if got := stsfolder.Explain(err); got != "" {
			t.Errorf("%v: got %q, want nothing", err, got)
		}
	}
}
