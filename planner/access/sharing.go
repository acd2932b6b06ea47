package access

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// ErrSharingChanged says that the destination's protection is weaker than it
// was when the plan was made.
var ErrSharingChanged = errors.New("the destination's sharing has changed since the plan was made")

// SharingReader is what CheckSharing asks: synapse.Client.
type SharingReader interface {
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	UserGroupHeaders(ctx context.Context, ids []int64) ([]synapse.UserGroupHeader, error)
}

// CheckSharing compares who may reach a destination now with what its plan
// found, in one call. It returns ErrSharingChanged where anybody has gained
// the right to download or to read, or an access requirement doesn't hold any
// more: what the plan says about access then isn't true. A plan that doesn't
// know who could is compared with nobody.
func CheckSharing(ctx context.Context, s SharingReader, p planner.Plan) error {
	var was planner.Protection
	if p.Protection != nil {
		was = *p.Protection
	}
	b, err := s.Bundle(ctx, p.Header.Destination.FolderID, synapse.BundleRequest{
		IncludeEntity: true, IncludePermissions: true, IncludeBenefactorACL: true,
		IncludeRestrictionInformation: true,
	})
	if err != nil {
		return fmt.Errorf("looking at the sharing of %s: %w", p.Header.Destination.FolderID, err)
	}
	for _, id := range LostRequirements(was.Requirements, RequirementsOf(b)) {
		return fmt.Errorf("%w: access requirement %d doesn't hold for %s any more",
			ErrSharingChanged, id, p.Header.Destination.FolderID)
	}
	now, realm := SharingOf(b), p.Header.Destination.EffectiveRealm()
	for _, id := range principalsOf(now) {
		if fmt.Sprint(id) == p.Header.Caller.UserID {
			continue
		}
		if right := gained(id, now, was.Sharing, realm); right != "" {
			return fmt.Errorf("%w: %s has got the right %s on %s", ErrSharingChanged,
				called(principalNow(ctx, s, id, realm), realm), right, p.Header.Destination.FolderID)
		}
	}
	return nil
}

// SharingOf is the access control list in force, with what it grants on open
// data.
func SharingOf(b synapse.Bundle) []synapse.ResourceAccess {
	switch {
	case b.BenefactorACL == nil:
		return nil
	case b.Permissions != nil && b.Permissions.IsEntityOpenData:
		return opened(b.BenefactorACL.ResourceAccess)
	}
	return b.BenefactorACL.ResourceAccess
}

// principalNow names a principal, by its ID alone where its name can't be had.
func principalNow(
	ctx context.Context, s SharingReader, id int64, realm synapse.Realm,
) planner.Principal {
	names := Names{Realm: realm, Principals: map[int64]planner.Principal{}}
	headers, err := s.UserGroupHeaders(ctx, []int64{id})
	if err == nil && len(headers) == 1 {
		names.Principals[id] = planner.Principal{
			Name: headers[0].UserName, IsTeam: !headers[0].IsIndividual,
		}
	}
	return names.principal(id)
}
