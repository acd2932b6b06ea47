package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// Details adds to entities: versions, annotations, provenance, and what names
// them elsewhere.
type Details struct{ *backend }

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
func (e Details) AddVersion(entityID string, v Version) (int64, error) {
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
func (e Details) AddActivity(owner int64, a synapse.Activity) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	a.Used = slices.Clone(a.Used)
	return e.state.provenance.add(edit{state: e.state, user: &User{ID: owner}, now: e.now()}, a).ID
}

// SetGeneratedBy connects a version of an entity, the current one for 0, to
// an activity; an empty ID disconnects it.
func (e Details) SetGeneratedBy(entityID string, version int64, activityID string) error {
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
func (e Details) SetAnnotations(
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

// DescribeVersion writes what a version of an entity, the current one for 0,
// says of itself: the description, and the label and comment of those that
// have versions. An empty label stays as it is.
func (e Details) DescribeVersion(
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
func (e Details) RemoveVersion(entityID string, version int64) error {
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

// AddWiki gives an entity a wiki, or its wiki one more page below the first,
// and returns the page's ID.
func (e Details) AddWiki(entityID, title string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return "", fmt.Errorf("adding a wiki to %s: %w", entityID, err)
	}
	page := wikiPage{ID: decimal(e.state.ids.next()), Title: title}
	if pages := e.state.wikis.pages[n.id]; len(pages) > 0 {
		page.ParentID = pages[0].ID
	}
	e.state.wikis.pages[n.id] = append(e.state.wikis.pages[n.id], page)
	return page.ID, nil
}

// AddDOI gives a version of an entity a DOI and returns it; 0 is the entity
// as a whole.
func (e Details) AddDOI(entityID string, version int64) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, _, err := versionNumbered(e.state.tree, entityID, version)
	if err != nil {
		return "", fmt.Errorf("adding a DOI to %s: %w", entityID, err)
	}
	uri := doiPrefix + strings.ToUpper(synID(n.id))
	if version != 0 {
		uri += "." + decimal(version)
	}
	e.state.mentions.dois[doiKey{n.id, version}] = &synapse.DOIAssociation{
		AssociationID: decimal(e.state.ids.next()), ObjectID: synID(n.id), ObjectType: "ENTITY",
		ObjectVersion: version, DOIURI: uri, DOIURL: "https://doi.org/" + uri,
		AssociatedBy: decimal(n.createdBy), AssociatedOn: synapse.NewTime(e.now()),
	}
	return uri, nil
}

// AddThread enters a discussion thread that mentions an entity.
func (e Details) AddThread(entityID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return fmt.Errorf("adding a thread about %s: %w", entityID, err)
	}
	e.state.mentions.threads[n.id]++
	return nil
}
