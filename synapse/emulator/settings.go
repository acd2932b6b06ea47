package emulator

import (
	"net/http"

	"synapse-migrate/synapse"
)

// maxSettingLocations is how many locations one setting may have
// (ProjectSettingsManagerImpl, October 2024).
const maxSettingLocations = 10

// uploadSettings bind storage locations to projects and folders, and to all
// below them.
type uploadSettings struct {
	tree      *tree
	locations *locations
	byEntity  map[int64]*synapse.UploadSetting
}

// createSetting binds storage locations to a project or folder
// (ProjectSettingsManagerImpl.createProjectSetting, October 2024).
func createSetting(c *call) (reply, error) {
	set, err := decodeSetting(c)
	if err != nil {
		return reply{}, err
	}
	n, err := c.state.access.readable(c.user, set.ProjectID)
	if err != nil {
		return reply{}, err
	}
	if n.kind != synapse.TypeProject && n.kind != synapse.TypeFolder {
		return reply{}, invalidf("The id is not the id of a project or folder entity")
	}
	if !c.state.access.allowed(c.user, n, synapse.AccessCreate) {
		return reply{}, forbiddenf("Cannot create settings for this project")
	}
	if isSTS(c.state.settings.nearestLocation(n.id)) {
		return reply{}, invalidf("Can't override project settings in an STS-enabled folder path")
	}
	if err := checkSetting(c, set, n); err != nil {
		return reply{}, err
	}
	if c.state.locations.isSTS(set) && c.state.trash.occupied(n.id) {
		return reply{}, invalidf("Can't enable STS in a non-empty folder")
	}
	if c.state.settings.byEntity[n.id] != nil {
		return reply{}, invalidf("A project setting of type 'upload' for project %s already exists.",
			set.ProjectID)
	}
	set.ID = decimal(c.state.ids.next())
	set.Etag = newEtag()
	set.ProjectID = synID(n.id)
	c.state.settings.byEntity[n.id] = set
	return created(*set)
}

// decodeSetting reads an upload setting, the only kind there is.
func decodeSetting(c *call) (*synapse.UploadSetting, error) {
	var set synapse.UploadSetting
	if err := c.decode(&set); err != nil {
		return nil, err
	}
	if set.ConcreteType != synapse.TypeUploadSetting {
		return nil, invalidf("Could not read JSON: no project setting of concreteType '%s'",
			set.ConcreteType)
	}
	set.SettingsType = synapse.SettingsTypeUpload
	return &set, nil
}

// isSTS tells whether the first location of a setting is STS-enabled.
func (l *locations) isSTS(set *synapse.UploadSetting) bool {
	return len(set.Locations) > 0 && isSTS(l.byID[set.Locations[0]])
}

func checkSetting(c *call, set *synapse.UploadSetting, n *node) error {
	switch {
	case set.Locations == nil:
		return invalidf("settings.locations is required.")
	case len(set.Locations) == 0:
		return invalidf("settings.locations must at least have one entry")
	case len(set.Locations) > maxSettingLocations:
		return invalidf("The maximum number of settings.locations is limited to %d",
			maxSettingLocations)
	}
	for _, id := range set.Locations {
		if err := checkSettingLocation(c, set, n, id); err != nil {
			return err
		}
	}
	return nil
}

func checkSettingLocation(c *call, set *synapse.UploadSetting, n *node, id int64) error {
	l := c.state.locations.byID[id]
	switch {
	case l == nil:
		return invalidf("uploadId %d is not a valid upload destination location", id)
	case l.ConcreteType == synapse.TypeExternalS3StorageLocation && l.CreatedBy != c.user.ID:
		return foreignLocation(c, l)
	case isSTS(l) && n.kind != synapse.TypeFolder:
		return invalidf("Can only enable STS on a folder")
	case isSTS(l) && len(set.Locations) != 1:
		return invalidf("An STS-enabled folder cannot add other upload destinations")
	}
	return nil
}

func foreignLocation(c *call, l *synapse.StorageLocation) error {
	owner := ""
	if u := c.state.accounts.users[l.CreatedBy]; u != nil {
		owner = u.Name
	}
	return forbiddenf("Only the owner of the external S3 upload destination (user %s) can add this "+
		"upload destination to a project. Either ask that user to perform this operation or follow "+
		"the steps to create a new external s3 upload destination (see %s", owner, externalHelp)
}

