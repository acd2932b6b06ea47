package emulator

import (
	"errors"
	"fmt"

	"synapse-migrate/synapse"
)

// Content puts entities, file handles and storage locations into an Emulator,
// without a look at anybody's rights.
type Content struct{ *backend }

// The methods of this file put things into Synapse directly, past the
// server's rules: for sandboxes and for tests that need many entities. They
// refuse only what would break the tree.

// AddProject makes a project with every right for its owner and returns its
// ID. A name that is taken gets the ID added to it.
func (e Content) AddProject(owner int64, name string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.state
	n := e.plant(owner, s.tree.nodes[rootID], synapse.TypeProject, name, 0)
	return synID(n.id)
}

// AddFolder makes a folder and returns its ID. A name that is taken gets the
// ID added to it.
func (e Content) AddFolder(owner int64, parentID, name string) (string, error) {
	return e.addChild(owner, parentID, synapse.TypeFolder, name, 0)
}

// AddFile makes a file entity for a handle and returns its ID. A name that is
// taken gets the ID added to it.
func (e Content) AddFile(owner int64, parentID, name, fileHandleID string) (string, error) {
	id, err := handleID(fileHandleID)
	if err != nil {
		return "", fmt.Errorf("adding file %q: %w", name, err)
	}
	return e.addChild(owner, parentID, synapse.TypeFile, name, id)
}

func (e *backend) addChild(
	owner int64, parentID, kind, name string, handle int64,
) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	parent, err := e.state.tree.nodeFor(parentID)
	if err != nil {
		return "", fmt.Errorf("adding %q to %s: %w", name, parentID, err)
	}
	return synID(e.plant(owner, parent, kind, name, handle).id), nil
}

// plant makes an entity; e.mu is held.
func (e *backend) plant(owner int64, parent *node, kind, name string, handle int64) *node {
	w := edit{state: e.state, user: &User{ID: owner}, now: e.now()}
	body := entityBody{Entity: synapse.Entity{ConcreteType: kind}}
	n := w.newNode(body, parent, name)
	n.current().handleID = handle
	if e.state.tree.childNamed(parent.id, n.name) != 0 {
		n.name += " " + synID(n.id)
	}
	e.state.tree.insert(n)
	return n
}

// AddFileHandle enters a file handle and returns its ID. ID, ETag, times and
// status are filled in where they are empty; CreatedBy is whose it is.
func (e Content) AddFileHandle(h synapse.FileHandle) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	id, err := handleID(h.ID)
	if err != nil {
		id = e.state.ids.next()
	}
	h.ID = decimal(id)
	if h.ConcreteType == "" {
		h.ConcreteType = synapse.TypeS3FileHandle
	}
	if h.Etag == "" {
		h.Etag = newEtag()
	}
	if h.CreatedOn == nil {
		h.CreatedOn = synapse.NewTime(e.now())
	}
	if h.ModifiedOn == nil {
		h.ModifiedOn = h.CreatedOn
	}
	if h.Status == "" {
		h.Status = "AVAILABLE"
	}
	e.state.handles.byID[id] = &h
	return h.ID
}

// AddStorageLocation enters a storage location, without a look at its
// bucket, and returns its ID; an ID of 0 is chosen.
func (e Content) AddStorageLocation(l synapse.StorageLocation) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.StorageLocationID == 0 {
		l.StorageLocationID = e.state.ids.next()
	}
	if l.UploadType == "" {
		l.UploadType = "S3"
	}
	if l.Etag == "" {
		l.Etag = newEtag()
	}
	if l.CreatedOn == nil {
		l.CreatedOn = synapse.NewTime(e.now())
	}
	e.state.locations.byID[l.StorageLocationID] = &l
	return l.StorageLocationID
}

// SetUploadSetting gives a project or folder its upload setting, or takes it
// away when no location is named.
func (e Content) SetUploadSetting(entityID string, locations ...int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return fmt.Errorf("setting the upload destination of %s: %w", entityID, err)
	}
	if len(locations) == 0 {
		delete(e.state.settings.byEntity, n.id)
		return nil
	}
	e.state.settings.byEntity[n.id] = &synapse.UploadSetting{
		ConcreteType: synapse.TypeUploadSetting, ID: decimal(e.state.ids.next()),
		ProjectID: synID(n.id), SettingsType: synapse.SettingsTypeUpload,
		Etag: newEtag(), Locations: append([]int64(nil), locations...),
	}
	return nil
}

// AddLink makes a link to an entity, or to one version of it, and returns
// its ID. A name that is taken gets the ID added to it.
func (e Content) AddLink(
	owner int64, parentID, name string, target synapse.Reference,
) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	parent, err := e.state.tree.nodeFor(parentID)
	if err != nil {
		return "", fmt.Errorf("adding link %q to %s: %w", name, parentID, err)
	}
	n := e.plant(owner, parent, synapse.TypeLink, name, 0)
	n.linksTo = &target
	if id, err := parseID(target.TargetID); err == nil && e.state.tree.nodes[id] != nil {
		n.linksToClass = e.state.tree.nodes[id].kind
	}
	return synID(n.id), nil
}

// AddTable makes a table and returns its ID. A name that is taken gets the
// ID added to it.
func (e Content) AddTable(owner int64, parentID, name string) (string, error) {
	return e.AddEntity(owner, parentID, synapse.TypeTable, name)
}

// AddEntity makes an entity of any concrete type, a view or a Docker
// repository say, with nothing in it, and returns its ID. A name that is
// taken gets the ID added to it. A type that isn't known is one that Synapse
// has got since its clients were written: no listing asks for it.
func (e Content) AddEntity(owner int64, parentID, concreteType, name string) (string, error) {
	return e.addChild(owner, parentID, concreteType, name, 0)
}

// SetProxyKey sets the secret key that a proxy's URLs are signed with.
func (e Content) SetProxyKey(locationID int64, key string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.locations.secretKeys[locationID] = key
}

// SetStorageLimit sets how many bytes the files of a project may take in a
// storage location; a negative number takes the limit away.
func (e Content) SetStorageLimit(projectID string, locationID, maxBytes int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(projectID)
	if err == nil && n.kind != synapse.TypeProject {
		err = errors.New("not a project")
	}
	if err != nil {
		return fmt.Errorf("limiting what %s stores: %w", projectID, err)
	}
	key := usageKey{n.id, locationID}
	if maxBytes < 0 {
		delete(e.state.usage.limits, key)
		return nil
	}
	e.state.usage.limits[key] = maxBytes
	return nil
}
