package planner_test

import (
	"fmt"
	"net/http"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// pair is a server with a source folder beside the destination, and a
// bucket "src" in a storage location of the owner's that isn't STS-enabled.
type pair struct {
	*server
	source string
	lab    int64
}

func newPair(t *testing.T) *pair {
	t.Helper()
	s := &pair{server: newServer(t)}
	s.source = s.addFolder(s.project, "Source")
	s.lab = s.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: "src", CreatedBy: s.owner,
	})
	return s
}

// handle is a file handle of the owner's in the lab's bucket; the object is
// there.
func (s *pair) handle(edit func(*synapse.FileHandle)) string {
	size := int64(9)
	h := synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, CreatedBy: fmt.Sprint(s.owner), BucketName: "src",
		Key: "x", ContentMD5: sum, ContentSize: &size, FileName: "x", StorageLocationID: &s.lab,
	}
	if edit != nil {
		edit(&h)
	}
	s.s3.sizes[h.BucketName+"/"+h.Key] = size
	return s.AddFileHandle(h)
}

// file makes a file of a handle in the source.
func (s *pair) file(handle string) string {
	s.t.Helper()
	id, err := s.AddFile(s.owner, s.source, "x", handle)
	s.must(err)
	return id
}

// facts are those of a version of a file, 0 for the current one, as one who
// walks the source learns them.
func (s *pair) facts(c *synapse.Client, id string, version int64) choose.FileFacts {
	s.t.Helper()
	wanted := synapse.BundleRequest{
		IncludeEntity: true, IncludeFileHandles: true, IncludeRestrictionInformation: true,
	}
	b, err := c.Bundle(s.t.Context(), id, wanted)
	if version != 0 {
		b, err = c.VersionBundle(s.t.Context(), id, version, wanted)
	}
	s.must(err)
	place, err := c.Bundle(s.t.Context(), b.Entity.ParentID, wanted)
	s.must(err)
	f := choose.FileFacts{
		EntityID: id, Version: b.Entity.VersionNumber, Current: version == 0, Name: b.Entity.Name,
		Location: choose.LocationFacts{
			Owner: planner.OwnerCaller, ConcreteType: synapse.TypeExternalS3StorageLocation,
			Asked: true, Reach: planner.Reach{Region: "us-east-1"},
		},
	}
	for _, r := range place.RestrictionInformation.RestrictionDetails {
		f.PlaceRequirements = append(f.PlaceRequirements, r.AccessRequirementID)
	}
	for i := range b.FileHandles {
		if b.FileHandles[i].ID == b.Entity.DataFileHandleID {
			f.Handle = &b.FileHandles[i]
		}
	}
	if f.Handle != nil {
		f.Location.Reach.Region, _ = s.s3.Region(s.t.Context(), f.Handle.BucketName)
	}
	return f
}

// choose decides about a version of a file.
func (s *pair) choose(
	c *synapse.Client, id string, version int64, a planner.Action, m planner.Mode,
) choose.FileDecision {
	s.t.Helper()
	d := s.examine(c)
	d.Destination.Region = "us-east-1"
	return choose.File(s.facts(c, id, version), d, planner.Options{Force: a},
		planner.ProjectOptions{Mode: m})
}

// agree fails unless the planner blocks by the rule, or lets pass by none,
// and the server answers with the status.
func (s *pair) agree(d choose.FileDecision, rule planner.RuleID, err error, status int) {
	s.t.Helper()
	if d.Rule != rule {
		s.t.Errorf("the planner decided %s %s, want the rule %q", d.Action, d.Rule, rule)
	}
	wantStatus(s.t, err, status)
}

// arrived is a new file handle in the destination's storage location, with
// the MD5 that the plan says.
func (s *pair) arrived(md5 string) string {
	return s.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(s.owner), BucketName: "dest", Key: "base/x", ContentMD5: md5,
		StorageLocationID: &s.location,
	})
}

// move gives a file a handle and the destination as its parent.
func (s *pair) move(c *synapse.Client, id, handle string) (synapse.Entity, error) {
	s.t.Helper()
	e, err := c.Entity(s.t.Context(), id)
	s.must(err)
	e.ParentID, e.DataFileHandleID = s.folder, handle
	return c.UpdateEntity(s.t.Context(), e, false)
}

func (s *pair) require(entities ...string) int64 {
	s.t.Helper()
	var r synapse.AccessRequirement
	for _, id := range entities {
		r.SubjectIDs = append(r.SubjectIDs, synapse.Subject{ID: id, Type: synapse.SubjectEntity})
	}
	id, err := s.AddAccessRequirement(r)
	s.must(err)
	s.must(s.ApproveAccess(id, s.owner))
	return id
}

