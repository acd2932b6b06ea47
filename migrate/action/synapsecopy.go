package action

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/register"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

var opCopyPart = effect.OnDestination(effect.PhaseCopy, "copy part").BookedToSource()

// synapseCopying has Synapse copy an object into the destination's storage
// location, to a key that Synapse chooses: four calls for one of one part.
type synapseCopying struct{ multipart }

// Transfer finds a copy again by a request equal in every field, so it is made
// of the plan alone. Where the plan mirrors the tree, the copy is then brought
// to the item's own key.
func (r synapseCopying) Transfer(ctx context.Context, e *checkpoint.Entry) error {
	sender := &partSender{
		Deps: r.Deps, source: e.Source, plan: planParts(e.Source.SizeBytes, r.CopyPartSizeBytes),
	}
	sender.request = r.request(*e, sender.plan)
	sender.bring = sender.copyPart
	handleID, err := r.copy(ctx, sender, false)
	if errors.Is(err, effect.ErrNoUpload) && !errors.Is(err, effect.ErrOvertaken) {
		handleID, err = r.copy(ctx, sender, true)
	}
	if err != nil {
		return err
	}
	if e.Origin.Mirror != "" {
		return r.mirror(ctx, e, handleID)
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object.MD5, next.Object.ContentType = transfer.PlannedMD5(e.Item), e.ContentType
	next.FileHandleID = handleID
	return r.Records.Advance(ctx, e, next)
}

// copy starts or resumes the copy, and returns the ID of the file handle that
// Synapse made for it.
func (r synapseCopying) copy(ctx context.Context, sender *partSender, anew bool) (string, error) {
	sender.anew = anew
	status, err := r.start(ctx, sender.request, anew)
	if err != nil {
		return "", err
	}
	return r.send(ctx, sender, status)
}

// request is what starts an entry's copy, or finds it again.
func (r synapseCopying) request(e checkpoint.Entry, plan partPlan) synapse.MultipartRequest {
	location, source := r.To.StorageLocationID, register.Association(e)
	request := synapse.MultipartRequest{
		ConcreteType:                synapse.TypeMultipartCopy,
		FileName:                    uploadName(e),
		PartSizeBytes:               plan.PartSizeBytes,
		StorageLocationID:           &location,
		SourceFileHandleAssociation: &source,
	}
	if r.NoPreviews || e.Origin.Mirror != "" {
		request.GeneratePreview = new(bool)
	}
	return request
}

// ifMatchHeader pins a copy to the source's ETag, as it was when Synapse
// began.
const ifMatchHeader = "x-amz-copy-source-if-match"

// copyPart has S3 copy part n, and returns the ETag of the copy.
func (s *partSender) copyPart(ctx context.Context, u heldURL, n int64) (string, error) {
	answer, err := effect.Call(ctx, s.Effects, opCopyPart, func(ctx context.Context) ([]byte, error) {
		if err := checkPinned(u.PartURL, s.source); err != nil {
			return nil, err
		}
		answer, err := putPart(ctx, s.PartClient, u.PartURL, nil, 0)
		return answer, otherObject(err)
	})
	if err != nil {
		return "", err
	}
	etag := copiedETag(answer)
	if etag == "" {
		return "", effect.Fail(opCopyPart, errors.New("answer without an ETag"))
	}
	_, length := s.plan.extent(n)
	s.Meter.Copied(length)
	s.Meter.Arrived(length)
	return etag, nil
}

// errNotRecorded: what lies at the source's key is shorter than the file handle
// says, or gone.
var errNotRecorded = fmt.Errorf(
	"%w: the object at its key isn't the one that the source's file handle recorded", transfer.ErrChanged)

// otherObject says what it means that S3 refuses the range of a part. The
// range follows from the size in the file handle, and the pinned ETag is that
// of what Synapse found at the key: an object that was overwritten has the
// right ETag, and another size. S3 calls a range beyond the end
// InvalidArgument, or InvalidRange
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html,
// read November 2026).
func otherObject(err error) error {
	var refusal *putRefusal
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.code {
	case "InvalidArgument", "InvalidRange", "NoSuchKey":
		return fmt.Errorf("%w: %w", errNotRecorded, err)
	}
	return err
}

// checkPinned compares the ETag that a copy is pinned to with the plan's,
// where both are known.
func checkPinned(u synapse.PartURL, planned planner.Object) error {
	for name, value := range u.SignedHeaders {
		value = strings.Trim(value, `"`)
		if strings.EqualFold(name, ifMatchHeader) && planned.ETag != "" && value != planned.ETag {
			return fmt.Errorf("%w: ETag %q, planned %q", transfer.ErrChanged, value, planned.ETag)
		}
	}
	return nil
}

// copiedETag is the ETag in S3's answer to UploadPartCopy, without quotes;
// empty when the answer is something else. S3 may send status 200 before it
// knows how the copy ends
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html,
// read November 2026).
func copiedETag(answer []byte) string {
	var document struct {
		XMLName xml.Name `xml:"CopyPartResult"`
		ETag    string   `xml:"ETag"`
	}
	if xml.Unmarshal(answer, &document) != nil {
		return ""
	}
	return strings.Trim(document.ETag, `"`)
}

// uploadName is the file name of what Synapse uploads or copies: that of the
// source's file handle, unless only a name like an entity's will do
// (MultipartUploadRequestHandler, October 2024 snapshot).
func uploadName(e checkpoint.Entry) string {
	if e.Origin != nil && planner.ValidName(e.Origin.FileName) == nil {
		return e.Origin.FileName
	}
	return e.Name
}
