package stsfolder_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// statuses are those of the rows that aren't ok, by check.
func statuses(rows []stsfolder.Row) map[string]stsfolder.Status {
	not := map[string]stsfolder.Status{}
	for _, r := range rows {
		if r.Status != stsfolder.StatusOK {
			not[r.Check] = r.Status
		}
	}
	return not
}

// good is a folder with nothing wrong.
func good() stsfolder.View {
	return stsfolder.View{
		ID: "syn1", Path: "project/sts", ConcreteType: synapse.TypeFolder, SettingOn: "syn1", Locations: []int64{7},
		Destination: synapse.UploadDestination{
			ConcreteType: synapse.TypeExternalS3Destination, StorageLocationID: 7, Bucket: "lab", BaseKey: "data",
			StsEnabled: true,
		},
		Mine:        &synapse.StorageLocation{},
		Permissions: synapse.Permissions{CanDownload: true, CanEdit: true, CanAddChild: true, CanDelete: true},
	}
}

func TestCheckView(t *testing.T) {
	const warning, wrong = stsfolder.StatusWarning, stsfolder.StatusWrong
	tests := []struct {
		name  string
		edit  func(v *stsfolder.View, parent *synapse.UploadDestination)
		check string
		want  stsfolder.Status
	}{
		{"fine", func(*stsfolder.View, *synapse.UploadDestination) {}, "", ""},
		{"a file", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.ConcreteType = synapse.TypeFile },
			"folder", wrong},
		{"no STS", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Destination.StsEnabled = false },
			"storage location", wrong},
		{"inherited", func(v *stsfolder.View, p *synapse.UploadDestination) { v.SettingOn, p.StsEnabled = "syn0", true },
			"storage location", wrong},
		{"two locations", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Locations = []int64{7, 8} },
			"storage location", wrong},
		{"nested", func(_ *stsfolder.View, p *synapse.UploadDestination) { p.StsEnabled = true }, "place", wrong},
		{"another's", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Mine = nil }, "creator", warning},
		{"no base key", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Destination.BaseKey = "" },
			"base key", warning},
		{"wildcards", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Destination.BaseKey = "a/${x}" },
			"base key", wrong},
		{"no right to delete", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Permissions.CanDelete = false },
			"your rights", wrong},
		{"unmet", func(v *stsfolder.View, _ *synapse.UploadDestination) { v.Unmet, v.Requirements = true, []int64{3} },
			"access requirements", wrong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, parent := good(), synapse.UploadDestination{}
			tt.edit(&v, &parent)
			rows := stsfolder.CheckView(v, parent)
			got := statuses(rows)
			if len(got) > 1 || tt.check != "" && got[tt.check] != tt.want || tt.check == "" && len(got) > 0 {
				t.Errorf("got %v, want %q %s alone", got, tt.check, tt.want)
			}
			if stsfolder.Wrong(rows) != (tt.want == wrong) {
				t.Errorf("wrong: got %v, want %v", stsfolder.Wrong(rows), tt.want == wrong)
			}
		})
	}
}

