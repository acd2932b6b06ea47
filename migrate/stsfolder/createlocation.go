package stsfolder

import (
	"errors"
	"fmt"
	"slices"

	"synapse-migrate/planner/destination"
	"synapse-migrate/synapse"
)

// overlap refuses a place that shares objects with another storage location of
// the caller's, unless that is allowed. What an earlier attempt made for this
// folder is none, and a folder that is ready stays.
func (c *creation) overlap() error {
	if c.bound != 0 {
		return nil
	}
	var err error
	if c.mine, err = c.s.StorageLocations(c.ctx); err != nil {
		return fmt.Errorf("listing your storage locations: %w", err)
	}
	others := slices.DeleteFunc(slices.Clone(c.mine), c.isForThis)
	for _, o := range destination.Overlaps(others, c.r.Bucket, c.r.BaseKey) {
		if !c.r.AllowOverlap {
			return fmt.Errorf("s3://%s/%s: %w: %s", c.r.Bucket, c.r.BaseKey, ErrOverlap, o)
		}
		c.tell("overlap", OutcomeAllowed, "%s", o)
	}
	return nil
}

// isForThis reports whether a location was made for this folder.
func (c *creation) isForThis(l synapse.StorageLocation) bool {
	return isSTS(l) && l.ConcreteType == synapse.TypeExternalS3StorageLocation && l.Bucket == c.r.Bucket &&
		l.BaseKey == c.r.BaseKey && l.EndpointURL == "" && l.Description == c.externalDescription()
}

// externalDescription names the folder that an external location is for, as
// it is asked for: it may not be there yet.
func (c *creation) externalDescription() string {
	if c.r.FolderID != "" {
		return "STS folder " + c.r.FolderID
	}
	return "STS folder " + c.r.ParentID + "/" + c.r.Name
}

// externalLocation finds the location that an earlier attempt made for the
// folder, or makes it. Making it twice gives the same one: the description
// is part of what Synapse compares.
func (c *creation) externalLocation() error {
	if c.bound != 0 {
		c.tell("storage location", OutcomeFound, "%d", c.bound)
		return nil
	}
	if i := slices.IndexFunc(c.mine, c.isForThis); i >= 0 {
		c.use(c.mine[i], OutcomeFound)
		return nil
	}
	enabled := true
	l, err := c.s.CreateStorageLocation(c.ctx, synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, StsEnabled: &enabled,
		Bucket: c.r.Bucket, BaseKey: c.r.BaseKey, Description: c.externalDescription(),
	})
	if err != nil {
		return fmt.Errorf("storage location at s3://%s/%s: %w: %w", c.r.Bucket, c.r.BaseKey, ErrNoLocation, err)
	}
	c.use(l, OutcomeMade)
	return nil
}

// managedLocation finds the location that was made for this folder, or makes
// it. Synapse makes another one each time: the description tells them apart.
func (c *creation) managedLocation() error {
	if c.bound != 0 {
		c.tell("storage location", OutcomeFound, "%d", c.bound)
		return nil
	}
	if found, err := c.findManaged(); found || err != nil {
		return err
	}
	enabled := true
	l, err := c.s.CreateStorageLocation(c.ctx, synapse.StorageLocation{
		ConcreteType: synapse.TypeS3StorageLocation, StsEnabled: &enabled,
		Description: c.description(),
	})
	if errors.Is(err, synapse.ErrUnknownOutcome) {
		if found, look := c.findManaged(); found && look == nil {
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("making a storage location in Synapse's bucket: %w", err)
	}
	c.use(l, OutcomeMade)
	return nil
}

// findManaged looks for a location that an earlier attempt made.
func (c *creation) findManaged() (bool, error) {
	mine, err := c.s.StorageLocations(c.ctx)
	if err != nil {
		return false, fmt.Errorf("listing your storage locations: %w", err)
	}
	for _, l := range mine {
		if isSTS(l) && l.ConcreteType == synapse.TypeS3StorageLocation && l.Description == c.description() {
			c.use(l, OutcomeFound)
			return true, nil
		}
	}
	return false, nil
}

// description names the folder that a managed location is for.
func (c *creation) description() string { return "STS folder " + c.made.FolderID }

// use takes a location for the folder.
func (c *creation) use(l synapse.StorageLocation, outcome Outcome) {
	c.made.LocationID, c.made.Bucket, c.made.BaseKey = l.StorageLocationID, l.Bucket, l.BaseKey
	c.tell("storage location", outcome, "%d", l.StorageLocationID)
}

// isSTS reports whether a location hands out credentials.
func isSTS(l synapse.StorageLocation) bool { return l.StsEnabled != nil && *l.StsEnabled }
