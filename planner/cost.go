package planner

import (
	"context"
	"fmt"
	"time"
)

// Numbers that costs are reckoned with.
const (
	// uploadURLBatch is the number of part URLs that one call brings; the
	// runner asks for as many.
	uploadURLBatch = 100
	// singleCopyBytes is the largest object that CopyObject takes, 5 GiB
	// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html,
	// read November 2026).
	singleCopyBytes = 5 << 30
)

// cost sums up the calls of a run: those of every item, one for each folder
// to be made, and those that examine the destination at its start.
func (b *Bucket) cost(ctx context.Context, t Totals) (Cost, error) {
	c := Cost{SynapseCalls: destinationCalls + t.Folders}
	for item, err := range b.Reviewer.Items(ctx, Filter{Actions: activeActions()}) {
		if err != nil {
			return Cost{}, fmt.Errorf("reading items: %w", err)
		}
		synapseCalls, s3Calls := itemCost(item, b.Options, b.Header.Destination.Endpoint == "")
		if !b.Header.Source.IsS3() {
			s3Calls -= machineReads(item, b.Options)
		}
		c.SynapseCalls += synapseCalls
		c.S3Calls += s3Calls
	}
	c.BudgetTime = budgetTime(c.SynapseCalls, b.Options.Limits)
	return c, nil
}

// budgetTime is what that many calls take at the budget's full rate.
func budgetTime(synapseCalls int64, l Limits) time.Duration {
	return time.Duration(float64(synapseCalls) / float64(l.Requests) * float64(l.Window))
}

// itemCost is what one item takes: Synapse calls (register, copy and stream
// two; an upload one to start, one for the URLs of a few parts, one a part,
// one to complete, one for the entity; one more to read an entity that gets
// a new version), and about how many S3 calls: a registered object is looked
// at once more, others take copyCalls or one for each part. To both comes
// keptCost.
func itemCost(i Item, o Options, aws bool) (synapseCalls, s3Calls int64) {
	o = o.withDefaults()
	size := i.Source.SizeBytes
	transferParts := parts(size, o.TransferPartSizeBytes)
	if i.MD5Source == MD5Read {
		s3Calls += transferParts
	}
	synapseCalls = 2
	switch i.Action {
	case ActionRegister:
		s3Calls++
	case ActionCopy:
		s3Calls += copyCalls(size, i.MD5Source == MD5ETag, o, aws)
	case ActionStream:
		s3Calls += 2 * transferParts
		if transferParts > 1 {
			s3Calls += 2
		}
	case ActionUpload:
		n := parts(size, o.UploadPartSizeBytes)
		s3Calls += 2 * n
		synapseCalls = 3 + n + (n+uploadURLBatch-1)/uploadURLBatch
	}
	if i.ReplaceEntityID != "" || i.CompareEntityID != "" {
		synapseCalls++ // of a file that is compared, its ID, itself and its handle are read
	}
	if i.CompareObject {
		s3Calls += transferParts
	}
	keptSynapse, keptS3 := keptCost(i, o, aws)
	return synapseCalls + keptSynapse, s3Calls + keptS3
}

// copyCalls is about how many S3 calls a copy takes: it is made, and looked
// at unless it gets the source's ETag, as one that is whole does, whose ETag is
// its MD5; on servers other than AWS its key is looked at before, since these
// ignore the condition that it be free.
func copyCalls(sizeBytes int64, whole bool, o Options, aws bool) int64 {
	calls := int64(1)
	if !whole {
		calls++
	}
	if !aws || sizeBytes > singleCopyBytes {
		calls++
	}
	if sizeBytes > singleCopyBytes {
		calls += 1 + parts(sizeBytes, o.TransferPartSizeBytes)
	}
	return calls
}

// parts is the number of parts of an object: at least 1, at most 10,000.
func parts(sizeBytes, partBytes int64) int64 {
	n := (sizeBytes + partBytes - 1) / partBytes
	return min(max(n, 1), maxParts)
}
