package emulator

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"synapse-migrate/synapse"
)

// Entities that every Synapse has (bootstrap entities of the server's
// source, October 2024 snapshot).
const (
	rootID  int64 = 4489
	trashID int64 = 1681355
)

// First identifiers to be handed out.
const (
	firstID     int64 = 20_000_000
	firstUserID int64 = 3_350_000
)

// newState is a Synapse with a root, a trash folder, the anonymous user and
// storage location 1, Synapse's own bucket.
func newState(bucket string, realm synapse.Realm, now time.Time) state {
	s := state{
		lastID:     firstID,
		lastUserID: firstUserID,
		realm:      realm,
		users:      map[int64]*User{},
		teams:      map[int64]*team{},
		tokens:     map[string]*token{},
		nodes:      map[int64]*node{},
		children:   map[int64]*container{},
		trash:      map[int64]*trashed{},
		activities: map[int64]*synapse.Activity{},
		generated:  map[int64][]int64{},
		handles:    map[int64]*synapse.FileHandle{},

		wikis:        map[int64][]wikiPage{},
		dois:         map[doiKey]*synapse.DOIAssociation{},
		threads:      map[int64]int64{},
		secretKeys:   map[int64]string{},
		requirements: map[int64]*synapse.AccessRequirement{},
		bound:        map[int64][]int64{},
		approvals:    map[approvalKey]*synapse.AccessApproval{},

		locations: map[int64]*synapse.StorageLocation{},
		settings:  map[int64]*synapse.UploadSetting{},
		uploads:   map[int64]*upload{},
		limits:    map[usageKey]int64{},
		usages:    map[int64]*usage{},
	}
	s.users[realm.Anonymous] = &User{
		ID: realm.Anonymous, Name: "anonymous", etag: newEtag(), createdOn: now, nobody: true,
	}
	s.nodes[rootID] = bootstrapNode(rootID, 0, "root", now)
	s.nodes[rootID].acl.ResourceAccess = []synapse.ResourceAccess{{
		PrincipalID: realm.Public,
		AccessType:  []synapse.AccessType{synapse.AccessRead},
	}, {
		PrincipalID: realm.AuthenticatedUsers,
		AccessType:  []synapse.AccessType{synapse.AccessCreate},
	}}
	s.nodes[trashID] = bootstrapNode(trashID, rootID, "trash", now)
	s.locations[synapse.DefaultStorageLocationID] = &synapse.StorageLocation{
		ConcreteType:      synapse.TypeS3StorageLocation,
		StorageLocationID: synapse.DefaultStorageLocationID,
		UploadType:        "S3",
		Bucket:            bucket,
		Etag:              newEtag(),
		CreatedOn:         synapse.NewTime(now),
	}
	return s
}

func bootstrapNode(id, parent int64, name string, now time.Time) *node {
	return &node{
		id: id, parent: parent, kind: synapse.TypeFolder, name: name,
		etag: newEtag(), createdOn: now, lastVersion: 1,
		acl:      &synapse.ACL{ID: synID(id), Etag: newEtag()},
		versions: []*revision{{number: 1, label: "1", modifiedOn: now}},
	}
}

// newEtag is a random UUID.
func newEtag() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// node finds an entity; 404 when it does not exist or is in the trash.
func (s *state) node(id int64) (*node, error) {
	n := s.nodes[id]
	if n == nil {
		return nil, missingf("Resource: '%s' does not exist", synID(id))
	}
	if s.inTrash(n) {
		return nil, missingf("Entity %s is in trash can.", synID(id))
	}
	return n, nil
}

// nodeFor reads an entity ID and finds the entity.
func (s *state) nodeFor(text string) (*node, error) {
	id, err := parseID(text)
	if err != nil {
		return nil, err
	}
	return s.node(id)
}

// readable finds an entity that the user may READ.
func (s *state) readable(u *User, text string) (*node, error) {
	n, err := s.nodeFor(text)
	if err != nil {
		return nil, err
	}
	return n, s.require(u, n, synapse.AccessRead)
}

// inTrash tells whether an entity or one of its ancestors was deleted.
func (s *state) inTrash(n *node) bool {
	return s.isDescendant(n, trashID)
}

// lineage is an entity and its ancestors up to the root.
func (s *state) lineage(n *node) []*node {
	var line []*node
	for ; n != nil; n = s.nodes[n.parent] {
		line = append(line, n)
	}
	return line
}

// depth counts an entity's place in the tree: the root is 1, a project 2.
func (s *state) depth(n *node) int { return len(s.lineage(n)) }

// isDescendant tells whether n is ancestor itself or lies below it.
func (s *state) isDescendant(n *node, ancestor int64) bool {
	for ; n != nil; n = s.nodes[n.parent] {
		if n.id == ancestor {
			return true
		}
	}
	return false
}

// nearestSetting is the upload setting in force at an entity, its own or
// inherited; nil when there is none up the tree.
func (s *state) nearestSetting(id int64) *synapse.UploadSetting {
	for n := s.nodes[id]; n != nil; n = s.nodes[n.parent] {
		if set := s.settings[n.id]; set != nil {
			return set
		}
	}
	return nil
}

// nearestLocation is the first storage location of the nearest setting; nil
// when there is none.
func (s *state) nearestLocation(id int64) *synapse.StorageLocation {
	set := s.nearestSetting(id)
	if set == nil || len(set.Locations) == 0 {
		return nil
	}
	return s.locations[set.Locations[0]]
}

// handleLocation is where a handle says its bytes are; nil when it doesn't.
func (s *state) handleLocation(h *synapse.FileHandle) *synapse.StorageLocation {
	if h.StorageLocationID == nil {
		return nil
	}
	return s.locations[*h.StorageLocationID]
}

// handle finds a file handle; 404 when it does not exist.
func (s *state) handle(id int64) (*synapse.FileHandle, error) {
	if h := s.handles[id]; h != nil {
		return h, nil
	}
	return nil, missingf("FileHandle: '%d' cannot be found", id)
}

// ownedHandle finds a file handle that the user created; 404, 403
// (FileHandleAuthorizationManagerImpl, October 2024).
func (s *state) ownedHandle(u *User, id int64) (*synapse.FileHandle, error) {
	h, err := s.handle(id)
	if err != nil {
		return nil, err
	}
	if h.CreatedBy != strconv.FormatInt(u.ID, 10) {
		return nil, forbiddenf("Only the creator of a FileHandle can access it directly by its ID.  "+
			"FileHandleId = '%d', UserId = '%d'", id, u.ID)
	}
	return h, nil
}

// versionsUsing tells whether any version of any entity, the trash included,
// holds a handle.
func (s *state) versionsUsing(handleID int64) bool {
	for _, n := range s.nodes {
		if n.holds(handleID) {
			return true
		}
	}
	return false
}

// holds tells whether one of the entity's versions has the handle.
func (n *node) holds(handleID int64) bool {
	for _, v := range n.versions {
		if v.handleID == handleID {
			return true
		}
	}
	return false
}
