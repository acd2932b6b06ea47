package stsfolder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// Reader is what is asked of Synapse to look at a folder: synapse.Client.
type Reader interface {
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	UploadDestination(ctx context.Context, id string) (synapse.UploadDestination, error)
	UploadSetting(ctx context.Context, id string) (*synapse.UploadSetting, error)
	StorageLocation(ctx context.Context, id int64) (synapse.StorageLocation, error)
}

// View is what is known of an entity and the storage location in force at
// it.
type View struct {
	ID, Name, ConcreteType, ParentID string
	// Path are the names from the project down, joined by slashes.
	Path string
	// SettingOn is the entity that carries the upload setting in force: ID
	// itself, one above it, or empty where Synapse's own storage is in
	// force. Locations are those of that setting.
	SettingOn string
	Locations []int64
	// Destination is the location in force.
	Destination synapse.UploadDestination
	// Mine is the location's whole document, for its creator; nil for
	// others.
	Mine *synapse.StorageLocation
	// Permissions are the caller's, Requirements the access requirements
	// that hold, Unmet whether one is not met by the caller.
	Permissions  synapse.Permissions
	Requirements []int64
	Unmet        bool
	HasChildren  bool
	// OwnSharing is true where the entity has sharing settings of its own.
	OwnSharing bool
}

// Managed reports whether the location is Synapse's bucket.
func (v View) Managed() bool { return v.Destination.ConcreteType == synapse.TypeS3Destination }

// Look finds out what is known of an entity. Calls: one for it, two for the
// location in force and its document, and one for each entity up to the one
// that carries the setting.
func Look(ctx context.Context, s Reader, id string) (View, error) {
	b, err := s.Bundle(ctx, id, synapse.BundleRequest{
		IncludeEntity: true, IncludePermissions: true, IncludeEntityPath: true, IncludeHasChildren: true,
		IncludeAccessControlList: true, IncludeRestrictionInformation: true,
	})
	if err != nil {
		return View{}, fmt.Errorf("looking at %s: %w", id, err)
	}
	if b.Entity == nil {
		return View{}, fmt.Errorf("looking at %s: the answer has no entity", id)
	}
	v := viewOf(b)
	if v.Destination, err = s.UploadDestination(ctx, v.ID); err != nil {
		return v, fmt.Errorf("asking for the storage location in force at %s: %w", id, err)
	}
	if err := v.findSetting(ctx, s, b); err != nil {
		return v, err
	}
	l, err := s.StorageLocation(ctx, v.Destination.StorageLocationID)
	switch {
	case err == nil:
		v.Mine = &l
	case !errors.Is(err, synapse.ErrForbidden):
		return v, fmt.Errorf("reading storage location %d: %w", v.Destination.StorageLocationID, err)
	}
	return v, nil
}

func viewOf(b synapse.Bundle) View {
	v := View{
		ID: b.Entity.ID, Name: b.Entity.Name, ConcreteType: b.Entity.ConcreteType,
		ParentID: b.Entity.ParentID, OwnSharing: b.AccessControlList != nil,
		HasChildren: b.HasChildren != nil && *b.HasChildren,
	}
	if b.Permissions != nil {
		v.Permissions = *b.Permissions
	}
	if r := b.RestrictionInformation; r != nil {
		v.Unmet = r.HasUnmetAccessRequirement
		for _, d := range r.RestrictionDetails {
			v.Requirements = append(v.Requirements, d.AccessRequirementID)
		}
		slices.Sort(v.Requirements)
	}
	var names []string
	for _, h := range below(b) {
		names = append(names, h.Name)
	}
	v.Path = strings.Join(names, "/")
	return v
}

// below is the path without the root of Synapse, which everything is in.
func below(b synapse.Bundle) []synapse.EntityHeader {
	if b.Path == nil || len(b.Path.Path) == 0 {
		return nil
	}
	return b.Path.Path[1:]
}

// findSetting looks for the entity that carries the setting in force, from
// the entity upwards. One that the caller may not see ends the search.
func (v *View) findSetting(ctx context.Context, s Reader, b synapse.Bundle) error {
	path := below(b)
	if len(path) == 0 {
		path = []synapse.EntityHeader{{ID: v.ID}}
	}
	for _, h := range slices.Backward(path) {
		setting, err := s.UploadSetting(ctx, h.ID)
		if errors.Is(err, synapse.ErrForbidden) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the upload setting of %s: %w", h.ID, err)
		}
		if setting != nil {
			v.SettingOn, v.Locations = h.ID, setting.Locations
			return nil
		}
	}
	return nil
}
