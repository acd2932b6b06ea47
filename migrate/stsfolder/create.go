package stsfolder

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/synapse"
)

// Outcome is what became of a step.
type Outcome string

// The outcomes. What is OutcomeSkipped couldn't be done here, and the rest
// went on.
const (
	OutcomeMade    Outcome = "made"
	OutcomeFound   Outcome = "already there"
	OutcomeSkipped Outcome = "skipped"
	// OutcomeAllowed is what the request allows, and is else refused.
	OutcomeAllowed Outcome = "allowed"
)

// Step is one thing that Create did or found.
type Step struct {
	// What is the thing: bucket policy, owner.txt, storage location ...
	What    string
	Outcome Outcome
	// Detail names it.
	Detail string
}

// Created is an STS folder that is ready.
type Created struct {
	FolderID, Name string
	LocationID     int64
	// Bucket is empty for Synapse's own. BaseKey is that which counts.
	Bucket, BaseKey string
}

// Create makes an STS folder, or finishes what an earlier attempt began:
// given again it changes nothing. Each step is told to report, which may not
// be nil. The order is the one that Synapse needs: what Synapse must be able
// to read in the bucket, the storage location, the empty folder, the
// setting. A managed location comes after the folder, whose ID is in its
// description: that is how the next attempt finds it.
func Create(
	ctx context.Context, s Synapse, b Bucket, r Request, report func(Step),
) (Created, error) {
	r, err := r.cleaned()
	if err != nil {
		return Created{}, err
	}
	c := creation{ctx: ctx, s: s, b: b, r: r, report: report}
	if err := c.findFolder(); err != nil {
		return Created{}, err
	}
	steps := []func() error{c.overlap, c.bucket, c.externalLocation, c.folder, c.setting}
	if r.managed() {
		steps = []func() error{c.folder, c.managedLocation, c.setting}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return c.made, err
		}
	}
	return c.made, nil
}

// creation is Create under way.
type creation struct {
	ctx    context.Context
	s      Synapse
	b      Bucket
	r      Request
	report func(Step)

	made Created
	// bound is the location that the folder has already; 0 for none.
	bound int64
	// mine are the caller's locations, where they had to be looked at.
	mine []synapse.StorageLocation
}

// tell reports a step.
func (c *creation) tell(what string, outcome Outcome, format string, args ...any) {
	c.report(Step{What: what, Outcome: outcome, Detail: fmt.Sprintf(format, args...)})
}

// findFolder finds the folder, if it is there, and whether it may become, or
// is, what is wanted.
func (c *creation) findFolder() error {
	id := c.r.FolderID
	if id == "" {
		if err := c.checkParent(c.r.ParentID); err != nil {
			return fmt.Errorf("%s: %w", c.r.ParentID, err)
		}
		found, err := c.s.ChildID(c.ctx, c.r.ParentID, c.r.Name)
		if errors.Is(err, synapse.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("looking for %q in %s: %w", c.r.Name, c.r.ParentID, err)
		}
		id = found
	}
	if err := c.checkFolder(id); err != nil {
		return fmt.Errorf("folder %s: %w", id, err)
	}
	return nil
}

// checkParent refuses what can't hold an STS folder.
func (c *creation) checkParent(id string) error {
	b, err := c.s.Bundle(c.ctx, id, synapse.BundleRequest{IncludeEntity: true, IncludePermissions: true})
	if err != nil {
		return err
	}
	if b.Entity == nil || b.Entity.ConcreteType != synapse.TypeProject && b.Entity.ConcreteType != synapse.TypeFolder {
		return ErrNotAContainer
	}
	if b.Permissions != nil && !b.Permissions.CanAddChild {
		return errNoRight
	}
	return c.checkOutside(id)
}

// checkOutside refuses an entity inside an STS tree.
func (c *creation) checkOutside(id string) error {
	d, err := c.s.UploadDestination(c.ctx, id)
	if err == nil && d.StsEnabled {
		err = ErrInsideSTS
	}
	return err
}

