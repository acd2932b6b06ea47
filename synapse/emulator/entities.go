package emulator

import (
	"net/http"
	"strings"

	"synapse-migrate/synapse"
)

func entityRoutes() []route {
	return []route{
		{"POST /repo/v1/entity", toChange, locked(createEntity)},
		{"GET /repo/v1/entity/{id}", toView, locked(getEntity)},
		{"PUT /repo/v1/entity/{id}", toChange, locked(updateEntity)},
		{"DELETE /repo/v1/entity/{id}", toModify, locked(deleteEntity)},
		{"GET /repo/v1/entity/{id}/type", toView, locked(getEntityType)},
		{"GET /repo/v1/entity/type", toView, locked(getHeaders)},
		{"POST /repo/v1/entity/header", toView, locked(postHeaders)},
		{"GET /repo/v1/entity/md5/{md5}", toView, locked(getByMD5)},
	}
}

func createEntity(c *call) (reply, error) {
	var body entityBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	n, err := c.writing().create(body)
	if err != nil {
		return reply{}, err
	}
	return created(n.document(n.current()))
}

func getEntity(c *call) (reply, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(n.document(n.current()))
}

// updateEntity replaces an entity; the ID of the body is what counts.
func updateEntity(c *call) (reply, error) {
	var body entityBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	newVersion := strings.EqualFold(c.r.URL.Query().Get("newVersion"), "true")
	n, err := c.writing().update(body, newVersion)
	if err != nil {
		return reply{}, err
	}
	return ok(n.document(n.current()))
}

// deleteEntity moves an entity to the trash. With skipTrashCan it is flagged
// for the purge worker, and lies in the trash until that has run.
func deleteEntity(c *call) (reply, error) {
	purge := strings.EqualFold(c.r.URL.Query().Get("skipTrashCan"), "true")
	if err := c.writing().moveToTrash(c.r.PathValue("id"), purge); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, nil
}

func getEntityType(c *call) (reply, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(c.state.tree.header(n, n.current()))
}

func getHeaders(c *call) (reply, error) {
	var refs []synapse.Reference
	for _, id := range strings.Split(c.r.URL.Query().Get("batch"), ",") {
		refs = append(refs, synapse.Reference{TargetID: id})
	}
	return headersOf(c, refs)
}

func postHeaders(c *call) (reply, error) {
	var body synapse.ReferenceList
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	return headersOf(c, body.References)
}

// headersOf answers in the order of the request and leaves out what is
// missing, in the trash or unreadable.
func headersOf(c *call, refs []synapse.Reference) (reply, error) {
	found := []synapse.EntityHeader{}
	for _, ref := range refs {
		id, err := parseID(ref.TargetID)
		if err != nil {
			return reply{}, err
		}
		n, err := c.state.tree.node(id)
		if err != nil || !c.state.access.allowed(c.user, n, synapse.AccessRead) {
			continue
		}
		v := n.current()
		if ref.TargetVersionNumber != 0 {
			v = n.version(ref.TargetVersionNumber)
		}
		if v != nil {
			found = append(found, c.state.tree.header(n, v))
		}
	}
	return ok(synapse.Headers{Results: found, TotalResults: int64(len(found))})
}

// maxByMD5 is the largest answer to a search by MD5 (NodeDAOImpl, October
// 2024 snapshot).
const maxByMD5 = 200

func getByMD5(c *call) (reply, error) {
	found := []synapse.EntityHeader{}
	for _, id := range c.state.tree.entityIDs() {
		n := c.state.tree.nodes[id]
		v := c.state.handles.versionWithMD5(n, c.r.PathValue("md5"))
		if v == nil || c.state.tree.inTrash(n) || !c.state.access.allowed(c.user, n, synapse.AccessRead) {
			continue
		}
		if found = append(found, c.state.tree.header(n, v)); len(found) == maxByMD5 {
			break
		}
	}
	return ok(synapse.Headers{Results: found, TotalResults: int64(len(found))})
}
