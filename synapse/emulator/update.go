package emulator

import (
	"net/http"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// maxVersions is the largest number of versions of one entity
// (EntityManagerImpl, October 2024 snapshot).
const maxVersions = 15_000

// change is an update on its way through the server's checks.
type change struct {
	edit
	body       entityBody
	n          *node
	parent     *node
	name       string
	handleID   int64
	newVersion bool
}

// update replaces an entity by a body. The order of the checks is the
// server's; the first failure wins.
func (w edit) update(body entityBody, newVersion bool) (*node, error) {
	c := &change{edit: w, body: body, newVersion: newVersion}
	for _, check := range [...]func() error{
		c.checkShape, c.checkPlace, c.checkTarget,
		c.decideVersion, c.checkFields, c.checkRights,
		c.checkMove, c.checkLabel,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if err := checkUnique(w.tree, c.n, c.parent.id, c.name, c.body.Alias); err != nil {
		return nil, err
	}
	c.apply()
	return c.n, nil
}

// checkShape: the document, its parent, the entity itself.
func (c *change) checkShape() (err error) {
	if c.body.ID == "" {
		return invalidf("Updated Entity cannot have a null id")
	}
	id, err := parseID(c.body.ID)
	if err != nil {
		return err
	}
	if c.parent, err = c.tree.parentOf(c.body.ParentID); err != nil {
		return err
	}
	if err := checkShape(c.body, c.parent); err != nil {
		return err
	}
	if c.n = c.tree.nodes[id]; c.n == nil {
		return missingf("Entity %s does not exist", c.body.ID)
	}
	if c.tree.isDescendant(c.parent, id) {
		return invalidf("Invalid hierarchy: an entity cannot be an ancestor of itself")
	}
	return nil
}

// checkPlace: the STS rules of files and folders against the parent in
// the body.
func (c *change) checkPlace() error {
	where := c.settings.nearestLocation(c.parent.id)
	before := decimal(c.n.current().handleID)
	if err := c.checkFile(c.body, c.parent, where, before); err != nil {
		return err
	}
	if c.body.ConcreteType != synapse.TypeFolder || c.parent.id == c.n.parent {
		return nil
	}
	own := false
	if set := c.settings.byEntity[c.n.id]; set != nil {
		own = isSTS(c.settings.nearestLocation(c.n.id))
	}
	return stsMoveRule(own, c.settings.nearestLocation(c.n.parent), where)
}

// checkTarget: the entity may be read and is of the body's type.
func (c *change) checkTarget() error {
	if _, err := c.tree.node(c.n.id); err != nil {
		return err
	}
	if err := c.access.require(c.user, c.n, synapse.AccessRead); err != nil {
		return err
	}
	if c.n.kind != c.body.ConcreteType {
		return invalidf("The Entity: %s has an entityType=%s and cannot be changed to entityType=%s",
			synID(c.n.id), c.n.kind, c.body.ConcreteType)
	}
	return nil
}

// decideVersion makes a new version of a file whose content changes, and
// then forgets the label and the comment of the body. Tables make none.
func (c *change) decideVersion() (err error) {
	if holdsFile(c.n.kind) {
		if c.handleID, err = handleID(c.body.DataFileHandleID); err != nil {
			return err
		}
		current := c.n.current().handleID
		if !c.newVersion && c.handleID != current && !c.handles.sameMD5(c.handleID, current) {
			c.newVersion = true
			c.body.VersionLabel, c.body.VersionComment = "", ""
		}
	}
	if isTable(c.n.kind) {
		c.newVersion = false
	}
	if c.newVersion && c.n.current().number+1 > maxVersions {
		return invalidf("Exceeded the maximum number of %d versions for a single Entity", maxVersions)
	}
	return nil
}

// checkFields: name, alias, and what an update can't do without.
func (c *change) checkFields() (err error) {
	if c.body.Name == nil {
		return invalidf("Column 'NAME' cannot be null")
	}
	if c.name, err = validName(*c.body.Name); err != nil {
		return err
	}
	if err := checkAlias(c.body.Alias); err != nil {
		return err
	}
	if err := checkVersionTexts(c.body); err != nil {
		return err
	}
	if c.body.Etag == "" {
		return invalidf("The eTag of the node is required.")
	}
	if c.body.ParentID == "" {
		return invalidf("The parent id of the node is required.")
	}
	return nil
}

// checkRights: UPDATE, access requirements, alias, file handle, activity, ETag.
func (c *change) checkRights() error {
	if err := c.access.require(c.user, c.n, synapse.AccessUpdate); err != nil {
		return err
	}
	if err := c.checkFewerRestrictions(); err != nil {
		return err
	}
	if c.n.alias != c.body.Alias {
		if err := c.access.require(c.user, c.n, synapse.AccessChangeSettings); err != nil {
			return err
		}
	}
	if c.handleID != c.n.current().handleID {
		if _, err := c.handles.owned(c.user, c.handleID); err != nil {
			return err
		}
	}
	if err := c.provenance.check(c.edit); err != nil {
		return err
	}
	if c.body.Etag != c.n.etag {
		return staleEtag(c.body.ID)
	}
	return nil
}

// checkFewerRestrictions: a move may not leave an access requirement behind,
// unless a member of the Access and Compliance Team makes it
// (AccessApprovalManagerImpl, October 2024 snapshot). Those of the entity
// itself come along.
func (c *change) checkFewerRestrictions() error {
	if c.parent.id == c.n.parent || c.user.inACT() {
		return nil
	}
	after := c.requirements.at(c.parent)
	for _, r := range c.requirements.at(c.tree.nodes[c.n.parent]) {
		if !slices.Contains(after, r) {
			return forbiddenf("Cannot move restricted entity to a location having fewer access " +
				"restrictions.")
		}
	}
	return nil
}

// checkMove: rights and limits of another parent.
func (c *change) checkMove() error {
	if c.parent.id == c.n.parent {
		return nil
	}
	if err := c.access.checkCreateIn(c.user, c.parent); err != nil {
		return err
	}
	if !c.access.allowed(c.user, c.n, synapse.AccessChangePermissions) {
		return forbiddenf("CHANGE_PERMISSIONS is required to move to a new location")
	}
	return checkRoom(c.tree, c.parent, c.n.kind)
}

// checkLabel: labels are unique among the versions of an entity, letter case
// aside, and a label that is left out of an update without a new version
// becomes 1.
func (c *change) checkLabel() error {
	if !isVersioned(c.n.kind) {
		return nil
	}
	switch {
	case c.body.VersionLabel != "":
	case c.newVersion:
		c.body.VersionLabel = decimal(c.n.lastVersion + 1)
	default:
		c.body.VersionLabel = "1"
	}
	for _, v := range c.n.versions {
		if !strings.EqualFold(v.label, c.body.VersionLabel) || !c.newVersion && v == c.n.current() {
			continue
		}
		status := http.StatusBadRequest
		if !c.newVersion {
			status = http.StatusInternalServerError
		}
		return failf(status, "Duplicate entry '%d-%s' for key 'UNIQUE_REVISION_LABEL'",
			c.n.id, c.body.VersionLabel)
	}
	return nil
}

// apply carries a change out that has passed all checks.
func (c *change) apply() {
	n := c.n
	v := n.current()
	if c.newVersion {
		v = n.addVersion()
	}
	v.description = c.body.Description
	if isVersioned(n.kind) {
		v.label, v.comment = c.body.VersionLabel, c.body.VersionComment
	}
	v.handleID, v.upsertKey = c.handleID, c.body.UpsertKey
	if c.newVersion || c.generatedBy != "" {
		c.provenance.connect(n, v, c.activityID())
	}
	c.tree.detach(n)
	n.name, n.parent, n.alias = c.name, c.parent.id, c.body.Alias
	n.linksTo, n.linksToClass = c.body.LinksTo, c.body.LinksToClassName
	n.repository = c.body.RepositoryName
	c.tree.attach(n)
	n.touch(c.edit)
}
