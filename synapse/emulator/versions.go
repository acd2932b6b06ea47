package emulator

import (
	"net/http"
	"slices"

	"synapse-migrate/synapse"
)

func versionRoutes() []route {
	return []route{
		{"GET /repo/v1/entity/{id}/version", toView, locked(listVersions)},
		{"GET /repo/v1/entity/{id}/version/{v}", toView, locked(getVersion)},
		{"DELETE /repo/v1/entity/{id}/version/{v}", toModify, locked(deleteVersion)},
		{"PUT /repo/v1/entity/{id}/version/{v}/filehandle", toChange, locked(updateVersionHandle)},
	}
}

func listVersions(c *call) (reply, error) {
	offset, limit, err := pageOf(c.r)
	if err != nil {
		return reply{}, err
	}
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	newest := slices.Clone(n.versions)
	slices.Reverse(newest)
	page := synapse.Versions{Results: []synapse.VersionInfo{}}
	newest, page.TotalResults = pageFrom(newest, offset, limit)
	for _, v := range newest {
		page.Results = append(page.Results, c.state.handles.versionInfo(n, v))
	}
	return ok(page)
}

func getVersion(c *call) (reply, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	v, err := n.versionFor(c.r.PathValue("v"))
	if err != nil {
		return reply{}, err
	}
	if v == nil {
		return reply{}, noVersion(c.r.PathValue("id"), c.r.PathValue("v"))
	}
	return ok(n.document(v))
}

// deleteVersion takes one version away; that of a number without a version
// is gone already.
func deleteVersion(c *call) (reply, error) {
	number, err := handleID(c.r.PathValue("v"))
	if err != nil {
		return reply{}, err
	}
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := c.state.access.require(c.user, n, synapse.AccessDelete); err != nil {
		return reply{}, err
	}
	if v := n.version(number); v != nil {
		if len(n.versions) == 1 {
			return reply{}, invalidf("Cannot delete the last version of a node")
		}
		n.versions = slices.DeleteFunc(n.versions, func(o *revision) bool { return o == v })
		n.touch(c.writing())
	}
	return reply{status: http.StatusNoContent}, nil
}

// updateVersionHandle re-points one version to a handle of equal MD5
// (NodeManagerImpl.updateNodeFileHandle, October 2024 snapshot).
func updateVersionHandle(c *call) (reply, error) {
	var body synapse.FileHandleUpdate
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	number, err := handleID(c.r.PathValue("v"))
	if err != nil {
		return reply{}, err
	}
	if body.OldFileHandleID == "" {
		return reply{}, invalidf("The updateRequest.oldFileHandleId is required.")
	}
	if body.NewFileHandleID == "" {
		return reply{}, invalidf("The updateRequest.newFileHandleId is required.")
	}
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := c.writing().repoint(n, number, body); err != nil {
		return reply{}, err
	}
	return ok(nil)
}

func (w edit) repoint(n *node, number int64, body synapse.FileHandleUpdate) error {
	v := n.version(number)
	if n.kind != synapse.TypeFile || v == nil {
		return missingf("A file entity with id %s and revision %d does not exist.", synID(n.id), number)
	}
	if err := w.access.require(w.user, n, synapse.AccessUpdate); err != nil {
		return err
	}
	id, err := handleID(body.NewFileHandleID)
	if err != nil {
		return err
	}
	h, err := w.handles.owned(w.user, id)
	if err != nil {
		return err
	}
	if decimal(v.handleID) != body.OldFileHandleID {
		return failf(http.StatusPreconditionFailed, "The id of the provided file handle id "+
			"(request.oldFileHandleId: %s) does not match the current file handle id.", body.OldFileHandleID)
	}
	if id == v.handleID {
		return nil
	}
	if !w.handles.sameMD5(id, v.handleID) {
		return failf(http.StatusPreconditionFailed, "The MD5 of the new file handle does not match "+
			"the MD5 of the current file handle, a new version must be created.")
	}
	if err := stsFileRule(w.settings.nearestLocation(n.parent), w.locations.of(h)); err != nil {
		return err
	}
	v.handleID = id
	n.touch(w)
	return nil
}
