package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// errNotS3: what is no S3 can't copy.
var errNotS3 = errors.New("only S3 copies server-side")

// Copy brings an object to its destination server-side: the destination's
// credentials must be able to read the source. Content type, headers and
// user metadata are kept, and tags where the credentials allow it. Objects
// above CopyLimitBytes go in parts, which a later attempt goes on from.
//
// The result is compared with its source: by the ETag in S3's answer or, where
// that is another one than the source's, by looking at the object. Its
// content type, which is the source's, is empty where nobody had to look.
// Its MD5 is empty unless the object was found there and came to be known by
// comparing. Errors wrap the transfer.Err values.
func (m *Mover) Copy(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	res, err := m.copy(ctx, req)
	if err != nil {
		return transfer.Result{}, during("copying", req.Source, err)
	}
	return res, nil
}

// copy chooses the way.
func (m *Mover) copy(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	if m.store == nil {
		return transfer.Result{}, errNotS3
	}
	if req.Source.SizeBytes > m.destination.options.CopyLimitBytes {
		return m.copyParts(ctx, req)
	}
	m.discard(ctx, req) // of a time when this was larger than could be copied at once
	// AWS honours If-None-Match on CopyObject; no other server tried did
	// (versitygw, MinIO, gofakes3; November 2026). There the key is looked at
	// first.
	if m.destination.options.Endpoint != "" {
		if res, found, err := m.alreadyCopied(ctx, req); found || err != nil {
			return res, err
		}
	}
	return m.copyWhole(ctx, req)
}

// alreadyCopied looks for the source's content at the destination.
func (m *Mover) alreadyCopied(
	ctx context.Context, req transfer.Request,
) (transfer.Result, bool, error) {
	res, found, err := m.existing(ctx, req, unproven(req.Source), nil)
	if found {
		progress(req, req.Source.SizeBytes)
	}
	return res, found, err
}

// copyWhole copies in one request.
func (m *Mover) copyWhole(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	in := &s3.CopyObjectInput{
		Bucket: aws.String(req.Bucket), Key: aws.String(req.Key),
		CopySource:        copySource(req.Source),
		CopySourceIfMatch: quote(req.Source.ETag),
		IfNoneMatch:       ifNoneMatch(req),
	}
	if err := m.keepOrigin(ctx, req, in); err != nil {
		return transfer.Result{}, err
	}
	out, err := m.destination.copyObject(ctx, in, m.store)
	if errors.Is(err, errCondition) {
		return m.copyRefused(ctx, req, err)
	}
	if err != nil {
		return transfer.Result{}, err
	}
	there := planner.Detail{Object: planner.Object{
		Bucket: req.Bucket, Key: req.Key,
		ETag: copiedETag(out), SizeBytes: req.Source.SizeBytes,
	}}
	if there.ETag == "" || there.ETag != req.Source.ETag {
		if there, err = m.arrived(ctx, req, nil, there.ETag); err != nil {
			return transfer.Result{}, err
		}
	}
	progress(req, req.Source.SizeBytes)
	return transfer.Result{Object: there.Object, ContentType: there.ContentType}, nil
}

// keepOrigin has a copy carry a record of its source where that is asked for
// and the source has no digest, or carries a record of its own, which would
// then say something about the copy that nobody here has seen. S3 then takes none of the source's metadata by
// itself, so that all of it is given anew; tags it copies all the same
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html, read
// November 2026).
func (m *Mover) keepOrigin(
	ctx context.Context, req transfer.Request, in *s3.CopyObjectInput,
) error {
	if !req.RecordOrigin {
		return nil
	}
	seen, err := m.store.Describe(ctx, req.Source)
	if err != nil || seen.HasDigest() && seen.UserMetadata[planner.OriginKey] == "" {
		return err
	}
	in.MetadataDirective = types.MetadataDirectiveReplace
	seen.Headers.from(req, seen.Object).onCopy(in)
	return nil
}

// copiedETag is the new object's ETag as S3's answer has it, empty where it
// has none. Equal to the source's it vouches for size and content: it is a
// digest of all bytes, or random.
func copiedETag(out *s3.CopyObjectOutput) string {
	if out.CopyObjectResult == nil {
		return ""
	}
	return unquote(aws.ToString(out.CopyObjectResult.ETag))
}

// copyRefused finds out which condition was not met: the source's, or the
// destination's, where an earlier attempt may have been.
func (m *Mover) copyRefused(
	ctx context.Context, req transfer.Request, cause error,
) (transfer.Result, error) {
	if _, err := m.store.Describe(ctx, req.Source); err != nil {
		return transfer.Result{}, err
	}
	res, found, err := m.alreadyCopied(ctx, req)
	if err == nil && !found {
		err = cause
	}
	return res, err
}

// arrived compares the destination with the source. Parts, if any, are what
// the destination was made from, wrote is the ETag in S3's answer to what was
// written, empty where that is not known to be ours. Where S3 holds nothing that could be
// compared, the size and the condition on the source's ETag must do.
func (m *Mover) arrived(
	ctx context.Context, req transfer.Request, parts []transfer.Part, wrote string,
) (planner.Detail, error) {
	there, err := m.destination.Head(ctx, req.Bucket, req.Key)
	if err != nil {
		return there, err
	}
	if len(parts) > 0 && there.PartsCount == 0 {
		// Some servers give a multipart upload an ETag without a hyphen.
		there.PartsCount = len(parts)
	}
	other := differs(unproven(req.Source), there)
	if !other && !assembled(there, parts) {
		source, err := m.store.Head(ctx, req.Source.Bucket, req.Source.Key)
		if err != nil {
			return there, err
		}
		other = Unchanged(req.Source, source.Object) == nil && differs(source, there)
	}
	if other {
		return there, m.takeBack(ctx, req, there, wrote)
	}
	return there, nil
}

