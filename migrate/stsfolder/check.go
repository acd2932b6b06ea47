package stsfolder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Status is the result of one check.
type Status string

// The statuses. StatusUnknown is what couldn't be looked at.
const (
	StatusOK      Status = "ok"
	StatusWarning Status = "warning"
	StatusWrong   Status = "wrong"
	StatusUnknown Status = "not known"
)

// Row is one check with its result.
type Row struct {
	Check  string
	Status Status
	// Detail is what was found, Hint what to do about it; either may be
	// empty. Names in them are somebody else's words.
	Detail, Hint string
}

// ok, warning and wrong are rows of these statuses.
func ok(check, format string, args ...any) Row {
	return Row{Check: check, Status: StatusOK, Detail: fmt.Sprintf(format, args...)}
}

func warning(check, detail, hint string) Row {
	return Row{Check: check, Status: StatusWarning, Detail: detail, Hint: hint}
}

func wrong(check, detail, hint string) Row {
	return Row{Check: check, Status: StatusWrong, Detail: detail, Hint: hint}
}

// CheckView judges a folder by what is known of it: the conditions for an
// STS folder that files can be migrated into. More makes sense only where
// none of the rows is wrong.
func CheckView(v View, parent synapse.UploadDestination) []Row {
	rows := []Row{checkKind(v)}
	if v.ConcreteType != synapse.TypeFolder {
		return rows
	}
	rows = append(rows, checkSettingOf(v))
	if !v.Destination.StsEnabled {
		return rows
	}
	rows = append(rows, checkNesting(v, parent), checkOwner(v), checkBaseKey(v))
	return append(rows, checkRights(v), checkRequirements(v))
}

func checkKind(v View) Row {
	if v.ConcreteType != synapse.TypeFolder {
		return wrong("folder", "it is not a folder", "name the folder that carries the storage location")
	}
	return ok("folder", "%s %q", v.ID, v.Path)
}

func checkSettingOf(v View) Row {
	const check = "storage location"
	d := v.Destination
	switch {
	case !d.StsEnabled:
		return wrong(check, "none with STS is in force here",
			"make an STS folder with migrate folder create")
	case v.SettingOn != v.ID:
		return wrong(check, fmt.Sprintf("it is that of %s, above this folder", cmp.Or(v.SettingOn, "an entity")),
			"check that folder: credentials and rules are those of the whole of it")
	case len(v.Locations) != 1:
		return wrong(check, fmt.Sprintf("the setting has %d locations", len(v.Locations)),
			"an STS folder has exactly one: make a new folder with migrate folder create")
	case v.Managed():
		return ok(check, "%d, in Synapse's bucket", d.StorageLocationID)
	}
	return ok(check, "%d, s3://%s/%s", d.StorageLocationID, d.Bucket, d.BaseKey)
}

func checkNesting(v View, parent synapse.UploadDestination) Row {
	if parent.StsEnabled && v.SettingOn == v.ID {
		return wrong("place", "the folder lies inside another STS folder",
			"anyone with credentials for the outer one may reach more than Synapse shows: move this one out")
	}
	return ok("place", "not inside another STS folder")
}

func checkOwner(v View) Row {
	if v.Mine == nil {
		return warning("creator", "somebody else created the storage location",
			"files can be uploaded, but not be registered in place: their creator can, or make a folder of your own")
	}
	return ok("creator", "you created the storage location")
}

func checkBaseKey(v View) Row {
	const check = "base key"
	key := v.Destination.BaseKey
	switch wild := wildcards(key); {
	case key == "":
		return warning(check, "there is none", "the credentials reach the whole bucket: use a base key")
	case len(wild) > 0:
		return wrong(check, fmt.Sprintf("%q has %s in it", key, strings.Join(wild, " and ")),
			"the credentials' policy reads them as wildcards, and reaches more or less than this key: use another one")
	case planner.DotSegment(key):
		return wrong(check, fmt.Sprintf("%q has a segment . or ..", key),
			"servers and clients resolve it, so that it becomes another key: use another one")
	}
	return ok(check, "%s", key)
}

func checkRights(v View) Row {
	var lacking []string
	for _, r := range []struct {
		name string
		has  bool
	}{
		{"download", v.Permissions.CanDownload}, {"update", v.Permissions.CanEdit},
		{"create", v.Permissions.CanAddChild}, {"delete", v.Permissions.CanDelete},
	} {
		if !r.has {
			lacking = append(lacking, r.name)
		}
	}
	if len(lacking) > 0 {
		return wrong("your rights", "you may not "+strings.Join(lacking, ", "),
			"ask an administrator of the folder: credentials that write need all four, those that read need download")
	}
	return ok("your rights", "download, update, create and delete")
}

func checkRequirements(v View) Row {
	const check = "access requirements"
	switch {
	case v.Unmet:
		return wrong(check, fmt.Sprintf("you haven't met all of %v", v.Requirements),
			"open the folder in Synapse, and accept or request them: until then there are no credentials")
	case len(v.Requirements) > 0:
		return ok(check, "%v hold, and you meet them", v.Requirements)
	}
	return ok(check, "none")
}

// CheckOverlap finds other storage locations of the caller's that share
// objects with that of an external folder.
func CheckOverlap(ctx context.Context, s destination.LocationLister, v View) ([]Row, error) {
	const check = "overlap"
	mine, err := s.StorageLocations(ctx)
	if errors.Is(err, synapse.ErrForbidden) || errors.Is(err, synapse.ErrNotFound) {
		return []Row{{Check: check, Status: StatusUnknown,
			Detail: "Synapse doesn't list your storage locations: " + err.Error()}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing your storage locations: %w", err)
	}
	mine = slices.DeleteFunc(mine, func(l synapse.StorageLocation) bool {
		return l.StorageLocationID == v.Destination.StorageLocationID
	})
	var rows []Row
	for _, o := range destination.Overlaps(mine, v.Destination.Bucket, v.Destination.BaseKey) {
		rows = append(rows, warning(check, o.String(),
			"share both folders with the same people, or make new folders with base keys that don't contain one another"))
	}
	if len(rows) == 0 {
		rows = []Row{ok(check, "no other storage location of yours shares objects with it; %s", rules.OverlapsUnseen)}
	}
	return rows, nil
}

// Wrong reports whether any row is.
func Wrong(rows []Row) bool {
	return slices.ContainsFunc(rows, func(r Row) bool { return r.Status == StatusWrong })
}

// Parent is the location in force at the parent of what was looked at. One
// that the caller may not see counts as none.
func Parent(ctx context.Context, s Reader, v View) (synapse.UploadDestination, error) {
	if v.ParentID == "" {
		return synapse.UploadDestination{}, nil
	}
	d, err := s.UploadDestination(ctx, v.ParentID)
	if err != nil {
		return d, fmt.Errorf("asking for the storage location in force at %s: %w", v.ParentID, err)
	}
	return d, nil
}
