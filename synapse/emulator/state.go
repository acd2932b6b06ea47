package emulator

import (
	"time"

	"synapse-migrate/synapse"
)

// state is everything the emulator knows, by subject. Backend.mu guards it;
// endpoints never hold the lock while they talk to S3.
//
// Each part holds the data of one subject and the parts that it asks: a part
// knows only those that stand above it here. What concerns several of them,
// such as a change of an entity, is edit.
type state struct {
	ids      *sequence
	accounts *accounts
	tree     *tree
	trash    *trashCan

	handles   *fileHandles
	locations *locations
	settings  *uploadSettings
	uploads   *uploads
	usage     *storageUsage

	requirements *requirements
	access       *authorization
	provenance   *provenance
	wikis        *wikis
	mentions     *mentions
}

// newState is an empty Synapse: a root, a trash can, location 1.
func newState(bucket string, realm synapse.Realm, now time.Time) *state {
	s := &state{
		ids:       &sequence{last: firstID},
		accounts:  newAccounts(realm, now),
		tree:      newTree(realm, now),
		handles:   &fileHandles{byID: map[int64]*synapse.FileHandle{}},
		locations: newLocations(bucket, now),
		uploads:   &uploads{byID: map[int64]*upload{}, byHash: map[string]int64{}},
		mentions:  &mentions{dois: map[doiKey]*synapse.DOIAssociation{}, threads: map[int64]int64{}},
	}
	s.trash = &trashCan{tree: s.tree, rows: map[int64]*trashed{}}
	s.settings = &uploadSettings{
		tree: s.tree, locations: s.locations, byEntity: map[int64]*synapse.UploadSetting{},
	}
	s.usage = &storageUsage{
		tree: s.tree, handles: s.handles,
		limits: map[usageKey]int64{}, sums: map[int64]*usage{},
	}
	s.requirements = &requirements{
		ids: s.ids, tree: s.tree,
		byID: map[int64]*synapse.AccessRequirement{}, bound: map[int64][]int64{},
		approvals: map[approvalKey]*synapse.AccessApproval{},
	}
	s.access = &authorization{accounts: s.accounts, tree: s.tree, requirements: s.requirements}
	s.provenance = &provenance{
		ids: s.ids, tree: s.tree, access: s.access,
		byID: map[int64]*synapse.Activity{}, generated: map[int64][]int64{},
	}
	s.wikis = &wikis{tree: s.tree, access: s.access, pages: map[int64][]wikiPage{}}
	return s
}
