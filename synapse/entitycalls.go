package synapse

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// EntityCalls read and change entities, and what lies below them.
type EntityCalls struct{ client *Client }

// Entity returns the current version of an entity.
func (c EntityCalls) Entity(ctx context.Context, id string) (Entity, error) {
	return fetch[Entity](ctx, c.client, read("/repo/v1/entity/{}", id))
}

// CreateEntity makes an entity and returns it as stored. ErrConflict means
// that the parent has a child of that name; after ErrUnknownOutcome, look
// with ChildID.
func (c EntityCalls) CreateEntity(ctx context.Context, e Entity) (Entity, error) {
	return c.client.CreateEntityWith(ctx, e, WriteOptions{})
}

// CreateEntityWith is CreateEntity with options; NewVersion means nothing
// here. An activity that does not exist is ErrNotFound, one that the caller
// may not see ErrForbidden.
func (c EntityCalls) CreateEntityWith(
	ctx context.Context, e Entity, o WriteOptions,
) (Entity, error) {
	r := create(e, "/repo/v1/entity")
	r.query = WriteOptions{GeneratedBy: o.GeneratedBy}.query()
	return fetch[Entity](ctx, c.client, r)
}

// UpdateEntity replaces the entity e.ID, whose Etag must be current
// (ErrStale), and returns it as stored. A file whose handle changes gets a
// new version by itself if the MD5s differ; newVersion makes one anyway, and
// keeps the label and comment of e.
func (c EntityCalls) UpdateEntity(ctx context.Context, e Entity, newVersion bool) (Entity, error) {
	return c.client.UpdateEntityWith(ctx, e, WriteOptions{NewVersion: newVersion})
}

// UpdateEntityWith is UpdateEntity with options. A new version without
// GeneratedBy has no activity; an update that makes no version keeps the
// one there is.
func (c EntityCalls) UpdateEntityWith(
	ctx context.Context, e Entity, o WriteOptions,
) (Entity, error) {
	r := replace(e, e.Etag, "/repo/v1/entity/{}", e.ID)
	r.query = o.query()
	return fetch[Entity](ctx, c.client, r)
}

// WriteOptions are what a write of an entity may say besides the document.
// The zero value says nothing.
type WriteOptions struct {
	// GeneratedBy is the ID of the activity that made the version; empty
	// names none.
	GeneratedBy string
	// NewVersion makes a new version in any case.
	NewVersion bool
}

// query is the options as query parameters.
func (o WriteOptions) query() url.Values {
	q := url.Values{}
	if o.GeneratedBy != "" {
		q.Set("generatedBy", o.GeneratedBy)
	}
	if o.NewVersion {
		q.Set("newVersion", "true")
	}
	return q
}

// replace is a PUT that an etag guards, if there is one.
func replace(body any, etag, path string, args ...string) request {
	r := request{method: http.MethodPut, path: path, args: args, body: body}
	if etag != "" {
		r.repeat = repeatGuarded
	}
	return r
}

// Versions returns a page of an entity's versions, newest first. Limit is
// at least 1; offset counts from 0.
func (c VersionCalls) Versions(ctx context.Context, id string, offset, limit int) (Versions, error) {
	r := read("/repo/v1/entity/{}/version", id)
	r.query = url.Values{
		"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(limit)},
	}
	return fetch[Versions](ctx, c.client, r)
}

// Headers returns the headers of the entities named, in their order, without
// those that are missing, in the trash or not readable. No refs, no call.
func (c EntityCalls) Headers(ctx context.Context, refs []Reference) ([]EntityHeader, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	h, err := fetch[Headers](ctx, c.client, ask(ReferenceList{References: refs}, "/repo/v1/entity/header"))
	return h.Results, err
}

// Path returns the way from the root to an entity.
func (c EntityCalls) Path(ctx context.Context, id string) (EntityPath, error) {
	return fetch[EntityPath](ctx, c.client, read("/repo/v1/entity/{}/path", id))
}

// Bundle returns the parts of an entity that were asked for, in one call.
func (c EntityCalls) Bundle(ctx context.Context, id string, r BundleRequest) (Bundle, error) {
	return fetchWhole[Bundle](ctx, c.client, ask(r, "/repo/v1/entity/{}/bundle2", id),
		func(b Bundle) string { return b.lacksOf(r) })
}

// CreateBundle makes an entity with its annotations and ACL in one
// transaction. Errors are those of CreateEntity.
func (c EntityCalls) CreateBundle(ctx context.Context, b BundleCreate) (Bundle, error) {
	return c.client.CreateBundleWith(ctx, b, WriteOptions{})
}

// CreateBundleWith is CreateBundle with options, those of CreateEntityWith.
func (c EntityCalls) CreateBundleWith(
	ctx context.Context, b BundleCreate, o WriteOptions,
) (Bundle, error) {
	r := create(b, "/repo/v1/entity/bundle2/create")
	r.query = WriteOptions{GeneratedBy: o.GeneratedBy}.query()
	return fetchWhole[Bundle](ctx, c.client, r, func(b Bundle) string {
		return b.lacksOf(BundleRequest{IncludeEntity: true})
	})
}

// Annotations returns the annotations of an entity's current version.
func (c EntityCalls) Annotations(ctx context.Context, id string) (Annotations, error) {
	return fetch[Annotations](ctx, c.client, read("/repo/v1/entity/{}/annotations2", id))
}

// UpdateAnnotations replaces all annotations of the entity a.ID, whose Etag
// must be current (ErrStale). The entity gets a new etag.
func (c EntityCalls) UpdateAnnotations(ctx context.Context, a Annotations) (Annotations, error) {
	return fetch[Annotations](ctx, c.client, replace(a, a.Etag, "/repo/v1/entity/{}/annotations2", a.ID))
}
