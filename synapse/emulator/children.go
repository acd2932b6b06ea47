package emulator

import (
	"cmp"
	"maps"
	"slices"

	"synapse-migrate/synapse"
)

func containerRoutes() []route {
	return []route{
		{"POST /repo/v1/entity/child", toView, locked(lookUpChild)},
		{"POST /repo/v1/entity/children", toView, locked(listChildren)},
		{"GET /repo/v1/entity/{id}/path", toView, locked(getPath)},
	}
}

// lookUpChild finds a child by its exact name. A parent that does not exist
// is no other than one that may not be read.
func lookUpChild(c *call) (reply, error) {
	var body struct {
		ParentID   string  `json:"parentId"`
		EntityName *string `json:"entityName"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.EntityName == nil {
		return reply{}, invalidf("EntityLookupRequest.entityName is required.")
	}
	if body.ParentID == "" {
		body.ParentID = synID(rootID)
	}
	parentID, err := parseID(body.ParentID)
	if err != nil {
		return reply{}, err
	}
	s := c.state
	if parent, err := s.tree.node(parentID); parentID != rootID &&
		(err != nil || !s.access.allowed(c.user, parent, synapse.AccessRead)) {
		return reply{}, forbiddenf("Lack of READ permission on the parent entity.")
	}
	id := s.tree.childNamed(parentID, *body.EntityName)
	if id == 0 {
		return reply{}, missingf("Child not found for parent: '%s' with name: '%s'",
			body.ParentID, *body.EntityName)
	}
	if !s.access.allowed(c.user, s.tree.nodes[id], synapse.AccessRead) {
		return reply{}, forbiddenf("Lack of READ permission on the requested entity.")
	}
	return ok(synapse.EntityID{ID: synID(id)})
}

// listChildren is one page of a container's direct children, those left out
// that the caller may not read.
func listChildren(c *call) (reply, error) {
	var body synapse.ChildrenRequest
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	compare, err := completeChildrenRequest(&body)
	if err != nil {
		return reply{}, err
	}
	s := c.state
	parent, err := s.tree.nodeFor(body.ParentID)
	if err != nil {
		return reply{}, err
	}
	if parent.id != rootID {
		if err := s.access.require(c.user, parent, synapse.AccessRead); err != nil {
			return reply{}, err
		}
	}
	limit, offset, err := parsePageToken(body.NextPageToken)
	if err != nil {
		return reply{}, err
	}
	children := s.access.visibleChildren(c.user, parent, body.IncludeTypes)
	if compare != nil {
		slices.SortStableFunc(children, compare)
	}
	page := synapse.ChildrenPage{Page: []synapse.EntityHeader{}}
	if offset+limit < len(children) {
		page.NextPageToken = pageToken(limit, offset+limit)
	}
	cut, _ := pageFrom(children, offset, limit)
	for _, n := range cut {
		page.Page = append(page.Page, s.tree.header(n, n.current()))
	}
	if body.IncludeTotalChildCount {
		count := int64(len(children))
		page.TotalChildCount = &count
	}
	if body.IncludeSumFileSizes {
		sum := s.handles.sizeOf(children)
		page.SumFileSizesBytes = &sum
	}
	return ok(page)
}

// completeChildrenRequest fills in the defaults and returns the order, nil
// for that of the names.
func completeChildrenRequest(r *synapse.ChildrenRequest) (func(a, b *node) int, error) {
	if r.ParentID == "" {
		r.ParentID, r.IncludeTypes = synID(rootID), []string{"project"}
	}
	if r.IncludeTypes == nil {
		return nil, invalidf("EntityChildrenRequest.includeTypes is required.")
	}
	if len(r.IncludeTypes) == 0 {
		return nil, invalidf("EntityChildrenRequest.includeTypes must include at least one type")
	}
	for _, t := range r.IncludeTypes {
		if !slices.Contains(slices.Collect(maps.Values(shortNames)), t) {
			return nil, invalidf("No enum constant org.sagebionetworks.repo.model.EntityType.%s", t)
		}
	}
	descending := r.SortDirection == "DESC"
	if r.SortDirection != "" && r.SortDirection != "ASC" && !descending {
		return nil, invalidf("Unknown SortDirection: %s", r.SortDirection)
	}
	compare, known := sortOrders[cmp.Or(r.SortBy, "NAME")]
	switch {
	case !known:
		return nil, invalidf("Unknown SortBy: %s", r.SortBy)
	case descending:
		return func(a, b *node) int { return compare(b, a) }, nil
	case r.SortBy == "" || r.SortBy == "NAME":
		return nil, nil
	}
	return compare, nil
}

// sortOrders are the orders that a listing can have.
var sortOrders = map[string]func(a, b *node) int{
	"NAME": func(a, b *node) int { return cmp.Compare(a.name, b.name) },
	"CREATED_ON": func(a, b *node) int {
		return cmp.Or(a.createdOn.Compare(b.createdOn), cmp.Compare(a.id, b.id))
	},
	"MODIFIED_ON": func(a, b *node) int {
		order := a.current().modifiedOn.Compare(b.current().modifiedOn)
		return cmp.Or(order, cmp.Compare(a.id, b.id))
	},
}

// visibleChildren are the children of some types that a user may read, by
// name. Those without an ACL of their own are as readable as their parent.
func (a *authorization) visibleChildren(u *User, parent *node, types []string) []*node {
	wanted := map[string]bool{}
	for _, t := range types {
		wanted[t] = true
	}
	inherited := a.granted(u, parent, synapse.AccessRead)
	all := a.tree.childrenOf(parent.id)
	visible := make([]*node, 0, len(all))
	for _, n := range all {
		if short := shortNames[n.kind]; short == "" || !wanted[short] {
			continue
		}
		if n.acl == nil && inherited || n.acl != nil && a.granted(u, n, synapse.AccessRead) {
			visible = append(visible, n)
		}
	}
	return visible
}

// getPath is the way from the root to an entity. Names that the caller may
// not read are hidden.
func getPath(c *call) (reply, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(c.state.access.pathOf(c.user, n))
}

func (a *authorization) pathOf(u *User, n *node) synapse.EntityPath {
	line := a.tree.lineage(n)
	slices.Reverse(line)
	path := make([]synapse.EntityHeader, 0, len(line))
	for _, n := range line {
		h := a.tree.header(n, n.current())
		if !a.allowed(u, n, synapse.AccessRead) {
			h.Name = "Redacted"
		}
		path = append(path, h)
	}
	return synapse.EntityPath{Path: path}
}
