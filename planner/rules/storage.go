package rules

import "synapse-migrate/planner"

// storageLimitRules are about how much a project may store.
var storageLimitRules = []Rule{
	{
		ID: LimitsStorage, Topic: TopicLimits, Severity: planner.SeverityStop,
		Summary: "Synapse can limit what the files of a project take in a storage " +
			"location, and makes no more files there once they take more. What the " +
			"plan brings is compared with what is left.",
		Source: "ProjectStorageLimitsManager, FileEntityMetadataProvider, 2026; " +
			"ProjectStorageLocationUsage, OpenAPI file of March 2026",
		Hint: "make room in the project, ask Synapse for a higher limit, or migrate to " +
			"a folder of another project",
	},
	{
		ID: LimitsStorageUnknown, Topic: TopicLimits, Severity: planner.SeverityInfo,
		Summary: "Where Synapse doesn't say how much the project may store in the " +
			"storage location, the plan can't be compared with it.",
		Source: "ProjectStorageLimitsManager (no limit is set), 2026",
	},
}

// checkOverLimit stops a run into a project that stores too much already.
func checkOverLimit(f DestinationFacts) []planner.Finding {
	if f.Usage == nil || !f.Usage.IsOverLimit || f.Usage.MaxAllowedFileBytes == nil {
		return nil
	}
	return []planner.Finding{AboutRun(LimitsStorage,
		"project %s stores %s bytes in storage location %d and may store %s: Synapse makes no "+
			"more files there", f.Destination.ProjectID, planner.Number(f.Usage.SumFileBytes),
		f.Destination.StorageLocationID, planner.Number(*f.Usage.MaxAllowedFileBytes))}
}

// CheckRoom compares the bytes that a plan adds to the project with what it
// may still store.
func CheckRoom(f DestinationFacts, addedBytes int64) []planner.Finding {
	u, d := f.Usage, f.Destination
	switch {
	case addedBytes == 0 || u != nil && (u.MaxAllowedFileBytes == nil || u.IsOverLimit):
		return nil
	case u == nil:
		return []planner.Finding{AboutRun(LimitsStorageUnknown,
			"Synapse doesn't say how much project %s may store in storage location %d: whether "+
				"there is room for what the plan brings is unknown", d.ProjectID, d.StorageLocationID)}
	}
	left := max(*u.MaxAllowedFileBytes-u.SumFileBytes, 0)
	if addedBytes <= left {
		return nil
	}
	return []planner.Finding{AboutRun(LimitsStorage,
		"the plan brings %s bytes, and project %s has room for %s in storage location %d "+
			"(%s of %s bytes are taken)", planner.Number(addedBytes), d.ProjectID, planner.Number(left),
		d.StorageLocationID, planner.Number(u.SumFileBytes), planner.Number(*u.MaxAllowedFileBytes))}
}

// ActiveBytes are those of the files that a plan makes.
func ActiveBytes(t planner.Totals) int64 {
	var sum int64
	for _, a := range t.Actions {
		if a.Action.Active() {
			sum += a.SizeBytes
		}
	}
	return sum
}
