package synapse_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"synapse-migrate/synapse"
)

// TestProvenanceAgainstTheServersRules takes a file through two versions,
// each with an activity, and re-points the first one.
func TestProvenanceAgainstTheServersRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ctx := t.Context()
		me, err := s.client.Me(ctx)
		check(t, err)
		handle := func(md5 string) string {
			return s.AddFileHandle(synapse.FileHandle{CreatedBy: me.OwnerID, ContentMD5: md5})
		}
		first, second := handle("a"), handle("b")
		align, err := s.client.CreateActivity(ctx, synapse.Activity{Name: "align"})
		check(t, err)
		align.Description = "with a tool"
		align, err = s.client.UpdateActivity(ctx, align)
		check(t, err)
		made, err := s.client.CreateBundleWith(ctx, synapse.BundleCreate{Entity: &synapse.Entity{
			ConcreteType: synapse.TypeFile, Name: "f", ParentID: s.project, DataFileHandleID: first,
		}}, synapse.WriteOptions{GeneratedBy: align.ID})
		check(t, err)
		file := *made.Entity
		file.DataFileHandleID = second
		file, err = s.client.UpdateEntityWith(ctx, file, synapse.WriteOptions{})
		check(t, err)
		if _, err := s.client.GeneratedBy(ctx, file.ID); !errors.Is(err, synapse.ErrNotFound) {
			t.Errorf("activity of the new version: %v, want not found", err)
		}
		sorting, err := s.client.CreateActivity(ctx, synapse.Activity{Name: "sort"})
		check(t, err)
		if a, err := s.client.SetGeneratedBy(ctx, file.ID, sorting.ID); a.Name != "sort" || err != nil {
			t.Errorf("connected to %q, %v; want sort", a.Name, err)
		}
		old, err := s.client.VersionGeneratedBy(ctx, file.ID, 1)
		if old.Description != "with a tool" || err != nil {
			t.Errorf("activity of version 1: %+v, %v", old, err)
		}
		repointVersion(ctx, t, s, file.ID, first, handle("a"))
		check(t, s.client.RemoveGeneratedBy(ctx, file.ID))
		check(t, s.client.DeleteActivity(ctx, sorting.ID))
		var refused *synapse.Error
		if err := s.client.DeleteActivity(ctx, align.ID); !errors.As(err, &refused) || refused.Status != 400 {
			t.Errorf("deleting an activity in use: %v, want a 400", err)
		}
	})
}

// repointVersion gives version 1 of a file another handle, and reads it back
// both ways.
func repointVersion(ctx context.Context, t *testing.T, s site, file, from, to string) {
	t.Helper()
	update := synapse.FileHandleUpdate{OldFileHandleID: from, NewFileHandleID: to}
	check(t, s.client.UpdateVersionFileHandle(ctx, file, 1, update))
	if err := s.client.UpdateVersionFileHandle(ctx, file, 1, update); !errors.Is(err, synapse.ErrStale) {
		t.Errorf("re-pointing again: %v, want stale", err)
	}
	one, err := s.client.EntityVersion(ctx, file, 1)
	if one.DataFileHandleID != to || one.VersionNumber != 1 || err != nil {
		t.Errorf("version 1: %+v, %v; want handle %s", one, err, to)
	}
	b, err := s.client.VersionBundle(ctx, file, 1,
		synapse.BundleRequest{IncludeFileHandles: true, IncludeActivity: true})
	check(t, err)
	if len(b.FileHandles) != 1 || b.FileHandles[0].ID != to || b.Activity == nil || b.Activity.Name != "sort" {
		t.Errorf("bundle of version 1: %+v, want its handle and the activity of the current version", b)
	}
}

func TestRestrictionsAgainstTheServersRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ctx := t.Context()
		folder, err := s.AddFolder(1, s.project, "f")
		check(t, err)
		for i := range 51 {
			_, err := s.AddAccessRequirement(synapse.AccessRequirement{
				Name:         fmt.Sprint("requirement ", i),
				ConcreteType: synapse.TypeManagedRequirement,
				SubjectIDs:   []synapse.Subject{{ID: s.project, Type: synapse.SubjectEntity}},
			})
			check(t, err)
		}
		all, err := s.client.AccessRequirements(ctx, folder)
		if len(all) != 51 || err != nil || all[50].Name != "requirement 50" {
			t.Errorf("%d requirements, %v; want 51", len(all), err)
		}
		one, err := s.client.RestrictionInformation(ctx, folder)
		check(t, err)
		if one.RestrictionLevel != synapse.RestrictionACT || !one.HasUnmetAccessRequirement ||
			len(one.RestrictionDetails) != 51 || one.UserEntityPermissions.CanDownload {
			t.Errorf("restriction %+v", one)
		}
		several, err := s.client.RestrictionInformationBatch(ctx, []string{"syn1", folder})
		check(t, err)
		if len(several) != 2 || several[0].RestrictionLevel != synapse.RestrictionOpen ||
			several[1].ObjectID != one.ObjectID {
			t.Errorf("restrictions %+v", several)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
