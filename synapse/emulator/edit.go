package emulator

import (
	"net/http"
	"strconv"
	"synapse-migrate/synapse"
	"time"
)

// edit is who writes, when, and with which activity.
type edit struct {
	*state
	user        *User
	now         time.Time
	generatedBy string
}

func (c *call) writing() edit {
	return edit{state: c.state, user: c.user, now: c.now(), generatedBy: c.r.URL.Query().Get("generatedBy")}
}

// checkShape looks at a document and the type of its parent.
func checkShape(body entityBody, parent *node) error {
	if shortNames[body.ConcreteType] == "" {
		return invalidf("Unknown concrete type: '%s'", body.ConcreteType)
	}
	if err := checkRawName(body.rawName(), body.Description); err != nil {
		return err
	}
	kind := parent.kind
	if parent.id == rootID {
		kind = ""
	}
	return checkParent(body.ConcreteType, kind)
}

// checkFile are the rules of file entities, and of record sets, against the
// parent that the body names (FileEntityMetadataProvider,
// RecordSetMetadataProvider). Before is the file handle that an update may
// keep, which adds nothing to what the project stores.
func (w edit) checkFile(
	body entityBody, parent *node, where *synapse.StorageLocation, before string,
) error {
	if !holdsFile(body.ConcreteType) {
		return nil
	}
	if body.ConcreteType == synapse.TypeRecordSet && len(body.UpsertKey) == 0 {
		return invalidf("The upsertKey is required and must not be empty.")
	}
	if body.DataFileHandleID == "" {
		return invalidf("FileEntity.dataFileHandleId cannot be null")
	}
	if body.FileNameOverride != "" {
		return invalidf("fileNameOverride field is deprecated and should not be set.")
	}
	id, err := handleID(body.DataFileHandleID)
	if err != nil {
		return err
	}
	h, err := w.handles.withID(id)
	if err != nil {
		return err
	}
	if err := stsFileRule(where, w.locations.of(h)); err != nil || body.DataFileHandleID == before {
		return err
	}
	return w.usage.check(parent, h, w.now)
}

// checkRoom is 400 when a container can't take one more child of a kind.
func checkRoom(t *tree, parent *node, kind string) error {
	limited := kind == synapse.TypeFile || kind == synapse.TypeFolder || kind == synapse.TypeLink
	if limited && parent.id != rootID && t.childCount(parent.id)+1 > maxChildren {
		return invalidf("Limit of %d children exceeded for parent: %s", maxChildren, synID(parent.id))
	}
	if t.depth(parent) >= maxDepth {
		return invalidf("Exceeded the maximum hierarchical depth of: %d for parent: %s",
			maxDepth, synID(parent.id))
	}
	return nil
}

// checkUnique is 409 when another child of the parent has the name, or
// another project the alias.
func checkUnique(t *tree, n *node, parent int64, name, alias string) error {
	if other := t.childNamed(parent, name); other != 0 && other != n.id {
		return failf(http.StatusConflict,
			"An entity with the name: %s already exists with a parentId: %s", name, synID(parent))
	}
	if alias == "" {
		return nil
	}
	for _, other := range t.nodes {
		if other.alias == alias && other.id != n.id {
			return failf(http.StatusConflict,
				"The friendly url name (alias): %s is already taken.  Please select another.", alias)
		}
	}
	return nil
}

// activityID is the activity that a checked write names, 0 for none.
func (w edit) activityID() int64 {
	id, err := strconv.ParseInt(w.generatedBy, 10, 64)
	if err != nil || w.generatedBy == removesActivity {
		return 0
	}
	return id
}
