package emulator

import (
	"net/http"
	"strconv"

	"synapse-migrate/synapse"
)

func bundleRoutes() []route {
	return []route{
		{"POST /repo/v1/entity/{id}/bundle2", toView, locked(getBundle)},
		{"POST /repo/v1/entity/{id}/version/{v}/bundle2", toView, locked(getBundle)},
		{"POST /repo/v1/entity/bundle2/create", toChange, locked(createBundle)},
		{"PUT /repo/v1/entity/{id}/bundle2", toChange, locked(updateBundle)},
	}
}

// bundle is synapse.Bundle as the server writes it: an empty list of file
// handles is there, and so is a count of no threads.
type bundle struct {
	synapse.Bundle
	FileHandles *[]synapse.FileHandle `json:"fileHandles,omitempty"`
	ThreadCount *int64                `json:"threadCount,omitempty"`
}

type bundleBody struct {
	Entity            *entityBody      `json:"entity"`
	Annotations       *annotationsBody `json:"annotations"`
	AccessControlList *aclBody         `json:"accessControlList"`
}

func getBundle(c *call) (reply, error) {
	var body synapse.BundleRequest
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	v := n.current()
	if text := c.r.PathValue("v"); text != "" {
		if v, err = n.versionFor(text); err != nil {
			return reply{}, err
		}
		if v == nil {
			if v, err = partsWithoutVersion(c, n, text, body); err != nil {
				return reply{}, err
			}
		}
	}
	b, err := bundleOf(c.state, c.user, n, v, body)
	if err != nil {
		return reply{}, err
	}
	return ok(b)
}

// partsWithoutVersion stands for a version that doesn't exist: its entity and
// its annotations are missed, a file handle it has none, and all else in a
// bundle is of the entity as it is now.
func partsWithoutVersion(c *call,
	n *node, version string, r synapse.BundleRequest,
) (*revision, error) {
	if r.IncludeEntity || r.IncludeAnnotations {
		if err := c.state.access.require(c.user, n, synapse.AccessRead); err != nil {
			return nil, err
		}
		if r.IncludeEntity {
			return nil, noVersion(c.r.PathValue("id"), version)
		}
		return nil, noAnnotations(c.r.PathValue("id"))
	}
	none := *n.current()
	none.handleID = 0
	none.number, _ = strconv.ParseInt(version, 10, 64) // versionFor has read it
	return &none, nil
}

