package destination

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Synapse is what the planner asks about a destination: synapse.Client.
type Synapse interface {
	Me(ctx context.Context) (synapse.UserProfile, error)
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	UploadSetting(ctx context.Context, entityID string) (*synapse.UploadSetting, error)
	UploadDestination(ctx context.Context, entityID string) (synapse.UploadDestination, error)
	StorageLocation(ctx context.Context, id int64) (synapse.StorageLocation, error)
	Realm(ctx context.Context) (synapse.Realm, error)
}

// STSProbe asks for temporary credentials of a folder, to see whether they
// are given: synapse.Client's STSCredentials. The planner keeps no secret.
type STSProbe func(
	ctx context.Context, folderID string, p synapse.STSPermission,
) (synapse.STSCredentials, error)

// LocationLister lists the storage locations that the caller created; a
// Synapse that is one is asked for overlaps. synapse.Client is one.
type LocationLister interface {
	StorageLocations(ctx context.Context) ([]synapse.StorageLocation, error)
}

// Examine finds out who the caller is and what the folder is, in
// eight calls at most. What the server refuses is a fact, not an error;
// errors are those that asking again may cure, and refused tokens
// (synapse.ErrUnauthorized). A nil probe leaves the STS answer unknown.
// Region, Endpoint and Credentials of the Destination are left to the caller.
func Examine(
	ctx context.Context, s Synapse, folderID string, probe STSProbe,
) (planner.Destination, rules.DestinationFacts, error) {
	e := examination{ctx: ctx, s: s, probe: probe, f: rules.DestinationFacts{FolderID: folderID}}
	for _, step := range []func() (bool, error){
		e.caller, e.folder, e.setting, e.location, e.parent, e.credentials,
	} {
		goOn, err := step()
		if err != nil {
			return planner.Destination{}, e.f, fmt.Errorf("examining destination %s: %w", folderID, err)
		}
		if !goOn {
			break
		}
	}
	return e.f.Destination, e.f, nil
}

// examination is Examine under way. Each step reports whether it
// makes sense to go on.
type examination struct {
	ctx   context.Context
	s     Synapse
	probe STSProbe
	f     rules.DestinationFacts

	parentID string
}

// caller asks who the token belongs to.
func (e *examination) caller() (bool, error) {
	me, err := e.s.Me(e.ctx)
	switch {
	case errors.Is(err, synapse.ErrAnonymous):
		e.f.Anonymous = true
		return false, nil
	case errors.Is(err, synapse.ErrForbidden):
		e.refused(err)
		return false, nil
	case err != nil:
		return false, err
	}
	e.f.Caller = planner.Caller{UserID: me.OwnerID, UserName: me.UserName}
	if me.CreatedOn != nil {
		e.f.Caller.CreatedOn = me.CreatedOn.UTC()
	}
	realm, err := e.s.Realm(e.ctx)
	if err != nil {
		return false, err
	}
	e.f.Destination.Realm = realm
	e.f.Anonymous = me.OwnerID == fmt.Sprint(realm.Anonymous)
	return !e.f.Anonymous, nil
}

// codeScope is the error of a token that lacks a scope (OAuth 2.0 Bearer
// Token Usage, RFC 6750, section 3.1).
const codeScope = "insufficient_scope"

// refused sorts a 403 that concerns the caller as such.
func (e *examination) refused(err error) {
	var answer *synapse.Error
	if errors.As(err, &answer) {
		e.f.Refusal = answer.Reason
		e.f.ScopeMissing = answer.Code == codeScope
	}
	e.f.TwoFactorMissing = errors.Is(err, synapse.ErrTwoFactor)
	e.f.CallerRefused = !e.f.ScopeMissing
}

// folder reads the entity and what comes with it.
func (e *examination) folder() (bool, error) {
	b, err := e.s.Bundle(e.ctx, e.f.FolderID, synapse.BundleRequest{
		IncludeEntity: true, IncludePermissions: true, IncludeEntityPath: true,
		IncludeHasChildren: true, IncludeBenefactorACL: true,
		IncludeRestrictionInformation: true,
	})
	switch {
	case errors.Is(err, synapse.ErrNotFound):
		e.f.Missing = true
		return false, nil
	case errors.Is(err, synapse.ErrForbidden):
		if e.refused(err); !e.f.ScopeMissing && !e.f.TwoFactorMissing {
			e.f.CallerRefused = false
		}
		return false, nil
	case err != nil:
		return false, err
	case b.Entity == nil:
		return false, fmt.Errorf("reading entity %s: the answer has no entity", e.f.FolderID)
	}
	e.f.Readable = true
	e.readBundle(b)
	return e.f.ConcreteType == synapse.TypeFolder, nil
}

