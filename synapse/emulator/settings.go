package emulator

import (
	"net/http"

	"synapse-migrate/synapse"
)

// maxSettingLocations is how many locations one setting may have
// (ProjectSettingsManagerImpl, October 2024).
const maxSettingLocations = 10

// createSetting binds storage locations to a project or folder
// (ProjectSettingsManagerImpl.createProjectSetting, October 2024).
func createSetting(c *call) (reply, error) {
	set, err := c.decodeSetting()
	if err != nil {
		return reply{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.state.readable(c.user, set.ProjectID)
	if err != nil {
		return reply{}, err
	}
	if n.kind != synapse.TypeProject && n.kind != synapse.TypeFolder {
		return reply{}, invalidf("The id is not the id of a project or folder entity")
	}
	if !c.state.allowed(c.user, n, synapse.AccessCreate) {
		return reply{}, forbiddenf("Cannot create settings for this project")
	}
	if isSTS(c.state.nearestLocation(n.id)) {
		return reply{}, invalidf("Can't override project settings in an STS-enabled folder path")
	}
	if err := c.checkSetting(set, n); err != nil {
		return reply{}, err
	}
	if c.state.settingIsSTS(set) && c.state.occupied(n.id) {
		return reply{}, invalidf("Can't enable STS in a non-empty folder")
	}
	if c.state.settings[n.id] != nil {
		return reply{}, invalidf("A project setting of type 'upload' for project %s already exists.",
			set.ProjectID)
	}
	set.ID = decimal(c.state.nextID())
	set.Etag = newEtag()
	set.ProjectID = synID(n.id)
	c.state.settings[n.id] = set
	return created(*set)
}

// decodeSetting reads an upload setting, the only kind there is.
func (c *call) decodeSetting() (*synapse.UploadSetting, error) {
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

// settingIsSTS tells whether the first location of a setting is STS-enabled.
func (s *state) settingIsSTS(set *synapse.UploadSetting) bool {
	return len(set.Locations) > 0 && isSTS(s.locations[set.Locations[0]])
}

// checkSetting looks at a setting's locations, for entity n.
func (c *call) checkSetting(set *synapse.UploadSetting, n *node) error {
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
		if err := c.checkSettingLocation(set, n, id); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) checkSettingLocation(set *synapse.UploadSetting, n *node, id int64) error {
	l := c.state.locations[id]
	switch {
	case l == nil:
		return invalidf("uploadId %d is not a valid upload destination location", id)
	case l.ConcreteType == synapse.TypeExternalS3StorageLocation && l.CreatedBy != c.user.ID:
		return c.foreignLocation(l)
	case isSTS(l) && n.kind != synapse.TypeFolder:
		return invalidf("Can only enable STS on a folder")
	case isSTS(l) && len(set.Locations) != 1:
		return invalidf("An STS-enabled folder cannot add other upload destinations")
	}
	return nil
}

// foreignLocation refuses to attach another user's bucket.
func (c *call) foreignLocation(l *synapse.StorageLocation) error {
	owner := ""
	if u := c.state.users[l.CreatedBy]; u != nil {
		owner = u.Name
	}
	return forbiddenf("Only the owner of the external S3 upload destination (user %s) can add this "+
		"upload destination to a project. Either ask that user to perform this operation or follow "+
		"the steps to create a new external s3 upload destination (see %s", owner, externalHelp)
}

// settingByID finds a setting by its own ID; 404. The entity it belongs to
// comes with it.
func (s *state) settingByID(id string) (*synapse.UploadSetting, *node, error) {
	for entity, set := range s.settings {
		if set.ID == id {
			n, err := s.node(entity)
			return set, n, err
		}
	}
	return nil, nil, missingf("Project settings: '%s' does not exist", id)
}

// getSetting shows a setting by its own ID.
func getSetting(c *call) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	set, n, err := c.state.settingByID(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if !c.state.allowed(c.user, n, synapse.AccessRead) {
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
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.state.nodeFor(text)
	if err != nil {
		return reply{}, err
	}
	if !c.state.allowed(c.user, n, synapse.AccessRead) {
		return reply{}, forbiddenf(
			"The current user does not have READ access on the project %s.", text)
	}
	if set := c.state.settings[n.id]; set != nil {
		return ok(*set)
	}
	return ok(nil)
}

// updateSetting replaces a setting's locations
// (ProjectSettingsManagerImpl.updateProjectSetting, October 2024).
func updateSetting(c *call) (reply, error) {
	set, err := c.decodeSetting()
	if err != nil {
		return reply{}, err
	}
	if set.ID == "" {
		return reply{}, invalidf("The id is required.")
	}
	if set.ProjectID == "" {
		return reply{}, invalidf("The project id is required.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.state.nodeFor(set.ProjectID)
	if err != nil {
		return reply{}, err
	}
	if !c.state.allowed(c.user, n, synapse.AccessUpdate) {
		return reply{}, forbiddenf("Cannot update settings on this project")
	}
	if err := c.checkSetting(set, n); err != nil {
		return reply{}, err
	}
	if err := c.replaceSetting(set, n); err != nil {
		return reply{}, err
	}
	return ok(nil)
}

// replaceSetting stores a checked setting of entity n.
func (c *call) replaceSetting(set *synapse.UploadSetting, n *node) error {
	occupied := c.state.occupied(n.id)
	if occupied && c.state.settingIsSTS(set) {
		return invalidf("Can't enable STS in a non-empty folder")
	}
	old, at, err := c.state.settingByID(set.ID)
	if err != nil {
		return err
	}
	switch {
	case occupied && c.state.settingIsSTS(old):
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
	c.state.settings[n.id] = set
	return nil
}

// deleteSetting takes a setting away.
func deleteSetting(c *call) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	set, n, err := c.state.settingByID(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if !c.state.allowed(c.user, n, synapse.AccessDelete) {
		return reply{}, forbiddenf("Cannot delete settings from this project")
	}
	if c.state.settingIsSTS(set) && c.state.occupied(n.id) {
		return reply{}, invalidf("Can't disable STS in a non-empty folder")
	}
	delete(c.state.settings, n.id)
	return reply{status: http.StatusNoContent}, nil
}