// checkFolder refuses a folder that can't become an STS folder, and notes
// where it is one as wanted.
func (c *creation) checkFolder(id string) error {
	b, err := c.s.Bundle(c.ctx, id, synapse.BundleRequest{
		IncludeEntity: true, IncludeHasChildren: true, IncludePermissions: true,
	})
	if err != nil {
		return err
	}
	if b.Entity == nil || b.Entity.ConcreteType != synapse.TypeFolder {
		return ErrNotAFolder
	}
	c.made.FolderID, c.made.Name = b.Entity.ID, b.Entity.Name
	setting, err := c.s.UploadSetting(c.ctx, id)
	switch {
	case err != nil:
		return err
	case setting != nil:
		return c.checkSetting(*setting)
	case b.HasChildren != nil && *b.HasChildren:
		return ErrNotEmpty
	case b.Permissions != nil && !b.Permissions.CanAddChild:
		return errNoRight
	}
	return c.checkOutside(id)
}

// checkSetting refuses a setting other than the one that is wanted.
func (c *creation) checkSetting(setting synapse.UploadSetting) error {
	if len(setting.Locations) != 1 {
		return ErrOtherSetting
	}
	d, err := c.s.LocationDestination(c.ctx, c.made.FolderID, setting.Locations[0])
	if err != nil {
		return err
	}
	wanted := d.ConcreteType == synapse.TypeS3Destination
	if !c.r.managed() {
		wanted = d.ConcreteType == synapse.TypeExternalS3Destination &&
			d.Bucket == c.r.Bucket && d.BaseKey == c.r.BaseKey
	}
	if !d.StsEnabled || !wanted {
		return ErrOtherSetting
	}
	c.bound, c.made.LocationID = d.StorageLocationID, d.StorageLocationID
	c.made.Bucket, c.made.BaseKey = d.Bucket, d.BaseKey
	return nil
}

// folder makes the folder, unless it was found.
func (c *creation) folder() error {
	if c.made.FolderID != "" {
		c.tell("folder", OutcomeFound, "%s %q", c.made.FolderID, c.made.Name)
		return nil
	}
	made, err := c.s.CreateEntity(c.ctx, synapse.Entity{
		ConcreteType: synapse.TypeFolder, ParentID: c.r.ParentID, Name: c.r.Name,
	})
	if errors.Is(err, synapse.ErrUnknownOutcome) || errors.Is(err, synapse.ErrConflict) {
		return c.folderAfter(err)
	}
	if err != nil {
		return fmt.Errorf("making folder %q in %s: %w", c.r.Name, c.r.ParentID, err)
	}
	c.made.FolderID, c.made.Name = made.ID, made.Name
	c.tell("folder", OutcomeMade, "%s %q", made.ID, made.Name)
	return nil
}

// folderAfter looks for a folder whose making may have happened, or that
// somebody else made meanwhile.
func (c *creation) folderAfter(cause error) error {
	if err := c.findFolder(); err != nil {
		return err
	}
	if c.made.FolderID == "" {
		return fmt.Errorf("making folder %q in %s: %w", c.r.Name, c.r.ParentID, cause)
	}
	return c.folder()
}

// setting binds the location to the folder, unless that was so.
func (c *creation) setting() error {
	if c.bound != 0 {
		c.tell("setting", OutcomeFound, "storage location %d", c.bound)
		return nil
	}
	_, err := c.s.CreateUploadSetting(c.ctx, synapse.UploadSetting{
		ConcreteType: synapse.TypeUploadSetting, SettingsType: synapse.SettingsTypeUpload,
		ProjectID: c.made.FolderID, Locations: []int64{c.made.LocationID},
	})
	if err != nil {
		if now, look := c.s.UploadSetting(c.ctx, c.made.FolderID); look != nil || now == nil ||
			len(now.Locations) != 1 || now.Locations[0] != c.made.LocationID {
			return fmt.Errorf("binding storage location %d to %s: %w", c.made.LocationID, c.made.FolderID, err)
		}
	}
	c.tell("setting", OutcomeMade, "storage location %d on %s", c.made.LocationID, c.made.FolderID)
	return nil
}
