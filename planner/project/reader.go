package project

import (
	"context"

	"synapse-migrate/synapse"
)

// Reader is what the planner asks of a source project:
// synapse.Client. It only reads.
type Reader interface {
	entityReader
	locationReader
	nameReader
}

// entityReader reads entities and what belongs to them.
type entityReader interface {
	ChildrenPage(
		ctx context.Context, r synapse.ChildrenRequest,
	) (synapse.ChildrenPage, error)
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	ChildID(ctx context.Context, parentID, name string) (string, error)
	AllVersions(ctx context.Context, id string) ([]synapse.VersionInfo, error)
	VersionBundle(
		ctx context.Context, id string, version int64, r synapse.BundleRequest,
	) (synapse.Bundle, error)
	VersionGeneratedBy(
		ctx context.Context, entityID string, version int64,
	) (synapse.Activity, error)
	// EntitiesWithMD5 are those of which any version has that MD5.
	EntitiesWithMD5(ctx context.Context, md5 string) ([]synapse.EntityHeader, error)
}

// locationReader finds out what storage locations are: all about those of
// the caller, the kind of any other.
type locationReader interface {
	StorageLocation(ctx context.Context, id int64) (synapse.StorageLocation, error)
	LocationDestination(
		ctx context.Context, entityID string, locationID int64,
	) (synapse.UploadDestination, error)
}

// nameReader tells what principals and access requirements are called.
type nameReader interface {
	UserGroupHeaders(ctx context.Context, ids []int64) ([]synapse.UserGroupHeader, error)
	// AccessRequirements are those that hold for an entity.
	AccessRequirements(
		ctx context.Context, entityID string,
	) ([]synapse.AccessRequirement, error)
}