// TestServerAgreesAboutRestrictedMoves puts an access requirement on
// different things, and moves a file.
func TestServerAgreesAboutRestrictedMoves(t *testing.T) {
	tests := []struct {
		name     string
		restrict func(s *pair, file string) []string
		rule     planner.RuleID
		status   int
	}{
		{"nothing", func(*pair, string) []string { return nil }, "", 0},
		{"the place that it leaves", func(s *pair, _ string) []string { return []string{s.source} },
			rules.GovernanceMove, http.StatusForbidden},
		{"both places", func(s *pair, _ string) []string { return []string{s.source, s.folder} }, "", 0},
		{"the project of both", func(s *pair, _ string) []string { return []string{s.project} }, "", 0},
		{"the place that it comes to", func(s *pair, _ string) []string { return []string{s.folder} },
			"", 0},
		{"the file itself", func(_ *pair, file string) []string { return []string{file} }, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newPair(t)
			id := s.file(s.handle(nil))
			if entities := tt.restrict(s, id); entities != nil {
				s.require(entities...)
			}
			d := s.choose(s.client, id, 0, planner.ActionSynapseCopy, planner.ModeMove)
			_, err := s.move(s.client, id, s.arrived(sum))
			s.agree(d, tt.rule, err, tt.status)
		})
	}
}

// TestServerAgreesAboutMovedVersions has MD5s that a new handle can repeat,
// and others: a file must not get a new version by being moved.
func TestServerAgreesAboutMovedVersions(t *testing.T) {
	const capitals = "ABCDEF0123456789ABCDEF0123456789"
	tests := []struct {
		name, md5 string
		action    planner.Action
		rule      planner.RuleID
		// verbatim keeps the text of the MD5, as Synapse's own copies do.
		verbatim bool
		status   int
	}{
		{"MD5", sum, planner.ActionStream, "", false, 0},
		{"no MD5", "", planner.ActionStream, rules.MoveNoMD5, false,
			http.StatusPreconditionFailed},
		{"capitals", capitals, planner.ActionStream, rules.MoveNoMD5, false,
			http.StatusPreconditionFailed},
		{"capitals, copied by Synapse", capitals, planner.ActionSynapseCopy, "", true, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newPair(t)
			old := s.handle(func(h *synapse.FileHandle) { h.ContentMD5 = tt.md5 })
			id := s.file(old)
			_, err := s.AddVersion(id, emulator.Version{FileHandleID: old})
			s.must(err)
			d := s.choose(s.client, id, 0, tt.action, planner.ModeMove)
			md5 := d.MD5
			switch {
			case tt.verbatim:
				md5 = tt.md5
			case d.Rule != "":
				md5 = sum // what a new handle would have to make up
			}
			moved, err := s.move(s.client, id, s.arrived(md5))
			s.agree(d, tt.rule, err, 0)
			equal(t, "another version came about", moved.VersionNumber != 2, tt.rule != "")

			first := s.choose(s.client, id, 1, tt.action, planner.ModeMove)
			err = s.client.UpdateVersionFileHandle(t.Context(), id, 1, synapse.FileHandleUpdate{
				OldFileHandleID: old, NewFileHandleID: s.arrived(md5),
			})
			s.agree(first, tt.rule, err, tt.status)
		})
	}
}

// TestServerAgreesAboutVersionsLeftOut shows why the older versions of a
// file that can't be moved stay where they are.
func TestServerAgreesAboutVersionsLeftOut(t *testing.T) {
	s := newPair(t)
	old := s.handle(nil)
	id := s.file(old)
	_, err := s.AddVersion(id, emulator.Version{FileHandleID: old})
	s.must(err)
	err = s.client.UpdateVersionFileHandle(t.Context(), id, 1, synapse.FileHandleUpdate{
		OldFileHandleID: old, NewFileHandleID: s.arrived(sum),
	})
	wantStatus(t, err, http.StatusBadRequest)
}

