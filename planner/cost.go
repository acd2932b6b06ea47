package planner

import (
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// Numbers that the runner works with, and that costs are reckoned with.
const (
	// PartURLBatch is the number of presigned URLs of an upload's parts that
	// one call brings: few enough to be used while they are young.
	PartURLBatch = 100
	// SingleCopyBytes is the largest object that CopyObject takes, 5 GiB
	// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html,
	// read November 2026).
	SingleCopyBytes = 5 << 30
	// MaxParts and MaxPartBytes are S3's limits of a multipart upload
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html,
	// read November 2026).
	MaxParts     = 10_000
	MaxPartBytes = 5 << 30
	// PartBytes is the size of the parts of large objects, 128 MiB, unless
	// another is asked for or makes more than MaxParts. Each part of an upload
	// takes a Synapse call, so they are large; none is held in memory.
	PartBytes = 128 << 20
	// CopyPartSizeBytes is the part size of copies that Synapse makes: the
	// largest that it takes, 5 GiB (PartUtils, October 2024 snapshot), so that
	// most objects are one part.
	CopyPartSizeBytes = synapse.MaxPartSizeBytes
	// DestinationCalls is the number of Synapse calls of destination.Examine:
	// profile, realm, bundle, setting, upload destination of the folder and of
	// its parent, storage location or the list of the caller's, credentials. One
	// more is made where the list doesn't have the location.
	DestinationCalls = 8
)

// Calls count what something takes.
type Calls struct {
	Synapse, S3 int64
}

// Plus is the sum.
func (c Calls) Plus(more Calls) Calls { return Calls{c.Synapse + more.Synapse, c.S3 + more.S3} }

// Terms are what costs depend on, beside the item.
type Terms struct {
	Options Options
	// AWS is true for a destination on AWS, FromS3 for a source whose bytes
	// are read from S3.
	AWS, FromS3 bool
}

// TermsOf are those of a plan.
func TermsOf(h Header, o Options) Terms {
	return Terms{
		Options: o.WithDefaults(), AWS: h.Destination.Endpoint == "",
		FromS3: h.Source.IsS3() || h.Source.Project != nil,
	}
}

// Cost is what so many calls are, with the time that they take at the budget's
// full rate.
func (t Terms) Cost(c Calls) Cost {
	l := t.Options.Limits
	return Cost{
		SynapseCalls: c.Synapse, S3Calls: c.S3,
		BudgetTime: time.Duration(float64(c.Synapse) / float64(l.Requests) * float64(l.Window)),
	}
}

// Bring is what it takes to have a file handle for an item, whose content may
// have to be hashed or compared before, and versions be kept. What shares a
// handle takes nothing.
func (t Terms) Bring(i Item) Calls {
	row := i.Action.Traits()
	if i.Shares != 0 || row.bring == nil {
		return Calls{}
	}
	calls := row.bring(i, t).Plus(t.keep(i))
	if i.MD5Source == MD5Read {
		calls.S3 += t.reads(t.transferParts(i))
	}
	if i.Source.Download != nil {
		calls.Synapse++
	}
	if i.CompareEntityID != "" {
		calls.Synapse++ // its ID, itself and its handle are read
	}
	if i.CompareObject && row.Key == KeyMirrored {
		calls.S3 += t.transferParts(i)
	}
	return calls
}

// Replace is what it takes, beside what makes the entity, to give a file a new
// version: it is read.
func Replace(i Item) Calls {
	if i.ReplaceEntityID == "" {
		return Calls{}
	}
	return Calls{Synapse: 1}
}

// reuseCalls: records are copied many at once, see synapse.MaxHandleBatch.
func reuseCalls(Item, Terms) Calls { return Calls{} }

// registerCalls: the object is looked at once more.
func registerCalls(Item, Terms) Calls { return Calls{Synapse: 1, S3: 1} }

func s3CopyCalls(i Item, t Terms) Calls {
	return Calls{Synapse: 1, S3: t.copy(i.Source.SizeBytes, i.MD5Source == MD5ETag)}
}

// streamCalls: one to read and one to write for each part; an upload of
// several is begun and completed.
func streamCalls(i Item, t Terms) Calls {
	n := t.transferParts(i)
	calls := Calls{Synapse: 1, S3: t.reads(n) + n}
	if n > 1 {
		calls.S3 += 2
	}
	return calls
}

// uploadCalls: one to start, one for the URLs of a few parts, one a part, one
// to complete.
func uploadCalls(i Item, t Terms) Calls {
	n := parts(i.Source.SizeBytes, t.Options.UploadPartSizeBytes)
	return Calls{Synapse: multipartCalls(n), S3: t.reads(n) + n}
}

// synapseCopyCalls are those of an upload; for a mirrored key one more for the
// file handle that Synapse made and one for that of the second copy.
func synapseCopyCalls(i Item, _ Terms) Calls {
	n := parts(i.Source.SizeBytes, CopyPartSizeBytes)
	calls := Calls{Synapse: multipartCalls(n), S3: n}
	if i.Origin != nil && i.Origin.Mirror != "" {
		calls = calls.Plus(Calls{Synapse: 2, S3: 3})
	}
	return calls
}

// multipartCalls are Synapse's for so many parts.
func multipartCalls(parts int64) int64 { return 2 + parts + (parts+PartURLBatch-1)/PartURLBatch }

// reads are so many reads of the source, as calls of S3.
func (t Terms) reads(n int64) int64 {
	if !t.FromS3 {
		return 0
	}
	return n
}

func (t Terms) transferParts(i Item) int64 {
	return parts(i.Source.SizeBytes, t.Options.TransferPartSizeBytes)
}

// copy is about how many S3 calls a copy takes: it is made, and looked at
// unless it gets the source's ETag, as one that is whole does, whose ETag is
// its MD5; on servers other than AWS its key is looked at before, since these
// ignore the condition that it be free.
func (t Terms) copy(sizeBytes int64, whole bool) int64 {
	calls := int64(1)
	if !whole {
		calls++
	}
	if !t.AWS || sizeBytes > SingleCopyBytes {
		calls++
	}
	if sizeBytes > SingleCopyBytes {
		calls += 1 + parts(sizeBytes, t.Options.TransferPartSizeBytes)
	}
	return calls
}

// keep is what it takes to keep versions: one call to look at each, one for
// each file handle that is made, one to re-point each version, and one to read
// a file again whose etag that has changed; in S3, a copy.
func (t Terms) keep(i Item) Calls {
	if i.Kept == nil {
		return Calls{}
	}
	handles := map[string]bool{}
	for _, v := range i.Kept.Versions {
		handles[v.FileHandleID] = true
	}
	calls := Calls{Synapse: int64(2*len(i.Kept.Versions) + len(handles))}
	if i.Follows != 0 {
		calls.Synapse++
	}
	_, whole := MD5Hex(strings.ToLower(i.Kept.ETag))
	calls.S3 = t.copy(i.Kept.SizeBytes, whole)
	return calls
}

// parts is the number of parts of an object: at least 1, at most MaxParts.
func parts(sizeBytes, partBytes int64) int64 {
	n := (sizeBytes + partBytes - 1) / partBytes
	return min(max(n, 1), MaxParts)
}
