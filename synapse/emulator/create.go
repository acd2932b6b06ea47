package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"synapse-migrate/synapse"
)

// Limits of the hierarchy (NodeConstants and stack configuration, October
// 2024 snapshot).
const (
	maxChildren = 10_000
	maxDepth    = 50
)

// edit is who writes, when, and with which activity.
type edit struct {
	*state
	user        *User
	now         time.Time
	generatedBy string
}

// writing is the edit that a call makes.
func (c *call) writing() edit {
	return edit{state: c.state, user: c.user, now: c.now(), generatedBy: c.r.URL.Query().Get("generatedBy")}
}

// create makes an entity. The order of the checks is the server's; the first
// failure wins.
func (w edit) create(body entityBody) (*node, error) {
	parent, err := w.tree.parentOf(body.ParentID)
	if err != nil {
		return nil, err
	}
	if err := checkShape(body, parent); err != nil {
		return nil, err
	}
	where := w.settings.nearestLocation(parent.id)
	if err := stsCreateRule(where, body.ConcreteType); err != nil {
		return nil, err
	}
	if err := w.checkFile(body, parent, where, ""); err != nil {
		return nil, err
	}
	name := ""
	if body.Name != nil {
		if name, err = validName(*body.Name); err != nil {
			return nil, err
		}
	}
	if err := w.checkCreate(body, parent); err != nil {
		return nil, err
	}
	n := w.newNode(body, parent, name)
	if err := checkUnique(w.tree, n, parent.id, n.name, n.alias); err != nil {
		return nil, err
	}
	w.provenance.connect(n, n.current(), w.activityID())
	w.tree.insert(n)
	return n, nil
}

// checkCreate are the checks from the trash to the activity.
func (w edit) checkCreate(body entityBody, parent *node) error {
	if err := checkAlias(body.Alias); err != nil {
		return err
	}
	if err := checkVersionTexts(body); err != nil {
		return err
	}
	if w.tree.inTrash(parent) {
		return missingf("The given parent: %s does not exist", body.ParentID)
	}
	if err := w.access.requireCreate(w.user, parent, body.ConcreteType); err != nil {
		return err
	}
	if err := checkRoom(w.tree, parent, body.ConcreteType); err != nil {
		return err
	}
	if body.DataFileHandleID != "" {
		if err := w.handles.checkOwner(w.user, body.DataFileHandleID); err != nil {
			return err
		}
	}
	return w.provenance.check(w)
}

// parentOf finds the parent that a body names; the root when it names none.
func (t *tree) parentOf(text string) (*node, error) {
	if text == "" {
		return t.nodes[rootID], nil
	}
	id, err := parseID(text)
	if err != nil {
		return nil, err
	}
	if n := t.nodes[id]; n != nil {
		return n, nil
	}
	return nil, missingf("Cannot find a node with id: %s", text)
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

func handleID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalidf("For input string: \"%s\"", text)
	}
	return id, nil
}

func (f *fileHandles) checkOwner(u *User, text string) error {
	id, err := handleID(text)
	if err != nil {
		return err
	}
	_, err = f.owned(u, id)
	return err
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

// newNode builds the entity of a body that has passed all checks.
func (w edit) newNode(body entityBody, parent *node, name string) *node {
	n := &node{
		id: w.ids.next(), parent: parent.id, kind: body.ConcreteType, name: name,
		etag: newEtag(), createdOn: w.now, createdBy: w.user.ID, lastVersion: 1,
		linksTo: body.LinksTo, linksToClass: body.LinksToClassName,
		repository: body.RepositoryName,
	}
	if n.name == "" {
		n.name = synID(n.id)
	}
	v := &revision{
		number: 1, label: "1", description: body.Description,
		modifiedOn: w.now, modifiedBy: w.user.ID,
	}
	if isVersioned(n.kind) {
		v.comment = body.VersionComment
		if body.VersionLabel != "" {
			v.label = body.VersionLabel
		}
	}
	if holdsFile(n.kind) {
		v.upsertKey = body.UpsertKey
		v.handleID, _ = handleID(body.DataFileHandleID) // checked before
	}
	if n.kind == synapse.TypeProject {
		n.alias = body.Alias
		n.acl = newProjectACL(n.id, w.user.ID, synapse.NewTime(w.now))
	}
	n.versions = []*revision{v}
	return n
}

// insert puts a node into the tree; remove takes it out for good.
func (t *tree) insert(n *node) {
	t.nodes[n.id] = n
	t.attach(n)
}

func (t *tree) remove(n *node) {
	t.detach(n)
	delete(t.nodes, n.id)
}

// entityIDs are the IDs of all entities, ascending.
func (t *tree) entityIDs() []int64 {
	ids := make([]int64, 0, len(t.nodes))
	for id := range t.nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