// copyParts copies in parts, going on from an earlier attempt's.
func (m *Mover) copyParts(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	u, err := m.resume(ctx, req)
	if err != nil && !errors.Is(err, errNoUpload) {
		return transfer.Result{}, err
	}
	if u == nil {
		res, found, err := m.alreadyCopied(ctx, req)
		if found || err != nil {
			return res, err
		}
		if u, err = m.createCopy(ctx, req); err != nil {
			return transfer.Result{}, err
		}
	}
	res, err := m.finishCopy(ctx, u)
	m.ended(ctx, u, res.Found, err)
	return res, err
}

// createCopy begins a multipart copy. No checksum is asked for: S3 adds its
// own, and MinIO refuses to copy parts into an upload with one.
func (m *Mover) createCopy(ctx context.Context, req transfer.Request) (*upload, error) {
	head, parts, err := m.store.examine(ctx, req.Source.Bucket, req.Source.Key)
	if err != nil {
		return nil, err
	}
	d := m.store.detail(req.Source.Bucket, req.Source.Key, head, parts)
	if err := Unchanged(req.Source, d.Object); err != nil {
		return nil, err
	}
	size := copyPartSize(d.SizeBytes, m.destination.options.PartSizeBytes, d.HasDigest(), parts)
	h := ofHead(head).from(req, d.Object)
	h.tags = m.store.tags(ctx, req.Source, head.TagCount)
	in := &s3.CreateMultipartUploadInput{}
	h.onCreate(in)
	return m.create(ctx, req, transfer.Upload{PartSizeBytes: size}, in)
}

// finishCopy copies what is missing and puts it together.
func (m *Mover) finishCopy(ctx context.Context, u *upload) (transfer.Result, error) {
	req := u.request
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(m.destination.options.PartConcurrency)
	for p := range allParts(req.Source.SizeBytes, u.state.PartSizeBytes) {
		if inner.Err() != nil {
			break
		}
		if _, done := u.part(p.number); !done {
			group.Go(func() error { return m.copyPart(inner, u, p) })
		}
	}
	if err := group.Wait(); err != nil {
		return transfer.Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return transfer.Result{}, err
	}
	wrote, found, err := m.finish(ctx, u)
	if err != nil {
		return transfer.Result{}, err
	}
	there, err := m.arrived(ctx, req, u.state.Parts, wrote)
	if err != nil {
		return transfer.Result{}, err
	}
	return transfer.Result{Object: there.Object, ContentType: there.ContentType, Found: found}, nil
}

// finish puts an upload's parts together, or finds that this was done before.
// The ETag is that of what this call wrote, empty where it wrote nothing.
func (m *Mover) finish(ctx context.Context, u *upload) (wrote string, found bool, err error) {
	if m.destination.unguarded(u.request) {
		found, err := m.completed(ctx, u, errCondition)
		if !errors.Is(err, errCondition) {
			return "", found, err
		}
	}
	if wrote, err = u.complete(ctx); err != nil {
		found, err = m.completed(ctx, u, err)
		return "", found, err
	}
	return wrote, false, nil
}

// completed decides what a failed completion left behind: the reply may have
// been lost, so that the upload is gone and the object there.
func (m *Mover) completed(ctx context.Context, u *upload, cause error) (bool, error) {
	if !errors.Is(cause, errNoUpload) && !errors.Is(cause, errCondition) {
		return false, cause
	}
	there, found, err := m.there(ctx, u.request)
	if err != nil {
		return false, err
	}
	if !found {
		return false, cause
	}
	if assembled(there, u.state.Parts) {
		return true, nil
	}
	same, _, err := m.liken(ctx, u.request, unproven(u.request.Source), there, nil)
	if err != nil {
		return false, err
	}
	if !same {
		return false, fmt.Errorf("%q: %w", location(u.request.Bucket, u.request.Key),
			transfer.ErrExists)
	}
	return true, nil
}

// errNoPartETag is an answer that doesn't say what the part became.
var errNoPartETag = errors.New("the answer has no ETag for the part")

// copyPart copies one part.
func (m *Mover) copyPart(ctx context.Context, u *upload, p part) error {
	req := u.request
	out, err := m.destination.copyUploadPart(ctx, &s3.UploadPartCopyInput{
		Bucket: aws.String(req.Bucket), Key: aws.String(req.Key),
		UploadId:          aws.String(u.state.UploadID),
		PartNumber:        aws.Int32(p.number),
		CopySource:        copySource(req.Source),
		CopySourceIfMatch: quote(req.Source.ETag),
		CopySourceRange:   aws.String(p.byteRange()),
	}, m.store)
	if err != nil {
		return err
	}
	r := out.CopyPartResult
	if r == nil || aws.ToString(r.ETag) == "" {
		return failure("UploadPartCopy", req.Bucket, req.Key, errNoPartETag)
	}
	return u.finish(ctx, transfer.Part{
		Number: p.number, SizeBytes: p.length,
		ETag: unquote(aws.ToString(r.ETag)), Checksum: aws.ToString(r.ChecksumCRC64NVME),
	})
}

// copySource is bucket and key, percent-encoded as the header wants it: a
// plus sign would be read as a blank. Of an access point it is its ARN with
// object/ before the key (S3 API reference, CopyObject, read November 2026).
func copySource(o planner.Object) *string {
	key := strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(o.Key))
	if point, is := config.AccessPointOf(o.Bucket); is {
		return aws.String(url.PathEscape(point.ARN+"/object/") + key)
	}
	return aws.String(o.Bucket + "/" + key)
}
