package compare

import (
	"context"

	"synapse-migrate/migrate/sandbox/describe"
)

// Migration says what was done with a sample project, and so what must be
// found.
type Migration struct {
	// Options say where to look: Folder is the destination, Token that of a
	// user who may read and download everything there.
	Options
	// From is the entity ID of the project or folder that was migrated;
	// empty is the project. What lies below it is expected below the
	// destination.
	From string
	// Move expects the same entity IDs; without it, new ones.
	Move bool
	// Latest expects the current versions alone. In a move the older ones
	// stay as they are.
	Latest bool
	// Provenance is keep, link or none; empty is keep. A move keeps it in
	// any case.
	Provenance string
	// Mirrored expects each object that was not under the base key before at
	// the key that mirrors its path.
	Mirrored bool
	// BaseKey is that of the destination.
	BaseKey string
	// Without are the IDs of files that must not be there: those that were
	// blocked, or left out by options. External URLs never are.
	Without map[string]bool
}

// Project compares a migrated project with the truth about it: paths, bytes
// (read with the destination's own read_only credentials), file handles,
// descriptions, annotations with their types, versions with labels and
// comments, provenance, and entity IDs. It names every difference, sorted;
// an empty list means that the migration is right. The error is of a
// comparison that could not be made.
func Project(
	ctx context.Context, m Migration, truth describe.SampleProject,
) ([]string, error) {
	return nil, nil
}

// Untouched compares what lies below an entity, itself included, in two
// snapshots of the sandbox (describe.PathSnapshot), with everything that it
// refers to: file handles, activities, sharing settings, access
// requirements. It names every difference, sorted.
func Untouched(before, after []byte, entityID string) ([]string, error) {
	return nil, nil
}