// bundleOf collects the parts of an entity that were asked for. Entity,
// annotations and file handles are those of the version, the rest those of
// the entity as it is now.
func bundleOf(s *state, u *User, n *node, v *revision, r synapse.BundleRequest) (*bundle, error) {
	if r.IncludeEntity || r.IncludeAnnotations || r.IncludeEntityPath || r.IncludeHasChildren {
		if err := s.access.require(u, n, synapse.AccessRead); err != nil {
			return nil, err
		}
	}
	b := &bundle{}
	if r.IncludeEntity {
		doc := n.document(v)
		b.Entity = &doc
		b.EntityType = shortNames[n.kind]
	}
	if r.IncludeAnnotations {
		doc := n.annotationsOf(v)
		b.Annotations = &doc
	}
	if r.IncludeEntityPath {
		path := s.access.pathOf(u, n)
		b.Path = &path
	}
	if r.IncludeHasChildren {
		has := s.tree.childCount(n.id) > 0
		b.HasChildren = &has
	}
	s.mentions.addTo(b, n, v, r)
	addFiles(s, b, u, n, v, r)
	addAccess(s, b, u, n, r)
	if r.IncludeRootWikiID {
		if err := addWikiTo(s, b, u, n); err != nil {
			return nil, err
		}
	}
	if r.IncludeActivity {
		if err := addActivityTo(s, b, u, n); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// addAccess adds who may do what, and what access requirements restrict.
func addAccess(s *state, b *bundle, u *User, n *node, r synapse.BundleRequest) {
	if r.IncludePermissions {
		b.Permissions = s.access.permissions(u, n)
	}
	if r.IncludeAccessControlList {
		b.AccessControlList = n.acl
	}
	if r.IncludeBenefactorACL {
		b.BenefactorACL = s.tree.benefactor(n).acl
	}
	if r.IncludeRestrictionInformation {
		b.RestrictionInformation = s.access.restriction(u, n.id)
	}
}

func addWikiTo(s *state, b *bundle, u *User, n *node) (err error) {
	if len(s.wikis.pages[n.id]) > 0 {
		b.RootWikiID, err = s.wikis.root(u, n.id, synID(n.id))
	}
	return err
}

// addActivityTo adds the activity of the current version, where there is
// one. One that the user may not see is a 403 for the whole bundle, as in
// EntityBundleServiceImpl (October 2024 snapshot).
func addActivityTo(s *state, b *bundle, u *User, n *node) error {
	if n.current().activityID == 0 {
		return nil
	}
	a, err := s.provenance.of(u, n.current())
	if err != nil {
		return err
	}
	shown := *a
	b.Activity = &shown
	return nil
}

// addFiles adds the data file handle and its preview. Without the right to
// download, or without a file, the list is empty.
func addFiles(s *state, b *bundle, u *User, n *node, v *revision, r synapse.BundleRequest) {
	if !r.IncludeFileHandles && !r.IncludeFileName {
		return
	}
	handles := []synapse.FileHandle{}
	if h := s.handles.byID[v.handleID]; h != nil && s.access.allowed(u, n, synapse.AccessDownload) {
		handles = append(handles, *h)
		if id, err := handleID(h.PreviewID); err == nil && s.handles.byID[id] != nil && s.handles.byID[id] != h {
			handles = append(handles, *s.handles.byID[id])
		}
	}
	if r.IncludeFileHandles {
		b.FileHandles = &handles
	}
	if r.IncludeFileName && len(handles) > 0 {
		b.FileName = handles[0].FileName
	}
}

// createBundle makes an entity, its ACL and its annotations, or nothing.
func createBundle(c *call) (reply, error) {
	var body bundleBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Entity == nil {
		return reply{}, invalidf("entityBundleCreate.entity is required.")
	}
	if body.Annotations != nil && body.Annotations.Annotations == nil {
		return reply{}, invalidf("entityBundleCreate.annotations.annotations is required.")
	}
	n, err := c.writing().create(*body.Entity)
	if err != nil {
		return reply{}, err
	}
	b, err := finishBundle(c, n, body)
	if err != nil {
		c.state.tree.remove(n)
		return reply{}, err
	}
	return created(b)
}

// finishBundle writes the ACL and the annotations of a bundle and reads it
// back.
func finishBundle(c *call, n *node, body bundleBody) (*bundle, error) {
	s, w := c.state, c.writing()
	want := synapse.BundleRequest{IncludeEntity: body.Entity != nil}
	if body.AccessControlList != nil {
		want.IncludeAccessControlList = true
		if err := w.writeACL(n, *body.AccessControlList); err != nil {
			return nil, err
		}
	}
	if body.Annotations != nil {
		want.IncludeAnnotations = true
		if err := w.mergeAnnotations(n, body.Annotations.Annotations); err != nil {
			return nil, err
		}
	}
	return bundleOf(s, c.user, n, n.current(), want)
}

// updateBundle changes an entity, its ACL and its annotations, or nothing.
// Annotations are merged; their ETag is ignored.
func updateBundle(c *call) (reply, error) {
	var body bundleBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := checkBundleIDs(n.id, body); err != nil {
		return reply{}, err
	}
	undo := keep(c.state.tree, n)
	if body.Entity != nil {
		if _, err := c.writing().update(*body.Entity, false); err != nil {
			return reply{}, err
		}
	}
	b, err := finishBundle(c, n, body)
	if err != nil {
		undo()
		return reply{}, err
	}
	return reply{http.StatusOK, b}, nil
}

// checkBundleIDs is 400 for a part that names another entity than the path.
func checkBundleIDs(id int64, body bundleBody) error {
	same := func(text string) bool {
		other, err := parseID(text)
		return err == nil && other == id
	}
	if body.Entity != nil && !same(body.Entity.ID) {
		return invalidf("Entity does not match requested entity ID")
	}
	if body.AccessControlList != nil && !same(body.AccessControlList.ID) {
		return invalidf("ACL does not match requested entity ID")
	}
	if a := body.Annotations; a != nil && (a.ID == nil || !same(*a.ID)) {
		return invalidf("Annotations do not match requested entity ID")
	}
	return nil
}

// keep remembers an entity as it is; undo puts it back.
func keep(t *tree, n *node) (undo func()) {
	before := *n
	before.versions = make([]*revision, len(n.versions))
	for i, v := range n.versions {
		old := *v
		before.versions[i] = &old
	}
	return func() {
		t.detach(n)
		*n = before
		t.attach(n)
	}
}
