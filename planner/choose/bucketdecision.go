package choose

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// DecideBucket is what holds for all files of one bucket and storage
// location: the row of the report, without Actions.
func DecideBucket(p planner.Place, l LocationFacts, d rules.DestinationFacts) planner.BucketDecision {
	refusal := synapseCopyRefusal(p, l, d.Destination)
	b := planner.BucketDecision{
		Service: p.Service, Bucket: p.Bucket, StorageLocationID: p.StorageLocationID,
		Owner: l.Owner, Reach: l.Reach, SynapseCopies: refusal == "",
	}
	switch {
	case b.SynapseCopies && (l.Reach.Region == "" || d.Destination.Region == "") &&
		p.Bucket != d.Destination.Bucket:
		b.Why = "the region of one of the buckets is unknown, and taken for the other's"
	case b.SynapseCopies && !l.Reach.Copyable:
		b.Why = noCopy(l, d)
	case !b.SynapseCopies:
		b.Why = refusal
	}
	return b
}

// noCopy is why S3 doesn't copy server-side.
func noCopy(l LocationFacts, d rules.DestinationFacts) string {
	switch {
	case d.Destination.Managed:
		return "nobody but Synapse writes to a managed destination"
	case !d.Destination.OwnedByCaller:
		return "only the creator of the destination's storage location registers objects in it"
	case !l.Asked:
		return ""
	case l.Reach.Refusal != "":
		return "no credentials both read it and write the destination: " + l.Reach.Refusal
	}
	return "no credentials both read it and write the destination"
}

// synapseCopyRefusal is why Synapse can't copy from there into the
// destination's storage location, empty where it can: the rules of
// MultipartUploadCopyRequestHandler and S3MultipartUploadDAOImpl, October
// 2024 snapshot. A region that isn't known is taken for the destination's.
func synapseCopyRefusal(p planner.Place, l LocationFacts, d planner.Destination) string {
	from, to := l.Reach.Region, d.Region
	switch {
	case p.Service != planner.ServiceS3:
		return "Synapse copies from S3 alone"
	case l.Owner != planner.OwnerSynapse && l.Owner != planner.OwnerCaller && l.Owner != planner.OwnerOther:
		return "Synapse reads no storage location of this kind"
	case p.StorageLocationID == d.StorageLocationID:
		return "it is the destination's own storage location, and Synapse copies between two"
	case !d.OwnedByCaller:
		return "Synapse copies only for the creator of the destination's storage location"
	case from != "" && to != "" && from != to && p.Bucket != d.Bucket:
		return fmt.Sprintf("Synapse doesn't copy between regions, here from %s to %s", from, to)
	}
	return ""
}
