package emulator

import (
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/synapse"
)

// Version is one more version of an entity, for AddVersion. The zero value
// of a field says nothing about it.
type Version struct {
	FileHandleID string
	// Label is the version's number when empty.
	Label, Comment string
	Annotations    map[string]synapse.AnnotationValue
	ActivityID     string
}

// AddVersion gives an entity a new current version, written by its creator,
// and returns its number. A handle that is not named is that of the version
// before; annotations and activity are not carried over.
func (e *Emulator) AddVersion(entityID string, v Version) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return 0, fmt.Errorf("adding a version to %s: %w", entityID, err)
	}
	handle := n.current().handleID
	if v.FileHandleID != "" {
		if handle, err = handleID(v.FileHandleID); err != nil {
			return 0, fmt.Errorf("adding a version to %s: %w", entityID, err)
		}
	}
	activity, err := e.state.provenance.named(v.ActivityID)
	if err != nil {
		return 0, fmt.Errorf("adding a version to %s: %w", entityID, err)
	}
	added := n.addVersion()
	added.handleID, added.comment = handle, v.Comment
	added.annotations = maps.Clone(v.Annotations)
	if v.Label != "" {
		added.label = v.Label
	}
	e.state.provenance.connect(n, added, activity)
	n.touch(edit{state: e.state, user: &User{ID: n.createdBy}, now: e.now()})
	return added.number, nil
}

// AddActivity enters a provenance record of an owner's and returns its ID.
func (e *Emulator) AddActivity(owner int64, a synapse.Activity) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.Used = slices.Clone(a.Used)
	return e.state.provenance.add(edit{state: e.state, user: &User{ID: owner}, now: e.now()}, a).ID
}

// SetGeneratedBy connects a version of an entity, the current one for 0, to
// an activity; an empty ID disconnects it.
func (e *Emulator) SetGeneratedBy(entityID string, version int64, activityID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, v, err := versionNumbered(e.state.tree, entityID, version)
	if err != nil {
		return fmt.Errorf("connecting %s to activity %s: %w", entityID, activityID, err)
	}
	id, err := e.state.provenance.named(activityID)
	if err != nil {
		return fmt.Errorf("connecting %s to activity %s: %w", entityID, activityID, err)
	}
	e.state.provenance.connect(n, v, id)
	return nil
}

// SetAnnotations replaces the annotations of a version of an entity, the
// current one for 0.
func (e *Emulator) SetAnnotations(
	entityID string, version int64, annotations map[string]synapse.AnnotationValue,
) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, v, err := versionNumbered(e.state.tree, entityID, version)
	if err != nil {
		return fmt.Errorf("annotating %s: %w", entityID, err)
	}
	v.annotations = maps.Clone(annotations)
	return nil
}

// AddLink makes a link to an entity, or to one version of it, and returns
// its ID. A name that is taken gets the ID added to it.
func (e *Emulator) AddLink(
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
func (e *Emulator) AddTable(owner int64, parentID, name string) (string, error) {
	return e.AddEntity(owner, parentID, synapse.TypeTable, name)
}

// AddEntity makes an entity of any concrete type, a view or a Docker
// repository say, with nothing in it, and returns its ID. A name that is
// taken gets the ID added to it. A type that isn't known is one that Synapse
// has got since its clients were written: no listing asks for it.
func (e *Emulator) AddEntity(owner int64, parentID, concreteType, name string) (string, error) {
	return e.addChild(owner, parentID, concreteType, name, 0)
}

// SetProxyKey sets the secret key that a proxy's URLs are signed with.
func (e *Emulator) SetProxyKey(locationID int64, key string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.locations.secretKeys[locationID] = key
}

// DescribeVersion writes what a version of an entity, the current one for 0,
// says of itself: the description, and the label and comment of those that
// have versions. An empty label stays as it is.
func (e *Emulator) DescribeVersion(
	entityID string, version int64, description, label, comment string,
) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, v, err := versionNumbered(e.state.tree, entityID, version)
	if err != nil {
		return fmt.Errorf("describing %s: %w", entityID, err)
	}
	v.description, v.comment = description, comment
	if label != "" {
		v.label = label
	}
	return nil
}

// RemoveVersion takes a version away, as who deletes it does: its number is
// not used again. The last version stays.
func (e *Emulator) RemoveVersion(entityID string, version int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, gone, err := versionNumbered(e.state.tree, entityID, version)
	if err != nil {
		return fmt.Errorf("removing version %d of %s: %w", version, entityID, err)
	}
	if len(n.versions) == 1 {
		return fmt.Errorf("removing version %d of %s: it is the last one", version, entityID)
	}
	n.versions = slices.DeleteFunc(n.versions, func(v *revision) bool { return v == gone })
	return nil
}
