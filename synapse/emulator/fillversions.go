package emulator

import (
	"fmt"
	"slices"
)

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