// find finds a setting by its own ID; 404. The entity it belongs to
// comes with it.
func (u *uploadSettings) find(id string) (*synapse.UploadSetting, *node, error) {
	for entity, set := range u.byEntity {
		if set.ID == id {
			n, err := u.tree.node(entity)
			return set, n, err
		}
	}
	return nil, nil, missingf("Project settings: '%s' does not exist", id)
}

func getSetting(c *call) (reply, error) {
	set, n, err := c.state.settings.find(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if !c.state.access.allowed(c.user, n, synapse.AccessRead) {
		return reply{}, forbiddenf("The current user does not have READ access on the project " +
			"this setting applies to.")
	}
	return ok(*set)
}

// getSettingOfEntity shows an entity's own setting; one that doesn't exist
// is success without a body.
func getSettingOfEntity(c *call) (reply, error) {
	if c.r.PathValue("type") != synapse.SettingsTypeUpload {
		return reply{}, invalidf("%s is not a type of project settings.", c.r.PathValue("type"))
	}
	text := c.r.PathValue("id")
	n, err := c.state.tree.nodeFor(text)
	if err != nil {
		return reply{}, err
	}
	if !c.state.access.allowed(c.user, n, synapse.AccessRead) {
		return reply{}, forbiddenf(
			"The current user does not have READ access on the project %s.", text)
	}
	if set := c.state.settings.byEntity[n.id]; set != nil {
		return ok(*set)
	}
	return ok(nil)
}

// updateSetting replaces a setting's locations
// (ProjectSettingsManagerImpl.updateProjectSetting, October 2024).
func updateSetting(c *call) (reply, error) {
	set, err := decodeSetting(c)
	if err != nil {
		return reply{}, err
	}
	if set.ID == "" {
		return reply{}, invalidf("The id is required.")
	}
	if set.ProjectID == "" {
		return reply{}, invalidf("The project id is required.")
	}
	n, err := c.state.tree.nodeFor(set.ProjectID)
	if err != nil {
		return reply{}, err
	}
	if !c.state.access.allowed(c.user, n, synapse.AccessUpdate) {
		return reply{}, forbiddenf("Cannot update settings on this project")
	}
	if err := checkSetting(c, set, n); err != nil {
		return reply{}, err
	}
	if err := replaceSetting(c, set, n); err != nil {
		return reply{}, err
	}
	return ok(nil)
}

// replaceSetting stores a checked setting of entity n.
func replaceSetting(c *call, set *synapse.UploadSetting, n *node) error {
	occupied := c.state.trash.occupied(n.id)
	if occupied && c.state.locations.isSTS(set) {
		return invalidf("Can't enable STS in a non-empty folder")
	}
	old, at, err := c.state.settings.find(set.ID)
	if err != nil {
		return err
	}
	switch {
	case occupied && c.state.locations.isSTS(old):
		return invalidf("Can't disable STS in a non-empty folder")
	case at.id != n.id:
		return invalidf("You cannot change the project id with the update project settings call. " +
			"Create a new project settings instead")
	case old.Etag != set.Etag:
		return failf(http.StatusPreconditionFailed, "Project setting was updated since you last "+
			"fetched it, retrieve it again and reapply the update.")
	}
	set.Etag = newEtag()
	set.ProjectID = synID(n.id)
	c.state.settings.byEntity[n.id] = set
	return nil
}

func deleteSetting(c *call) (reply, error) {
	set, n, err := c.state.settings.find(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if !c.state.access.allowed(c.user, n, synapse.AccessDelete) {
		return reply{}, forbiddenf("Cannot delete settings from this project")
	}
	if c.state.locations.isSTS(set) && c.state.trash.occupied(n.id) {
		return reply{}, invalidf("Can't disable STS in a non-empty folder")
	}
	delete(c.state.settings.byEntity, n.id)
	return reply{status: http.StatusNoContent}, nil
}

// nearest is the upload setting in force at an entity, its own or
// inherited; nil when there is none up the tree.
func (u *uploadSettings) nearest(id int64) *synapse.UploadSetting {
	for n := u.tree.nodes[id]; n != nil; n = u.tree.nodes[n.parent] {
		if set := u.byEntity[n.id]; set != nil {
			return set
		}
	}
	return nil
}

// nearestLocation is the first storage location of the nearest setting; nil
// when there is none.
func (u *uploadSettings) nearestLocation(id int64) *synapse.StorageLocation {
	set := u.nearest(id)
	if set == nil || len(set.Locations) == 0 {
		return nil
	}
	return u.locations.byID[set.Locations[0]]
}
