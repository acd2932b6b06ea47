package listing

import (
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/planner/seal"
)

// state is what planning remembers between batches, in Cursor.State.
type state struct {
	Copy    rules.CopyProbe `json:"copy,omitempty"`
	Tallies planner.Tallies `json:"tallies,omitempty"`
	// Loads are the numbers of children of the open folders, the
	// destination folder first.
	Loads []seal.Load `json:"loads,omitempty"`
	// Full are folders that exist and would get too many children.
	Full []seal.FullFolder `json:"full,omitempty"`
	// FoldersFound is the number of folders that exist.
	FoldersFound int64 `json:"foldersFound,omitempty"`
	// HighestPart is the highest number in a name that looks like that of
	// a shard, see destination.ShardName.
	HighestPart int64 `json:"highestPart,omitempty"`
	// OpenShards are existing shards of open folders that the plan goes
	// through.
	OpenShards []openShard `json:"openShards,omitempty"`
	// TooSpread is the path of a folder with too many files in its shards.
	TooSpread *string `json:"tooSpread,omitempty"`
	// Shards are those that were decided on after the listing.
	Shards []shards `json:"shards,omitempty"`
	// ReadBytes were read to compare.
	ReadBytes int64 `json:"readBytes,omitempty"`
	// Sharding is true once Shards is complete.
	Sharding bool `json:"sharding,omitempty"`
}

// check refuses what planning leaves in no state: nothing in place of a
// tally, and more sub-folders than a folder can have.
func (s state) check(limits planner.Limits) error {
	spread := slices.ContainsFunc(s.Shards, func(each shards) bool {
		return each.Folders < 0 || each.Folders > limits.Children
	})
	if spread || planner.Missing(maps.Values(s.Tallies)) {
		return fmt.Errorf("checking the cursor's state: %w", planner.ErrCursor)
	}
	return nil
}
