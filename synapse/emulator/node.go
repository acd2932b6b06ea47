package emulator

import (
	"maps"
	"strconv"
	"synapse-migrate/synapse"
	"time"
)

type node struct {
	id, parent   int64
	kind         string // concrete type
	name, alias  string
	etag         string
	createdOn    time.Time
	createdBy    int64
	acl          *synapse.ACL // nil: inherited
	versions     []*revision  // by number, ascending
	lastVersion  int64        // highest number ever used
	linksTo      *synapse.Reference
	linksToClass string
	repository   string // of a Docker repository
	// openData entities may be downloaded by all who may read them.
	openData bool
}

type revision struct {
	number         int64
	label, comment string
	description    string
	handleID       int64    // 0: none
	upsertKey      []string // of a record set
	activityID     int64    // 0: none
	annotations    map[string]synapse.AnnotationValue
	modifiedOn     time.Time
	modifiedBy     int64
}

func (n *node) current() *revision { return n.versions[len(n.versions)-1] }

func (n *node) version(number int64) *revision {
	for _, v := range n.versions {
		if v.number == number {
			return v
		}
	}
	return nil
}

// versionFor reads a version number and finds the revision; nil when there is
// none, which each endpoint words in its own way.
func (n *node) versionFor(text string) (*revision, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalidf("For input string: \"%s\"", text)
	}
	return n.version(number), nil
}

func (n *node) holds(handleID int64) bool {
	for _, v := range n.versions {
		if v.handleID == handleID {
			return true
		}
	}
	return false
}

// addVersion makes a copy of the current version the current one. Numbers of
// deleted versions are not used again.
func (n *node) addVersion() *revision {
	v := *n.current()
	n.lastVersion++
	v.number, v.label = n.lastVersion, decimal(n.lastVersion)
	v.annotations = maps.Clone(v.annotations)
	n.versions = append(n.versions, &v)
	return &v
}

// touch gives an entity a new ETag and notes who changed it.
func (n *node) touch(w edit) {
	n.etag = newEtag()
	v := n.current()
	v.modifiedOn, v.modifiedBy = w.now, w.user.ID
}

// versionNumbered finds a version of an entity, the current one for 0.
func versionNumbered(t *tree, entityID string, number int64) (*node, *revision, error) {
	n, err := t.nodeFor(entityID)
	if err != nil {
		return nil, nil, err
	}
	if number == 0 {
		return n, n.current(), nil
	}
	if v := n.version(number); v != nil {
		return n, v, nil
	}
	return nil, nil, noVersion(entityID, decimal(number))
}