func TestCheckTree(t *testing.T) {
	tests := []struct {
		name  string
		make  func(s *site, in string)
		check string
	}{
		{"fine", func(s *site, in string) { s.fileIn(in, "g", s.location) }, ""},
		{"a table", func(s *site, in string) {
			_, err := s.AddTable(s.ownerID, in, "t")
			s.did(err)
		}, "content"},
		{"a link", func(s *site, in string) {
			_, err := s.AddLink(s.ownerID, in, "l", synapse.Reference{TargetID: s.plain})
			s.did(err)
		}, "content"},
		{"a type that nobody knows yet", func(s *site, in string) {
			_, err := s.AddEntity(s.ownerID, in, "org.sagebionetworks.repo.model.Hologram", "h")
			s.did(err)
		}, "content"},
		{"a setting below", func(s *site, in string) { s.did(s.SetUploadSetting(in, s.external("x", s.ownerID))) },
			"settings below"},
		{"sharing below", func(s *site, in string) {
			s.did(s.SetACL(in, synapse.ResourceAccess{PrincipalID: s.ownerID, AccessType: []synapse.AccessType{"READ",
				"DOWNLOAD"}}))
		}, "sharing below"},
		{"sharing of a file", func(s *site, in string) {
			s.did(s.SetACL(s.fileIn(in, "g", s.location), synapse.ResourceAccess{
				PrincipalID: s.ownerID, AccessType: []synapse.AccessType{"READ", "DOWNLOAD"}}))
		}, "sharing below"},
		{"a requirement below", func(s *site, in string) {
			_, err := s.AddAccessRequirement(synapse.AccessRequirement{
				SubjectIDs: []synapse.Subject{{ID: in, Type: synapse.SubjectEntity}},
			})
			s.did(err)
		}, "requirements below"},
		{"a file elsewhere", func(s *site, in string) { s.fileIn(in, "g", 1) }, "files' storage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			in := s.folderIn(s.folderIn(s.folder, "a"), "b")
			s.fileIn(s.folder, "f", s.location)
			tt.make(s, in)
			client := s.client(s.owner)
			view, err := stsfolder.Look(t.Context(), client, s.folder)
			s.did(err)
			rows, err := stsfolder.CheckTree(t.Context(), client, view, -1)
			s.did(err)
			got := statuses(rows)
			if tt.check == "" && len(got) > 0 || tt.check != "" && got[tt.check] != stsfolder.StatusWrong {
				t.Errorf("got %v, want %q wrong", got, tt.check)
			}
		})
	}
}

func TestCheckTreeSaysHowManyFilesItLookedAt(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"a", "b", "c"} {
		s.fileIn(s.folder, name, s.location)
	}
	client := s.client(s.owner)
	view, err := stsfolder.Look(t.Context(), client, s.folder)
	s.did(err)
	rows, err := stsfolder.CheckTree(t.Context(), client, view, 2)
	s.did(err)
	if got := statuses(rows); got["files' storage"] != stsfolder.StatusUnknown {
		t.Errorf("got %v, want that one file wasn't looked at", got)
	}
	if last := rows[len(rows)-1]; !strings.Contains(last.Detail, "2 of 3 files") {
		t.Errorf("got %q, want 2 of 3 files", last.Detail)
	}
	s.folderIn(s.folder, "one")
	rows, err = stsfolder.CheckTree(t.Context(), client, view, 0)
	s.did(err)
	if want := "1 folder and 3 files, and nothing else"; rows[0].Detail != want {
		t.Errorf("got %q, want %q", rows[0].Detail, want)
	}
}

func TestLookFindsTheFolderThatCarriesTheSetting(t *testing.T) {
	s := newSite(t)
	inner := s.folderIn(s.folderIn(s.folder, "a"), "b")
	for id, want := range map[string]string{s.folder: s.folder, inner: s.folder, s.plain: ""} {
		view, err := stsfolder.Look(t.Context(), s.client(s.owner), id)
		if err != nil || view.SettingOn != want {
			t.Errorf("%s: got setting on %q, %v, want %q", id, view.SettingOn, err, want)
		}
	}
	if _, err := stsfolder.Look(t.Context(), s.client(s.owner), "syn999"); !errors.Is(err, synapse.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// store is an S3 whose operations may be denied.
type store struct {
	keys                      []string
	noList, noHead, noPut, no bool
	removed                   string
}

var errDenied = errors.New("denied")

func (s *store) List(_ context.Context, bucket, prefix, _ string) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		if s.noList {
			yield(nil, errDenied)
			return
		}
		var page []planner.Object
		for _, k := range s.keys {
			if strings.HasPrefix(k, prefix) {
				page = append(page, planner.Object{Bucket: bucket, Key: k})
			}
		}
		yield(page, nil)
	}
}

func (s *store) Head(_ context.Context, _, key string) (planner.Detail, error) {
	if s.noHead || strings.HasSuffix(key, "owner.txt") {
		return planner.Detail{}, errDenied
	}
	return planner.Detail{}, nil
}

