package objectstore

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Head looks at one object. It asks for the first part, so that PartsCount
// is proof, and for checksums; a multipart object takes a second request,
// since the first then speaks of that part only. An error wraps
// transfer.ErrNotFound or transfer.ErrDenied where that is the case.
func (s *Store) Head(ctx context.Context, bucket, key string) (planner.Detail, error) {
	out, parts, err := s.examine(ctx, bucket, key)
	if err != nil {
		return planner.Detail{}, err
	}
	return s.detail(bucket, key, out, parts), nil
}

// layout is how an object was uploaded.
type layout struct {
	// count is 0 for an object that is not a multipart upload, -1 where it
	// isn't known whether it is one.
	count int
	// firstBytes is the size of part 1, 0 when it is not known.
	firstBytes int64
}

// examine returns the head of the whole object and its layout.
func (s *Store) examine(
	ctx context.Context, bucket, key string,
) (*s3.HeadObjectOutput, layout, error) {
	out, known, err := s.firstPart(ctx, bucket, key)
	if err != nil {
		return nil, layout{}, err
	}
	parts := layout{count: int(aws.ToInt32(out.PartsCount))}
	if !known {
		parts.count = -1
	} else if parts.count > 0 {
		parts.firstBytes = aws.ToInt64(out.ContentLength)
		etag := aws.ToString(out.ETag)
		if out, err = s.head(ctx, bucket, key, nil); err != nil {
			return nil, layout{}, err
		}
		if aws.ToString(out.ETag) != etag {
			parts = layout{count: -1} // another object, of which nobody has asked
		}
	}
	if n := partsInETag(aws.ToString(out.ETag)); parts.count <= 0 && n > 0 {
		parts = layout{count: n}
	}
	return out, parts, nil
}

// noPartNumber are the statuses of servers that don't take a part's number with
// HEAD: partNumber came to
// HeadObject later than to GetObject, and Google Cloud Storage's documentation
// doesn't list it (XML API, HEAD Object, November 2026). S3's own 400 means
// something else, which the request without a number then meets too.
var noPartNumber = map[int]bool{
	http.StatusBadRequest: true, http.StatusMethodNotAllowed: true, http.StatusNotImplemented: true,
}

// firstPart is the head of an object's first part, or that of the whole where
// it has none; or where the server doesn't say: then how the object was
// uploaded isn't known.
func (s *Store) firstPart(ctx context.Context, bucket, key string) (out *s3.HeadObjectOutput, known bool, err error) {
	if s.quirks.partNumberRefused(bucket) {
		out, err = s.head(ctx, bucket, key, nil)
		return out, false, err
	}
	// A bare 400 is what S3 answers with expired credentials, too: those are
	// renewed by the request without a number, if it meets the same.
	one := context.WithValue(ctx, openKey{}, true)
	out, err = s.head(one, bucket, key, aws.Int32(1))
	if status(err) == http.StatusRequestedRangeNotSatisfiable {
		// An object without bytes has no part 1.
		out, err = s.head(ctx, bucket, key, nil)
		return out, true, err
	}
	if !noPartNumber[status(err)] {
		return out, true, err
	}
	whole, wholeErr := s.head(ctx, bucket, key, nil)
	if wholeErr != nil {
		return nil, false, wholeErr
	}
	if out, err = s.head(one, bucket, key, aws.Int32(1)); !noPartNumber[status(err)] {
		return out, true, err
	}
	s.quirks.noPartNumber(bucket)
	s.options.Logger.Warn().Err(err).Str("bucket", bucket).Msg("this S3 doesn't say how objects were uploaded " +
		"(HEAD with a part's number): their ETags prove nothing, and what isn't known otherwise is read")
	return whole, false, nil
}

// head makes one request; a nil part asks for the whole object.
func (s *Store) head(
	ctx context.Context, bucket, key string, part *int32,
) (*s3.HeadObjectOutput, error) {
	out, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{
		Bucket:       aws.String(bucket),
		Key:          aws.String(key),
		PartNumber:   part,
		ChecksumMode: types.ChecksumModeEnabled,
		RequestPayer: s.payer,
	})
	return out, failure("HeadObject", bucket, key, err)
}

