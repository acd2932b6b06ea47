package register

import (
	"context"
	"fmt"
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

var opCopyHandles = effect.OnSynapse("copy file handles").BookedToSource()

// CopyHandles has Synapse copy the records of a batch's file handles, one answer
// for each. A lost answer leaves copies behind that nothing refers to.
func (r *Registrar) CopyHandles(
	ctx context.Context, batch []checkpoint.Entry,
) ([]synapse.CopyHandleResult, error) {
	var request synapse.CopyHandlesRequest
	for _, e := range batch {
		one := synapse.CopyHandleRequest{OriginalFile: Association(e)}
		if r.deps.NoPreviews {
			one.NewContentType = NeutralType
		}
		request.CopyRequests = append(request.CopyRequests, one)
	}
	copies, err := effect.Call(ctx, r.deps.Effects, opCopyHandles,
		func(ctx context.Context) (synapse.CopyHandlesResult, error) {
			return r.deps.Synapse.CopyFileHandles(ctx, request)
		})
	if err != nil {
		return nil, err
	}
	if n := len(copies.CopyResults); n != len(batch) {
		return nil, effect.Fail(opCopyHandles, fmt.Errorf("%d answers for %d file handles", n, len(batch)))
	}
	return copies.CopyResults, nil
}

// Association names an entry's file handle in the source.
func Association(e checkpoint.Entry) synapse.FileHandleAssociation {
	return synapse.FileHandleAssociation{
		FileHandleID:        e.Origin.FileHandleID,
		AssociateObjectID:   e.Origin.EntityID,
		AssociateObjectType: synapse.AssociateFileEntity,
	}
}

// Copied is the entry once Synapse has copied its file handle, as it says.
func (r *Registrar) Copied(e checkpoint.Entry, c synapse.CopyHandleResult) (checkpoint.Entry, error) {
	if err := checkCopied(c, e, r.deps.To.StorageLocationID); err != nil {
		return e, effect.Fail(opCopyHandles, err)
	}
	e.State = checkpoint.StateHandled
	e.Object.Bucket, e.Object.Key = c.NewFileHandle.BucketName, c.NewFileHandle.Key
	e.Object.MD5 = strings.ToLower(c.NewFileHandle.ContentMD5)
	e.Object.ContentType = c.NewFileHandle.ContentType
	e.FileHandleID = c.NewFileHandle.ID
	return e, nil
}

// checkCopied compares the copy of a file handle with the plan.
func checkCopied(c synapse.CopyHandleResult, e checkpoint.Entry, location int64) error {
	h := c.NewFileHandle
	switch {
	case c.FailureCode == synapse.FailureNotFound:
		return fmt.Errorf("%w: %s: %s", effect.ErrHandleGone, e.Origin.FileHandleID, c.FailureCode)
	case c.FailureCode != "":
		return fmt.Errorf("%w: %s: %s", effect.ErrHandleRefused, e.Origin.FileHandleID, c.FailureCode)
	case c.OriginalFileHandleID != e.Origin.FileHandleID || h == nil || h.ID == "":
		return fmt.Errorf("%w: %s: answer without a copy", effect.ErrHandleRefused, e.Origin.FileHandleID)
	case h.StorageLocationID == nil || *h.StorageLocationID != location:
		return fmt.Errorf("%w: file handle %s is not in storage location %d",
			transfer.ErrChanged, e.Origin.FileHandleID, location)
	case h.ContentSize != nil && *h.ContentSize != e.Source.SizeBytes:
		return fmt.Errorf("%w: Synapse sees %d bytes, planned were %d",
			transfer.ErrChanged, *h.ContentSize, e.Source.SizeBytes)
	case e.MD5 != "" && !strings.EqualFold(h.ContentMD5, e.MD5):
		return fmt.Errorf("%w: %w", transfer.ErrChanged, transfer.ErrMD5)
	}
	return nil
}
