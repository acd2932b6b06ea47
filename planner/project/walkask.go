package project

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// versionsAtOnce is how many older versions of one file are asked about at
// once: as many as Synapse lets one user call.
const versionsAtOnce = 3

// askFolder asks what a folder, or the source itself, is.
func (w *walker) askFolder(ctx context.Context, c *child) error {
	return w.askBundle(ctx, c, synapse.BundleRequest{
		IncludeEntity: true, IncludeAnnotations: true,
		IncludeRootWikiID: true, IncludeDOIAssociation: true, IncludeThreadCount: true,
		IncludeRestrictionInformation: w.project.Mode == planner.ModeMove,
	})
}

// askFile asks what a file is, with those versions of it that travel, and
// about the file that has its name in the destination.
func (w *walker) askFile(ctx context.Context, c *child) error {
	err := w.askBundle(ctx, c, synapse.BundleRequest{
		IncludeEntity: true, IncludeAnnotations: true, IncludeFileHandles: true,
		IncludePermissions: true, IncludeBenefactorACL: true,
		IncludeRestrictionInformation: true, IncludeActivity: true,
		IncludeRootWikiID: true, IncludeDOIAssociation: true, IncludeThreadCount: true,
	})
	if err != nil || c.gone {
		return err
	}
	if c.elsewhere = !w.located(c.bundle); c.elsewhere {
		return nil
	}
	if w.project.Versions == planner.VersionsAll && c.bundle.Entity.VersionNumber > 1 {
		if err := w.askVersions(ctx, c, c.bundle.Entity.VersionNumber); err != nil {
			return err
		}
	}
	if c.at == nil || c.at.Type != synapse.TypeFile {
		return nil
	}
	c.there, err = w.existing.Bundle(ctx, c.at.ID, synapse.BundleRequest{
		IncludeEntity: true, IncludeFileHandles: true, IncludeAnnotations: true,
	})
	if err != nil {
		return fmt.Errorf("looking at file %s of the destination: %w", c.at.ID, err)
	}
	if w.replaces && w.project.Versions == planner.VersionsAll {
		c.thereVersions, err = w.source.AllVersions(ctx, c.at.ID)
	}
	return err
}

// askBundle asks about the current version. What can't be seen any more is
// gone: the listing showed it.
func (w *walker) askBundle(ctx context.Context, c *child, r synapse.BundleRequest) error {
	var err error
	c.bundle, err = w.source.Bundle(ctx, c.header.ID, r)
	switch {
	case absent(err):
		c.gone = true
		return nil
	case err != nil:
		return fmt.Errorf("reading %s: %w", c.header.ID, err)
	case c.bundle.Entity == nil:
		return fmt.Errorf("reading %s: the answer has no entity", c.header.ID)
	}
	return nil
}

// absent reports whether there is nothing there, as far as the caller may
// see.
func absent(err error) bool {
	return errors.Is(err, synapse.ErrNotFound) || errors.Is(err, synapse.ErrForbidden)
}

// located reports whether a file lies in the storage locations that narrow
// the source. One whose handle the caller may not see is not left out
// silently.
func (w *walker) located(b synapse.Bundle) bool {
	h := planner.DataHandle(b)
	return len(w.locations) == 0 || h == nil || slices.Contains(w.locations, planner.LocationOf(h))
}

// askVersions asks about the versions before the current one.
func (w *walker) askVersions(ctx context.Context, c *child, current int64) error {
	all, err := w.source.AllVersions(ctx, c.header.ID)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.VersionNumber < current {
			c.older = append(c.older, fileVersion{number: v.VersionNumber})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(versionsAtOnce)
	for i := range c.older {
		group.Go(func() error { return w.askVersion(ctx, c.header.ID, &c.older[i]) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	c.older = slices.DeleteFunc(c.older, func(v fileVersion) bool { return v.bundle.Entity == nil })
	return nil
}

// askVersion asks about one version. One that was deleted since the versions
// were listed stays empty.
func (w *walker) askVersion(ctx context.Context, id string, v *fileVersion) error {
	copying := w.project.Mode == planner.ModeCopy
	b, err := w.source.VersionBundle(ctx, id, v.number, synapse.BundleRequest{
		IncludeEntity: true, IncludeFileHandles: true, IncludeAnnotations: copying,
	})
	switch {
	case absent(err):
		return nil
	case err != nil:
		return fmt.Errorf("reading version %d of %s: %w", v.number, id, err)
	}
	v.bundle = b
	if !copying || w.project.Provenance != planner.ProvenanceKeep {
		return nil
	}
	a, err := w.source.VersionGeneratedBy(ctx, id, v.number)
	if err != nil && !absent(err) {
		return fmt.Errorf("reading the provenance of version %d of %s: %w", v.number, id, err)
	}
	v.activityID, v.hidden = a.ID, errors.Is(err, synapse.ErrForbidden)
	return nil
}
