package planner_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// TestCheckSharing compares the destination of a plan with what it has become.
func TestCheckSharing(t *testing.T) {
	s := newStudy(t)
	s.stored(s.source, "a", 1)
	eve := s.AddUser(emulator.User{Name: "eve", Certified: true})
	bob := s.AddUser(emulator.User{Name: "bob", Certified: true})
	gives := func(user int64, rights ...synapse.AccessType) synapse.ResourceAccess {
		return synapse.ResourceAccess{PrincipalID: user, AccessType: rights}
	}
	set := func(more ...synapse.ResourceAccess) {
		s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), more...)...))
	}
	const read, load = synapse.AccessRead, synapse.AccessDownload
	set(gives(eve, read, load), gives(bob, read))
	plan, _ := s.plan(planner.ProjectOptions{}, nil)
	plan.Header.Destination.FolderID = s.folder
	plan.Header.Caller.UserID = fmt.Sprint(s.owner)
	for _, c := range []struct {
		name string
		now  []synapse.ResourceAccess
		open bool
		want string
	}{
		{"as it was", []synapse.ResourceAccess{gives(eve, read, load), gives(bob, read)}, false, ""},
		{"narrower", []synapse.ResourceAccess{gives(eve, read)}, false, ""},
		{"bob downloads", []synapse.ResourceAccess{gives(eve, read, load), gives(bob, read, load)}, false,
			"bob"},
		{"everybody reads", []synapse.ResourceAccess{gives(synapse.PrincipalPublic, read)}, false,
			"PUBLIC"},
		{"open data", []synapse.ResourceAccess{gives(eve, read, load), gives(bob, read)}, true, "bob"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set(c.now...)
			s.must(s.SetOpenData(s.folder, c.open))
			s.ResetCalls()
			err := access.CheckSharing(t.Context(), s.client, plan)
			equal(t, "refused", errors.Is(err, access.ErrSharingChanged), c.want != "")
			if c.want != "" && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q doesn't name %s", err, c.want)
			}
			equal(t, "calls", s.Calls()["POST /repo/v1/entity/{id}/bundle2"], int64(1))
		})
	}

	plan.Protection.Requirements = []int64{77}
	set()
	s.must(s.SetOpenData(s.folder, false))
	if err := access.CheckSharing(t.Context(), s.client, plan); !errors.Is(err, access.ErrSharingChanged) {
		t.Errorf("a requirement that is gone: got %v, want %v", err, access.ErrSharingChanged)
	}
	plan.Protection = nil
	set(gives(eve, read))
	if err := access.CheckSharing(t.Context(), s.client, plan); !errors.Is(err, access.ErrSharingChanged) {
		t.Errorf("a plan that doesn't know: got %v, want %v", err, access.ErrSharingChanged)
	}
}
