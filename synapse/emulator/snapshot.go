package emulator

import (
	"cmp"
	"maps"
	"slices"

	"synapse-migrate/synapse"
)

// Snapshot is everything that an Emulator knows of entities and files, in
// the order of the IDs. It shares nothing that changes with the Emulator; two
// snapshots without a change between them are equal in every field.
type Snapshot struct {
	Entities         []EntityState
	FileHandles      []synapse.FileHandle
	StorageLocations []synapse.StorageLocation
	Settings         []synapse.UploadSetting
	Uploads          []UploadState
	Activities       []synapse.Activity
	// AccessApprovals are in the order of their IDs too.
	AccessRequirements []synapse.AccessRequirement
	AccessApprovals    []synapse.AccessApproval
}

// EntityState is one entity with all its versions.
type EntityState struct {
	// ID and ParentID are those of the API; what was deleted hangs below
	// the trash folder.
	ID, ParentID string
	InTrash      bool
	Type, Name   string
	ACL          *synapse.ACL // nil: inherited
	Versions     []VersionState
}

// VersionState is one version of an entity.
type VersionState struct {
	Entity synapse.Entity
	// GeneratedBy is the ID of the activity, empty for none.
	GeneratedBy string
	Annotations map[string]synapse.AnnotationValue
}

// UploadState is one multipart upload or copy.
type UploadState struct {
	ID, State, Bucket, Key string
	Parts                  []string // ETag by part, empty while missing
	ResultFileHandleID     string   // empty until it is complete
}

// Snapshot copies the state.
func (e *Emulator) Snapshot() Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.state
	var snap Snapshot
	for _, id := range s.tree.entityIDs() {
		snap.Entities = append(snap.Entities, entityState(s.tree, s.tree.nodes[id]))
	}
	for _, h := range inOrder(s.handles.byID) {
		snap.FileHandles = append(snap.FileHandles, *h)
	}
	for _, l := range inOrder(s.locations.byID) {
		snap.StorageLocations = append(snap.StorageLocations, *l)
	}
	for _, set := range inOrder(s.settings.byEntity) {
		one := *set
		one.Locations = slices.Clone(set.Locations)
		snap.Settings = append(snap.Settings, one)
	}
	for _, u := range inOrder(s.uploads.byID) {
		snap.Uploads = append(snap.Uploads, uploadState(u))
	}
	for _, a := range inOrder(s.provenance.byID) {
		snap.Activities = append(snap.Activities, *a)
	}
	for _, r := range inOrder(s.requirements.byID) {
		snap.AccessRequirements = append(snap.AccessRequirements, *r)
	}
	for _, a := range s.requirements.approvals {
		snap.AccessApprovals = append(snap.AccessApprovals, *a)
	}
	slices.SortFunc(snap.AccessApprovals, func(a, b synapse.AccessApproval) int {
		return cmp.Compare(a.ID, b.ID)
	})
	return snap
}

// inOrder are a map's values in the order of its keys.
func inOrder[K cmp.Ordered, V any](m map[K]V) []V {
	all := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[k])
	}
	return all
}

func entityState(t *tree, n *node) EntityState {
	one := EntityState{
		ID: synID(n.id), ParentID: synID(n.parent), InTrash: t.inTrash(n),
		Type: n.kind, Name: n.name, ACL: n.acl,
	}
	for _, v := range n.versions {
		version := VersionState{Entity: n.document(v), Annotations: maps.Clone(v.annotations)}
		if v.activityID != 0 {
			version.GeneratedBy = decimal(v.activityID)
		}
		one.Versions = append(one.Versions, version)
	}
	return one
}

func uploadState(u *upload) UploadState {
	one := UploadState{
		ID: decimal(u.id), State: u.state, Bucket: u.bucket, Key: u.key, Parts: slices.Clone(u.parts),
	}
	if u.result != 0 {
		one.ResultFileHandleID = decimal(u.result)
	}
	return one
}

// TreeEntry is what an entity is apart from its IDs, times and ETags, so that
// the trees of two Synapses can be compared.
type TreeEntry struct {
	Type     string
	Versions []TreeVersion
}

// TreeVersion is one version's content.
type TreeVersion struct {
	Number                      int64
	Label, Comment, Description string
	// The rest is of the file handle, where there is one. SizeBytes is -1
	// when unknown.
	MD5, ContentType, FileName, Bucket, Key string
	SizeBytes                               int64
	Annotations                             map[string]synapse.AnnotationValue
	// Activity is the name of the activity that made it, empty for none.
	Activity string
}

// Tree is what lies below an entity, by path: the names from there, joined by
// slashes. What was deleted is left out.
func (snap Snapshot) Tree(rootID string) map[string]TreeEntry {
	handles := map[string]synapse.FileHandle{}
	for _, h := range snap.FileHandles {
		handles[h.ID] = h
	}
	children := map[string][]EntityState{}
	for _, one := range snap.Entities {
		children[one.ParentID] = append(children[one.ParentID], one)
	}
	activities := map[string]string{}
	for _, a := range snap.Activities {
		activities[a.ID] = a.Name
	}
	tree := map[string]TreeEntry{}
	var walk func(id, prefix string)
	walk = func(id, prefix string) {
		for _, one := range children[id] {
			tree[prefix+one.Name] = one.treeEntry(handles, activities)
			walk(one.ID, prefix+one.Name+"/")
		}
	}
	walk(rootID, "")
	return tree
}

func (one EntityState) treeEntry(
	handles map[string]synapse.FileHandle, activities map[string]string,
) TreeEntry {
	entry := TreeEntry{Type: one.Type}
	for _, v := range one.Versions {
		h := handles[v.Entity.DataFileHandleID]
		content := TreeVersion{
			Number: v.Entity.VersionNumber, Label: v.Entity.VersionLabel,
			Comment: v.Entity.VersionComment, Description: v.Entity.Description,
			MD5: h.ContentMD5, ContentType: h.ContentType, FileName: h.FileName,
			Bucket: h.BucketName, Key: h.Key, SizeBytes: -1, Annotations: v.Annotations,
			Activity: activities[v.GeneratedBy],
		}
		if h.ContentSize != nil {
			content.SizeBytes = *h.ContentSize
		}
		entry.Versions = append(entry.Versions, content)
	}
	return entry
}