// partsInETag is the number after the hyphen of a multipart ETag, 0 without
// one. It serves as a warning only: its absence proves nothing.
func partsInETag(etag string) int {
	_, after, found := strings.Cut(unquote(etag), "-")
	if !found {
		return 0
	}
	n, err := strconv.Atoi(after)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// status is the HTTP status of a failed request, 0 without.
func status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// detail reads a head.
func (s *Store) detail(bucket, key string, out *s3.HeadObjectOutput, parts layout) planner.Detail {
	d := planner.Detail{
		Object: planner.Object{
			Bucket:       bucket,
			Key:          key,
			ETag:         unquote(aws.ToString(out.ETag)),
			VersionID:    versionID(out.VersionId),
			SizeBytes:    aws.ToInt64(out.ContentLength),
			LastModified: aws.ToTime(out.LastModified),
			StorageClass: storageClass(string(out.StorageClass)),
		},
		ContentType:   aws.ToString(out.ContentType),
		Encryption:    string(out.ServerSideEncryption),
		ETagsAreMD5:   s.options.etagsAreMD5(bucket, string(out.StorageClass)),
		PartsCount:    parts.count,
		PartBytes:     parts.firstBytes,
		UserMetadata:  lowered(out.Metadata),
		Restore:       aws.ToString(out.Restore),
		ArchiveStatus: string(out.ArchiveStatus),
	}
	d.Checksums = fullChecksums(out, parts.count)
	if sum, ok := d.Checksums["MD5"]; ok {
		d.ChecksumMD5 = md5Hex(sum)
		delete(d.Checksums, "MD5")
	}
	return d
}

// versionID is an object's, empty where its bucket has never kept versions:
// "null" is then all that S3 has to say.
func versionID(id *string) string {
	if v := aws.ToString(id); v != "null" {
		return v
	}
	return ""
}

// fullChecksums are the checksums over the whole object. A composite one,
// made of the parts' checksums, has a hyphen or is declared as such; where a
// multipart object's type isn't declared, nothing is believed.
func fullChecksums(out *s3.HeadObjectOutput, parts int) map[string]string {
	if out.ChecksumType == types.ChecksumTypeComposite {
		return nil
	}
	if parts != 0 && out.ChecksumType != types.ChecksumTypeFullObject {
		return nil
	}
	sums := map[string]*string{
		"CRC32": out.ChecksumCRC32, "CRC32C": out.ChecksumCRC32C,
		"CRC64NVME": out.ChecksumCRC64NVME, "MD5": out.ChecksumMD5,
		"SHA1": out.ChecksumSHA1, "SHA256": out.ChecksumSHA256,
		"SHA512": out.ChecksumSHA512, "XXHASH64": out.ChecksumXXHASH64,
		"XXHASH3": out.ChecksumXXHASH3, "XXHASH128": out.ChecksumXXHASH128,
	}
	full := make(map[string]string)
	for name, sum := range sums {
		if v := aws.ToString(sum); v != "" && !strings.Contains(v, "-") {
			full[name] = v
		}
	}
	if len(full) == 0 {
		return nil
	}
	return full
}

// md5Hex turns base64 into hex; empty when it is no MD5.
func md5Hex(sum string) string {
	raw, err := base64.StdEncoding.DecodeString(sum)
	if err != nil || len(raw) != 16 {
		return ""
	}
	return hex.EncodeToString(raw)
}

// lowered returns the metadata with lower-case keys.
func lowered(m map[string]string) map[string]string {
	out := maps.Clone(m)
	for k, v := range m {
		if low := strings.ToLower(k); low != k {
			delete(out, k)
			out[low] = v
		}
	}
	return out
}

// Look is Head where the credentials may not list the whole bucket, as with
// those of Synapse's folders with a base key: S3 then answers 403 for an
// object that isn't there, and a listing tells which of the two it is. An
// error wraps transfer.ErrNotFound or transfer.ErrDenied.
func (s *Store) Look(ctx context.Context, bucket, key string) (planner.Detail, error) {
	d, err := s.Head(ctx, bucket, key)
	if s.absent(ctx, bucket, key, err) {
		return d, fmt.Errorf("%q: %w: not in the listing, and HeadObject was refused",
			location(bucket, key), transfer.ErrNotFound)
	}
	return d, err
}
