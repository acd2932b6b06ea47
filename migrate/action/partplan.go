package action

import "synapse-migrate/synapse"

// partPlan is how an object is cut into parts, numbered from 1.
type partPlan struct {
	SizeBytes     int64
	PartSizeBytes int64
}

// planParts cuts an object into parts of the wanted size, or of what the
// server's limits make of it: at least 5 MiB, at most 10,000 parts.
func planParts(sizeBytes, wantBytes int64) partPlan {
	least := (sizeBytes + synapse.MaxParts - 1) / synapse.MaxParts
	part := max(wantBytes, least, synapse.MinPartSizeBytes)
	return partPlan{sizeBytes, min(part, synapse.MaxPartSizeBytes)}
}

// count is the number of parts.
func (p partPlan) count() int64 {
	return (p.SizeBytes + p.PartSizeBytes - 1) / p.PartSizeBytes
}

// extent is where part n begins, and how many bytes it has.
func (p partPlan) extent(n int64) (first, length int64) {
	first = (n - 1) * p.PartSizeBytes
	return first, min(p.PartSizeBytes, p.SizeBytes-first)
}

// missing are the parts that a partsState doesn't mark as added. What the
// state is too short to tell of is missing.
func (p partPlan) missing(partsState string) []int64 {
	var parts []int64
	for n := range p.count() {
		if n >= int64(len(partsState)) || partsState[n] != '1' {
			parts = append(parts, n+1)
		}
	}
	return parts
}
