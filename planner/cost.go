package planner

import (
	"strings"
	"time"
)

// Numbers that costs are reckoned with.
const (
	// UploadURLBatch is the number of part URLs that one call brings; the
	// runner asks for as many.
	UploadURLBatch = 100
	// singleCopyBytes is the largest object that CopyObject takes, 5 GiB
	// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html,
	// read November 2026).
	singleCopyBytes = 5 << 30
)

// BudgetTime is what that many calls take at the budget's full rate.
func BudgetTime(synapseCalls int64, l Limits) time.Duration {
	return time.Duration(float64(synapseCalls) / float64(l.Requests) * float64(l.Window))
}

// ItemCost is what one item takes: Synapse calls (register, copy and stream
// two; an upload one to start, one for the URLs of a few parts, one a part,
// one to complete, one for the entity; one more to read an entity that gets
// a new version), and about how many S3 calls: a registered object is looked
// at once more, others take copyCalls or one for each part. To both comes
// keptCost.
func ItemCost(i Item, o Options, aws bool) (synapseCalls, s3Calls int64) {
	o = o.WithDefaults()
	size := i.Source.SizeBytes
	transferParts := Parts(size, o.TransferPartSizeBytes)
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
		n := Parts(size, o.UploadPartSizeBytes)
		s3Calls += 2 * n
		synapseCalls = 3 + n + (n+UploadURLBatch-1)/UploadURLBatch
	}
	if i.ReplaceEntityID != "" || i.CompareEntityID != "" {
		synapseCalls++ // of a file that is compared, its ID, itself and its handle are read
	}
	if i.CompareObject {
		s3Calls += transferParts
	}
	keptSynapse, keptS3 := KeptCost(i, o, aws)
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
		calls += 1 + Parts(sizeBytes, o.TransferPartSizeBytes)
	}
	return calls
}

// Parts is the number of parts of an object: at least 1, at most 10,000.
func Parts(sizeBytes, partBytes int64) int64 {
	n := (sizeBytes + partBytes - 1) / partBytes
	return min(max(n, 1), maxParts)
}

// DestinationCalls is the number of Synapse calls of destination.Examine:
// profile, realm, bundle, setting, upload destination of the folder and of its
// parent, storage location or the list of the caller's, credentials. One more
// is made where the list doesn't have the location.
const DestinationCalls = 8

// handles is how many file handles the versions have.
func (k Kept) handles() int64 {
	ids := map[string]bool{}
	for _, v := range k.Versions {
		ids[v.FileHandleID] = true
	}
	return int64(len(ids))
}

// KeptCost is what it takes to keep versions: one call to look at each, one
// for each file handle that is made, one to re-point each version, and one to
// read a file again whose etag that has changed; in S3, a copy.
func KeptCost(i Item, o Options, aws bool) (synapseCalls, s3Calls int64) {
	if i.Kept == nil {
		return 0, 0
	}
	synapseCalls = 2*int64(len(i.Kept.Versions)) + i.Kept.handles()
	if i.Follows != 0 {
		synapseCalls++
	}
	_, whole := MD5Hex(strings.ToLower(i.Kept.ETag))
	return synapseCalls, copyCalls(i.Kept.SizeBytes, whole, o, aws)
}

// MachineReads is how many of an item's S3 calls, as itemCost counts them,
// are none since its source is not S3: reading it and hashing it.
func MachineReads(i Item, o Options) int64 {
	o = o.WithDefaults()
	var n int64
	switch i.Action {
	case ActionStream:
		n = Parts(i.Source.SizeBytes, o.TransferPartSizeBytes)
	case ActionUpload:
		n = Parts(i.Source.SizeBytes, o.UploadPartSizeBytes)
	}
	if i.MD5Source == MD5Read {
		n += Parts(i.Source.SizeBytes, o.TransferPartSizeBytes)
	}
	return n
}

// CopyPartSizeBytes is the part size of copies that Synapse makes: the
// largest that it takes, 5 GiB (PartUtils, October 2024 snapshot), so that
// most objects are one part.
const CopyPartSizeBytes int64 = 5 << 30
