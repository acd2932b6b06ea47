package synapse

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// VersionCalls are about the versions of entities.
type VersionCalls struct{ client *Client }

// EntityVersion returns one version of an entity. The Etag of all but the
// current one is made of zeros.
func (c VersionCalls) EntityVersion(ctx context.Context, id string, version int64) (Entity, error) {
	return fetch[Entity](ctx, c.client, read("/repo/v1/entity/{}/version/{}", id, decimal(version)))
}

// versionsPerPage is how many versions one call lists. The server's source
// sets no upper limit (NodeManagerImpl, October 2024 snapshot).
const versionsPerPage = 50

// AllVersions returns all versions of an entity, newest first, one call for
// each 50.
func (c VersionCalls) AllVersions(ctx context.Context, id string) ([]VersionInfo, error) {
	all, err := offsetPages(versionsPerPage, func(offset int) ([]VersionInfo, int64, error) {
		page, err := c.client.Versions(ctx, id, offset, versionsPerPage)
		return page.Results, page.TotalResults, err
	}, func(v VersionInfo) string { return decimal(v.VersionNumber) })
	if err != nil {
		return nil, fmt.Errorf("listing the versions of %s: %w", id, err)
	}
	return all, nil
}

// VersionBundle returns parts of one version of an entity, in one call.
// Entity, annotations and file handles are those of the version; the
// permissions, path, sharing settings and activity are those of the entity
// as it is now (EntityBundleServiceImpl, October 2024 snapshot): ask
// VersionGeneratedBy for the version's own activity.
func (c VersionCalls) VersionBundle(
	ctx context.Context, id string, version int64, r BundleRequest,
) (Bundle, error) {
	return fetchWhole[Bundle](ctx, c.client, ask(r, "/repo/v1/entity/{}/version/{}/bundle2", id, decimal(version)),
		func(b Bundle) string { return b.lacksOf(r) })
}

// UpdateVersionFileHandle re-points one version of a file, also an old one,
// to a handle of the caller's with the same MD5, without making a version.
// ErrStale means that OldFileHandleID is not the version's handle, or that
// the MD5s differ or one is missing. It needs no etag, and gives the entity
// a new one.
func (c VersionCalls) UpdateVersionFileHandle(
	ctx context.Context, id string, version int64, u FileHandleUpdate,
) error {
	return c.client.do(ctx, request{
		method: http.MethodPut, path: "/repo/v1/entity/{}/version/{}/filehandle",
		args: []string{id, decimal(version)}, body: u, repeat: repeatGuarded,
	}, ignoreAnswer)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
