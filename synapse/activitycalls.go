package synapse

import (
	"context"
	"net/http"
	"net/url"
)

// ProvenanceCalls are about activities, which say how versions came about.
type ProvenanceCalls struct{ client *Client }

// Activity returns a provenance record, to its creator and to those who may
// read an entity that it generated (else ErrForbidden).
func (c ProvenanceCalls) Activity(ctx context.Context, id string) (Activity, error) {
	return fetch[Activity](ctx, c.client, read("/repo/v1/activity/{}", id))
}

// CreateActivity makes a provenance record that nothing refers to yet, and
// returns it as stored. Repeating it after ErrUnknownOutcome may leave a
// second one.
func (c ProvenanceCalls) CreateActivity(ctx context.Context, a Activity) (Activity, error) {
	return fetch[Activity](ctx, c.client, create(a, "/repo/v1/activity"))
}

// UpdateActivity replaces the record a.ID, whose Etag must be current
// (ErrStale) and which the caller must have created (ErrForbidden).
func (c ProvenanceCalls) UpdateActivity(ctx context.Context, a Activity) (Activity, error) {
	return fetch[Activity](ctx, c.client, replace(a, a.Etag, "/repo/v1/activity/{}", a.ID))
}

// DeleteActivity removes a record of the caller's that no version of an
// entity refers to (else an Error of status 400). One that does not exist is
// removed already.
func (c ProvenanceCalls) DeleteActivity(ctx context.Context, id string) error {
	return c.client.do(ctx, remove("/repo/v1/activity/{}", id), ignoreAnswer)
}

// GeneratedBy returns the activity that made the current version of an
// entity; ErrNotFound when it has none.
func (c ProvenanceCalls) GeneratedBy(ctx context.Context, entityID string) (Activity, error) {
	return fetch[Activity](ctx, c.client, read("/repo/v1/entity/{}/generatedBy", entityID))
}

// VersionGeneratedBy returns the activity that made one version of an
// entity; ErrNotFound when it has none.
func (c ProvenanceCalls) VersionGeneratedBy(
	ctx context.Context, entityID string, version int64,
) (Activity, error) {
	return fetch[Activity](ctx, c.client, read("/repo/v1/entity/{}/version/{}/generatedBy",
		entityID, decimal(version)))
}

// SetGeneratedBy connects the current version of an entity to an activity of
// the caller's, or one that generated something the caller may read (else
// ErrForbidden), and returns the activity. The entity gets a new etag.
func (c ProvenanceCalls) SetGeneratedBy(
	ctx context.Context, entityID, activityID string,
) (Activity, error) {
	return fetch[Activity](ctx, c.client, request{
		method: http.MethodPut, path: "/repo/v1/entity/{}/generatedBy", args: []string{entityID},
		query: url.Values{"generatedBy": {activityID}}, repeat: repeatFreely,
	})
}

// RemoveGeneratedBy disconnects the current version of an entity from its
// activity. The entity gets a new etag.
func (c ProvenanceCalls) RemoveGeneratedBy(ctx context.Context, entityID string) error {
	return c.client.do(ctx, remove("/repo/v1/entity/{}/generatedBy", entityID), ignoreAnswer)
}

// remove is a DELETE of something that may be gone already.
func remove(path string, args ...string) request {
	return request{method: http.MethodDelete, path: path, args: args, repeat: repeatFreely}
}

// ignoreAnswer is for calls whose answer has no document.
func ignoreAnswer([]byte) error { return nil }
