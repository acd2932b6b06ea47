package planner

// storageLimitRules are about how much a project may store.
func storageLimitRules() []Rule {
	return []Rule{
		{
			ID: RuleLimitsStorage, Topic: TopicLimits, Severity: SeverityStop,
			Summary: "Synapse can limit what the files of a project take in a storage " +
				"location, and makes no more files there once they take more. What the " +
				"plan brings is compared with what is left.",
			Source: "ProjectStorageLimitsManager, FileEntityMetadataProvider, 2026; " +
				"ProjectStorageLocationUsage, OpenAPI file of March 2026",
			hint: "make room in the project, ask Synapse for a higher limit, or migrate to " +
				"a folder of another project",
		},
		{
			ID: RuleLimitsStorageUnknown, Topic: TopicLimits, Severity: SeverityInfo,
			Summary: "Where Synapse doesn't say how much the project may store in the " +
				"storage location, the plan can't be compared with it.",
			Source: "ProjectStorageLimitsManager (no limit is set), 2026",
		},
	}
}

// checkOverLimit stops a run into a project that stores too much already.
func checkOverLimit(f DestinationFacts) []Finding {
	if f.Usage == nil || !f.Usage.IsOverLimit || f.Usage.MaxAllowedFileBytes == nil {
		return nil
	}
	return []Finding{aboutRun(limitRules(), RuleLimitsStorage,
		"project %s stores %s bytes in storage location %d and may store %s: Synapse makes no "+
			"more files there", f.Destination.ProjectID, number(f.Usage.SumFileBytes),
		f.Destination.StorageLocationID, number(*f.Usage.MaxAllowedFileBytes))}
}

// checkRoom compares the bytes that a plan adds to the project with what it
// may still store.
func checkRoom(f DestinationFacts, addedBytes int64) []Finding {
	u, d := f.Usage, f.Destination
	switch {
	case addedBytes == 0 || u != nil && (u.MaxAllowedFileBytes == nil || u.IsOverLimit):
		return nil
	case u == nil:
		return []Finding{aboutRun(limitRules(), RuleLimitsStorageUnknown,
			"Synapse doesn't say how much project %s may store in storage location %d: whether "+
				"there is room for what the plan brings is unknown", d.ProjectID, d.StorageLocationID)}
	}
	left := *u.MaxAllowedFileBytes - u.SumFileBytes
	if addedBytes <= left {
		return nil
	}
	return []Finding{aboutRun(limitRules(), RuleLimitsStorage,
		"the plan brings %s bytes, and project %s has room for %s in storage location %d "+
			"(%s of %s bytes are taken)", number(addedBytes), d.ProjectID, number(left),
		d.StorageLocationID, number(u.SumFileBytes), number(*u.MaxAllowedFileBytes))}
}

// activeBytes are those of the files that a plan makes.
func activeBytes(t Totals) int64 {
	var sum int64
	for _, a := range t.Actions {
		if a.Action.active() {
			sum += a.SizeBytes
		}
	}
	return sum
}

// added are the bytes that the plan adds to the destination's project in its
// storage location. What moves within both is there already.
func (p *Project) added(t Totals) int64 {
	sum := activeBytes(t)
	if p.source.Mode != ModeMove || p.Facts.Destination.ProjectID == "" ||
		p.source.ProjectID != p.Facts.Destination.ProjectID {
		return sum
	}
	for _, a := range t.Actions {
		if a.Action == ActionReuse {
			sum -= a.SizeBytes
		}
	}
	return sum
}