// TestServerAgreesAboutSynapseCopies starts copies by Synapse.
func TestServerAgreesAboutSynapseCopies(t *testing.T) {
	none := int64(0)
	huge := int64(5<<40 + 1)
	location := func(id int64) func(*pair, *synapse.FileHandle) {
		return func(_ *pair, h *synapse.FileHandle) { h.StorageLocationID = &id }
	}
	tests := []struct {
		name   string
		edit   func(*pair, *synapse.FileHandle)
		dest   func(*pair)
		rule   planner.RuleID
		status int
	}{
		{"the lab's bucket", nil, nil, "", 0},
		{"into a managed destination", nil, func(s *pair) { s.managed() }, "", 0},
		{"Synapse's storage", location(1), nil, "", 0},
		{"somebody else's destination", nil, func(s *pair) {
			s.location = s.externalLocation(s.AddUser(emulator.User{Name: "bob"}), "base")
			s.set(s.folder, s.location)
		}, rules.ContentImpossible, http.StatusForbidden},
		{"the destination's own location", func(s *pair, h *synapse.FileHandle) {
			h.BucketName, h.Key, h.StorageLocationID = "dest", "base/x", &s.location
		}, nil, rules.ContentImpossible, http.StatusBadRequest},
		{"no MD5", func(_ *pair, h *synapse.FileHandle) { h.ContentMD5 = "" }, nil,
			rules.ContentImpossible, http.StatusBadRequest},
		{"no size", func(_ *pair, h *synapse.FileHandle) { h.ContentSize = nil }, nil,
			rules.ContentImpossible, http.StatusBadRequest},
		{"no bytes", func(_ *pair, h *synapse.FileHandle) { h.ContentSize = &none }, nil,
			rules.LimitsZeroBytes, http.StatusBadRequest},
		{"too large", func(_ *pair, h *synapse.FileHandle) { h.ContentSize = &huge }, nil,
			rules.LimitsTooLarge, http.StatusBadRequest},
		{"another region", func(s *pair, _ *synapse.FileHandle) {
			s.s3.regions["src"] = "eu-west-1"
		}, nil, rules.ContentImpossible, http.StatusBadRequest},
		{"Google", func(_ *pair, h *synapse.FileHandle) {
			h.ConcreteType = synapse.TypeGoogleFileHandle
		}, nil, rules.ContentImpossible, http.StatusBadRequest},
		{"proxy", func(_ *pair, h *synapse.FileHandle) {
			h.ConcreteType, h.FilePath = synapse.TypeProxyFileHandle, "/x"
		}, nil, rules.ContentImpossible, http.StatusBadRequest},
		{"object store", func(_ *pair, h *synapse.FileHandle) {
			h.ConcreteType, h.Bucket, h.FileKey = synapse.TypeObjectStoreFileHandle, "src", "x"
		}, nil, rules.ContentImpossible, http.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newPair(t)
			id := s.file(s.handle(func(h *synapse.FileHandle) {
				if tt.edit != nil {
					tt.edit(s, h)
				}
			}))
			if tt.dest != nil {
				tt.dest(s)
			}
			d := s.choose(s.client, id, 0, planner.ActionSynapseCopy, planner.ModeCopy)
			s.agree(d, tt.rule, s.copyBySynapse(s.client, id), tt.status)
		})
	}
}

// copyBySynapse starts a copy of a file's object, in few parts.
func (s *pair) copyBySynapse(c *synapse.Client, id string) error {
	s.t.Helper()
	e, err := c.Entity(s.t.Context(), id)
	s.must(err)
	_, err = c.StartMultipart(s.t.Context(), synapse.MultipartRequest{
		ConcreteType: synapse.TypeMultipartCopy, PartSizeBytes: synapse.MaxPartSizeBytes,
		StorageLocationID: &s.location, SourceFileHandleAssociation: s.association(e),
	}, false)
	return err
}

func (s *pair) association(e synapse.Entity) *synapse.FileHandleAssociation {
	return &synapse.FileHandleAssociation{
		FileHandleID: e.DataFileHandleID, AssociateObjectID: e.ID,
		AssociateObjectType: synapse.AssociateFileEntity,
	}
}

// TestServerAgreesAboutReuse has bob's file in the destination's storage
// location: its record can be copied by who may download it.
func TestServerAgreesAboutReuse(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rights []synapse.AccessType
		action planner.Action
		rule   planner.RuleID
		fails  string
	}{
		{"downloadable", []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload},
			planner.ActionReuse, "", ""},
		{"only readable", []synapse.AccessType{synapse.AccessRead},
			planner.ActionBlock, rules.ContentNoDownload, synapse.FailureUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newPair(t)
			bob := s.AddUser(emulator.User{Name: "bob", Certified: true})
			id := s.file(s.handle(func(h *synapse.FileHandle) {
				h.CreatedBy, h.BucketName, h.Key = fmt.Sprint(bob), "dest", "base/x"
				h.StorageLocationID = &s.location
			}))
			s.must(s.SetACL(s.source, synapse.ResourceAccess{PrincipalID: s.owner, AccessType: tt.rights}))
			d := s.choose(s.client, id, 0, "", planner.ModeCopy)
			equal(t, "decision", []any{d.Action, d.Rule}, []any{tt.action, tt.rule})

			e, err := s.client.Entity(t.Context(), id)
			s.must(err)
			copied, err := s.client.CopyFileHandles(t.Context(), synapse.CopyHandlesRequest{
				CopyRequests: []synapse.CopyHandleRequest{{OriginalFile: *s.association(e)}},
			})
			s.must(err)
			result := copied.CopyResults[0]
			equal(t, "failure", result.FailureCode, tt.fails)
			if result.NewFileHandle == nil {
				return
			}
			_, err = s.client.CreateEntity(t.Context(), synapse.Entity{
				ConcreteType: synapse.TypeFile, Name: "x", ParentID: s.folder,
				DataFileHandleID: result.NewFileHandle.ID,
			})
			wantStatus(t, err, 0)
		})
	}
}

