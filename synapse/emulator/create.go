package emulator

import (
	"synapse-migrate/synapse"
)

// Limits of the hierarchy (NodeConstants and stack configuration, October
// 2024 snapshot).
const (
	maxChildren = 10_000
	maxDepth    = 50
)

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