func (s *store) PutNew(context.Context, string, string, string) (string, error) {
	if s.noPut {
		return "", errDenied
	}
	return "etag", nil
}

func (s *store) Remove(ctx context.Context, _, key, _ string) error {
	if s.no || ctx.Err() != nil {
		return errDenied
	}
	s.removed = key
	return nil
}

func TestCheckReadingAndWriting(t *testing.T) {
	const wrong, unknown = stsfolder.StatusWrong, stsfolder.StatusUnknown
	objects := []string{"data/owner.txt", "data/x", "data2/y"}
	tests := []struct {
		name  string
		store store
		check string
		want  stsfolder.Status
	}{
		{"fine", store{keys: objects}, "", ""},
		{"nothing but owner.txt", store{keys: objects[:1]}, "read", unknown},
		{"no list", store{keys: objects, noList: true}, "list", wrong},
		{"no read", store{keys: objects, noHead: true}, "read", wrong},
		{"no write", store{keys: objects, noPut: true}, "write", wrong},
		{"no delete", store{keys: objects, no: true}, "delete", wrong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := stsfolder.CheckReading(t.Context(), &tt.store, "lab", "data")
			rows = append(rows, stsfolder.CheckWriting(t.Context(), &tt.store, "lab", "data/probe")...)
			got := statuses(rows)
			if len(got) > 1 || tt.check == "" && len(got) > 0 || tt.check != "" && got[tt.check] != tt.want {
				t.Errorf("got %v, want %q %s", got, tt.check, tt.want)
			}
		})
	}
}

func TestTheProbeIsRemovedThoughTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &store{}
	stsfolder.CheckWriting(ctx, s, "lab", "probe")
	if s.removed != "probe" {
		t.Errorf("got %q removed, want the probe", s.removed)
	}
}

func TestCheckGiven(t *testing.T) {
	keys := synapse.STSCredentials{Bucket: "lab", BaseKey: "data", AccessKeyID: "A"}
	elsewhere, none := keys, keys
	elsewhere.BaseKey, none.AccessKeyID = "data2", ""
	refused := &synapse.Error{Status: 400, Reason: "STS write access is not allowed in Synapse storage"}
	tests := []struct {
		name string
		got  synapse.STSCredentials
		err  error
		want stsfolder.Status
		hint string
	}{
		{"fine", keys, nil, stsfolder.StatusOK, ""},
		{"elsewhere", elsewhere, nil, stsfolder.StatusWrong, "support"},
		{"none", none, nil, stsfolder.StatusWrong, ""},
		{"refused", synapse.STSCredentials{}, refused, stsfolder.StatusWrong, "read_only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row := stsfolder.CheckGiven("read_only", good(), tt.got, tt.err)
			if row.Status != tt.want || !strings.Contains(row.Hint, tt.hint) {
				t.Errorf("got %+v, want %s with hint %q", row, tt.want, tt.hint)
			}
		})
	}
}

func TestFindUses(t *testing.T) {
	s := newSite(t)
	deep, location := s.folderIn(s.folderIn(s.plain, "a"), "b"), s.external("x", s.ownerID)
	s.did(s.SetUploadSetting(deep, location))
	s.did(s.SetUploadSetting(s.project, 1))
	uses, err := stsfolder.FindUses(t.Context(), s.client(s.owner), []string{s.project, s.plain})
	s.did(err)
	want := map[int64]string{location: deep, s.location: s.folder, 1: s.project}
	for id, entity := range want {
		if got := uses[id]; len(got) != 1 || got[0].EntityID != entity {
			t.Errorf("location %d: got %v, want %s once", id, got, entity)
		}
	}
	if path := uses[location][0].Path; path != s.project+"/plain/a/b" {
		t.Errorf("got path %q", path)
	}
	if _, err := stsfolder.FindUses(t.Context(), s.client(s.other), []string{s.project}); !errors.Is(err,
		synapse.ErrForbidden) {
		t.Errorf("a project that isn't shared: got %v, want ErrForbidden", err)
	}
}