// TestServerAgreesAboutRegistering has objects below the base key that other
// storage locations hold.
func TestServerAgreesAboutRegistering(t *testing.T) {
	for _, tt := range []struct {
		name   string
		key    string
		dest   func(*pair)
		rule   planner.RuleID
		status int
	}{
		{"below the base key", "base/a", nil, "", 0},
		{"outside", "other/a", nil, rules.PlaceOutside, http.StatusBadRequest},
		{"somebody else's location", "base/a", func(s *pair) {
			s.location = s.externalLocation(s.AddUser(emulator.User{Name: "bob"}), "base")
			s.set(s.folder, s.location)
		}, rules.ContentImpossible, http.StatusForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newPair(t)
			id := s.file(s.handle(func(h *synapse.FileHandle) { h.BucketName, h.Key = "dest", tt.key }))
			if tt.dest != nil {
				tt.dest(s)
			}
			d := s.choose(s.client, id, 0, planner.ActionRegister, planner.ModeCopy)
			_, err := s.register(s.client, tt.key)
			s.agree(d, tt.rule, err, tt.status)
		})
	}
}

// TestServerAgreesAboutWhatStays has what an STS folder doesn't take.
func TestServerAgreesAboutWhatStays(t *testing.T) {
	s := newPair(t)
	link := s.AddFileHandle(synapse.FileHandle{
		ConcreteType: synapse.TypeExternalFileHandle, CreatedBy: fmt.Sprint(s.owner),
		ExternalURL: "https://example.org/x",
	})
	d := s.choose(s.client, s.file(link), 0, "", planner.ModeCopy)
	_, err := s.client.CreateEntity(t.Context(), synapse.Entity{
		ConcreteType: synapse.TypeFile, Name: "link", ParentID: s.folder, DataFileHandleID: link,
	})
	s.agree(d, rules.ContentLink, err, http.StatusBadRequest)

	for _, e := range []synapse.Entity{
		{ConcreteType: synapse.TypeTable, Name: "table"},
		{ConcreteType: synapse.TypeLink, Name: "link"},
	} {
		e.ParentID = s.folder
		_, err := s.client.CreateEntity(t.Context(), e)
		wantStatus(t, err, http.StatusBadRequest)
	}
	inner, err := s.client.Entity(t.Context(), s.addFolder(s.source, "Inner"))
	s.must(err)
	inner.ParentID = s.folder
	_, err = s.client.UpdateEntity(t.Context(), inner, false)
	wantStatus(t, err, http.StatusBadRequest)
}

// TestServerAgreesAboutAccess has bob download in the destination alone: the
// planner says that he gains, and the server gives him what was migrated.
func TestServerAgreesAboutAccess(t *testing.T) {
	s := newPair(t)
	bob := s.AddUser(emulator.User{Name: "bob", Certified: true})
	id := s.file(s.handle(nil))
	s.must(s.SetACL(s.source, ownerAccess(s.owner)...))
	s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), gives(bob, reads, loads))...))
	lost := s.require(s.source)
	kept := s.require(s.source, s.folder)

	d := s.examine(s.client)
	equal(t, "requirements of the destination", d.Requirements, []int64{kept})
	b, err := s.client.Bundle(t.Context(), id, synapse.BundleRequest{
		IncludeBenefactorACL: true, IncludeRestrictionInformation: true,
	})
	s.must(err)
	var tally access.Tally
	file := access.File{Example: id, ACL: b.BenefactorACL}
	for _, r := range b.RestrictionInformation.RestrictionDetails {
		file.Requirements = append(file.Requirements, r.AccessRequirementID)
	}
	tally.Add(file, d)
	c := tally.Comparison(d, access.Names{})
	equal(t, "gains", len(c.Gains), 1)
	equal(t, "who gains", c.Gains[0].Principal.ID, bob)
	equal(t, "lost requirements", tally.LostIDs(), []int64{lost})
	equal(t, "benefactor", c.Sharings[0].Example, s.source)

	s.must(s.server.file(s.client, s.folder, "migrated"))
	migrated, err := s.client.ChildID(t.Context(), s.folder, "migrated")
	s.must(err)
	asBob := s.as(bob, nil)
	_, err = asBob.Entity(t.Context(), id)
	wantStatus(t, err, http.StatusForbidden)
	s.must(s.ApproveAccess(kept, bob))
	p, err := asBob.Permissions(t.Context(), migrated)
	s.must(err)
	equal(t, "bob downloads what was migrated", p.CanDownload, true)
}
