package action

import (
	"context"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/register"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// uploading brings an object through Synapse's multipart upload to its file
// handle. An object of one part takes four calls: start, URL, add, complete.
type uploading struct{ multipart }

// Transfer finds an upload again by a request equal in every field, so it is
// made of the plan and of what was saved, and of nothing else.
func (r uploading) Transfer(ctx context.Context, e *checkpoint.Entry) error {
	s, md5, err := r.openHashed(ctx, e.Item)
	if err != nil {
		return err
	}
	if e.CompareEntityID != "" {
		e.Object.MD5 = md5
		if handleID, entityID, err := r.Held(ctx, *e); err != nil || entityID != "" {
			return r.handled(ctx, e, handleID, err)
		}
	}
	plan := planParts(e.Source.SizeBytes, r.UploadPartSizeBytes)
	if s.upload.PartSizeBytes > 0 {
		plan.PartSizeBytes = s.upload.PartSizeBytes
	}
	request := r.request(*e, md5, plan)
	sender := &partSender{Deps: r.Deps, source: e.Source, request: request, plan: plan, md5: md5}
	sender.bring = sender.putBytes
	status, err := r.start(ctx, request, false)
	if err != nil {
		return err
	}
	if err := saveUploadID(ctx, s, status, plan); err != nil {
		return err
	}
	if plan.count() > 1 && unproven(*e, md5) {
		sender.passing = resumed(s, status.UploadID)
	}
	handleID, err := r.send(ctx, sender, status)
	if err != nil {
		return err
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object.MD5, next.Object.ContentType = md5, request.ContentType
	next.FileHandleID = handleID
	return r.Records.Advance(ctx, e, next)
}

// handled gives an entry that needs no upload the file handle that the file at
// its path has.
func (r uploading) handled(ctx context.Context, e *checkpoint.Entry, handleID string, err error) error {
	if err != nil {
		return err
	}
	next := *e
	next.State, next.FileHandleID = checkpoint.StateHandled, handleID
	return r.Records.Advance(ctx, e, next)
}

// request is what starts an entry's upload, or finds it again.
func (r uploading) request(
	e checkpoint.Entry, md5 string, plan partPlan,
) synapse.MultipartRequest {
	location := r.To.StorageLocationID
	request := synapse.MultipartRequest{
		ConcreteType:      synapse.TypeMultipartUpload,
		FileName:          uploadName(e),
		FileSizeBytes:     plan.SizeBytes,
		PartSizeBytes:     plan.PartSizeBytes,
		ContentMD5Hex:     md5,
		ContentType:       e.ContentType,
		StorageLocationID: &location,
	}
	if request.ContentType == "" {
		request.ContentType = register.NeutralType
	}
	if r.NoPreviews {
		request.GeneratePreview = new(bool)
	}
	return request
}

// saveUploadID remembers the part size of an upload of several parts, since
// with another one the server would begin anew.
func saveUploadID(
	ctx context.Context, s *saved, status synapse.MultipartStatus, plan partPlan,
) error {
	if plan.count() < 2 || status.State == synapse.UploadStateCompleted ||
		s.upload.UploadID == status.UploadID {
		return nil
	}
	u := transfer.Upload{UploadID: status.UploadID, PartSizeBytes: plan.PartSizeBytes}
	return s.save(ctx, u)
}