func (e *examination) readBundle(b synapse.Bundle) {
	d := &e.f.Destination
	d.FolderID, d.FolderName = b.Entity.ID, b.Entity.Name
	e.f.ConcreteType, e.parentID = b.Entity.ConcreteType, b.Entity.ParentID
	if b.Permissions != nil {
		e.f.Permissions = *b.Permissions
	}
	if b.Path != nil {
		d.Depth = len(b.Path.Path)
		for _, h := range b.Path.Path {
			if h.Type == synapse.TypeProject {
				d.ProjectID = h.ID
			}
		}
	}
	e.f.HasChildren = b.HasChildren != nil && *b.HasChildren
	e.f.Sharing = access.SharingOf(b)
	e.f.Requirements = access.RequirementsOf(b)
}

// setting reads the folder's own setting and the location in force.
func (e *examination) setting() (bool, error) {
	own, err := e.s.UploadSetting(e.ctx, e.f.FolderID)
	if err != nil {
		return false, err
	}
	if own != nil {
		e.f.Locations = len(own.Locations)
	}
	u, err := e.s.UploadDestination(e.ctx, e.f.FolderID)
	if err != nil {
		return false, err
	}
	e.f.EffectiveSTS, e.f.Usage = u.StsEnabled, u.Usage
	d := &e.f.Destination
	d.StorageLocationID, d.Bucket, d.BaseKey = u.StorageLocationID, u.Bucket, u.BaseKey
	d.Managed = u.ConcreteType == synapse.TypeS3Destination
	e.f.Unsupported = !d.Managed && u.ConcreteType != synapse.TypeExternalS3Destination
	return e.f.Locations == 1 && e.f.EffectiveSTS && !e.f.Unsupported, nil
}

// location finds out whether the caller created the storage location: the
// server shows it to nobody else.
func (e *examination) location() (bool, error) {
	l, listed, err := e.listed()
	if err == nil && !listed {
		l, err = e.s.StorageLocation(e.ctx, e.f.Destination.StorageLocationID)
	}
	switch {
	case errors.Is(err, synapse.ErrForbidden):
		return true, nil
	case err != nil:
		return false, err
	}
	d := &e.f.Destination
	d.OwnedByCaller = fmt.Sprint(l.CreatedBy) == e.f.Caller.UserID
	if d.Bucket == "" {
		d.Bucket = l.Bucket
	}
	return true, nil
}

// listed looks for an external location among the caller's, and for others
// that share objects with it.
func (e *examination) listed() (l synapse.StorageLocation, found bool, err error) {
	d := &e.f.Destination
	lister, ok := e.s.(LocationLister)
	if d.Managed || !ok {
		return l, false, nil
	}
	mine, err := lister.StorageLocations(e.ctx)
	var answer *synapse.Error
	if errors.As(err, &answer) && answer.Status/100 == 4 && answer.Status != http.StatusTooManyRequests &&
		!errors.Is(err, synapse.ErrUnauthorized) {
		e.f.OverlapsUnknown = true // it is deprecated, and may be gone
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	others := slices.DeleteFunc(slices.Clone(mine), func(one synapse.StorageLocation) bool {
		if one.StorageLocationID != d.StorageLocationID {
			return false
		}
		l, found = one, true
		return true
	})
	e.f.Overlaps = Overlaps(others, d.Bucket, d.BaseKey)
	return l, found, nil
}

// parent finds out whether the folder lies in another STS folder. A parent
// that the caller may not see is taken for none.
func (e *examination) parent() (bool, error) {
	if e.parentID == "" {
		return true, nil
	}
	u, err := e.s.UploadDestination(e.ctx, e.parentID)
	switch {
	case errors.Is(err, synapse.ErrForbidden), errors.Is(err, synapse.ErrNotFound):
		return true, nil
	case err != nil:
		return false, err
	}
	e.f.NestedSTS = u.StsEnabled
	return true, nil
}

// credentials asks for what the kind of destination allows and drops it.
func (e *examination) credentials() (bool, error) {
	if e.probe == nil {
		return true, nil
	}
	d := &e.f.Destination
	permission := synapse.STSReadWrite
	if d.Managed {
		permission = synapse.STSReadOnly
	}
	c, err := e.probe(e.ctx, e.f.FolderID, permission)
	var answer *synapse.Error
	switch {
	case errors.As(err, &answer) && answer.Code == codeScope:
		e.f.ScopeMissing, e.f.Refusal = true, answer.Reason
		return false, nil
	case errors.Is(err, synapse.ErrForbidden),
		answer != nil && answer.Status == http.StatusBadRequest:
		e.f.STS = rules.STSRefused
		return true, nil
	case err != nil:
		return false, err
	}
	if d.Managed && d.Bucket == "" {
		d.Bucket = c.Bucket
	}
	e.f.STS = rules.STSGiven
	if c.Bucket != d.Bucket || c.BaseKey != d.BaseKey {
		e.f.STS = rules.STSElsewhere
	}
	return true, nil
}
