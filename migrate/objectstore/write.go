package objectstore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"synapse-migrate/migrate/transfer"
)

// Every write of the program is sent by a function of this file, which adds what all writes have: who pays, the
// encryption and the ACL that the options name, a checksum of the bytes, and what is left out where the bucket
// refuses it (see Store.write). TestWritesTakeOnePath holds it.

// payload are the bytes of one request, with what is known of them.
type payload struct {
	data []byte
	// md5Hex and crc are the MD5 in hex and the CRC64NVME as S3 writes it; empty where nobody computed them yet.
	md5Hex, crc string
}

// checksum is the CRC64NVME.
func (p payload) checksum() *string {
	if p.crc == "" {
		p.crc = crcText(crc64NVME(p.data))
	}
	return aws.String(p.crc)
}

// contentMD5 is the MD5 as the header Content-MD5 has it.
func (p payload) contentMD5() *string {
	sum, err := hex.DecodeString(p.md5Hex)
	if err != nil || len(sum) != md5.Size {
		computed := md5.Sum(p.data)
		sum = computed[:]
	}
	return aws.String(base64.StdEncoding.EncodeToString(sum))
}

// putObject writes a whole object. Its MD5 goes along in any case: the other checksum is of no use to a bucket with
// Object Lock on servers that came before it.
func (s *Store) putObject(
	ctx context.Context, in *s3.PutObjectInput, p payload,
) (out *s3.PutObjectOutput, err error) {
	in.ContentLength, in.ContentMD5 = aws.Int64(int64(len(p.data))), p.contentMD5()
	in.ContentType = typed(in.ContentType)
	in.ServerSideEncryption, in.SSEKMSKeyId = s.options.Encryption.headers()
	in.RequestPayer = s.payer
	tags, crc := in.Tagging, p.checksum()
	err = s.write("PutObject", *in.Bucket, *in.Key, s.acl()|withChecksum|tagged(tags), func(with extra) error {
		in.ACL = s.cannedACL(with)
		in.ChecksumCRC64NVME, in.Tagging = given(with, withChecksum, crc), given(with, withTags, tags)
		in.Body = bytes.NewReader(p.data)
		out, err = s.client.PutObject(ctx, in, s.unsigned)
		return err
	})
	return out, err
}

// copyObject copies in one request; the tags are the source's.
func (s *Store) copyObject(
	ctx context.Context, in *s3.CopyObjectInput, from *Store,
) (out *s3.CopyObjectOutput, err error) {
	in.ServerSideEncryption, in.SSEKMSKeyId = s.options.Encryption.headers()
	in.RequestPayer = payers(from, s)
	err = s.write("CopyObject", *in.Bucket, *in.Key, s.acl()|withTags, func(with extra) error {
		in.ACL, in.TaggingDirective = s.cannedACL(with), ""
		if with&withTags == 0 {
			in.TaggingDirective = types.TaggingDirectiveReplace
		}
		out, err = s.client.CopyObject(ctx, in)
		return err
	})
	return out, err
}

// createUpload begins a multipart upload, with the checksum that it asks for.
func (s *Store) createUpload(
	ctx context.Context, in *s3.CreateMultipartUploadInput, options ...func(*s3.Options),
) (out *s3.CreateMultipartUploadOutput, err error) {
	in.ServerSideEncryption, in.SSEKMSKeyId = s.options.Encryption.headers()
	in.RequestPayer, in.ContentType = s.payer, typed(in.ContentType)
	tags, algorithm, kind := in.Tagging, in.ChecksumAlgorithm, in.ChecksumType
	wants := s.acl() | tagged(tags)
	if algorithm != "" {
		wants |= withChecksum
	}
	err = s.write("CreateMultipartUpload", *in.Bucket, *in.Key, wants, func(with extra) error {
		in.ACL, in.Tagging = s.cannedACL(with), given(with, withTags, tags)
		in.ChecksumAlgorithm, in.ChecksumType = "", ""
		if with&withChecksum != 0 {
			in.ChecksumAlgorithm, in.ChecksumType = algorithm, kind
		}
		out, err = s.client.CreateMultipartUpload(ctx, in, options...)
		return err
	})
	return out, err
}

// uploadPart writes one part.
func (s *Store) uploadPart(
	ctx context.Context, in *s3.UploadPartInput, p payload,
) (out *s3.UploadPartOutput, err error) {
	in.ContentLength, in.RequestPayer = aws.Int64(int64(len(p.data))), s.payer
	err = s.write("UploadPart", *in.Bucket, *in.Key, withChecksum, func(with extra) error {
		in.ChecksumCRC64NVME, in.ContentMD5 = nil, nil
		if with&withChecksum != 0 {
			in.ChecksumCRC64NVME = p.checksum()
		} else {
			in.ContentMD5 = p.contentMD5()
		}
		in.Body = bytes.NewReader(p.data)
		out, err = s.client.UploadPart(ctx, in, s.unsigned)
		return err
	})
	return out, err
}

// copyUploadPart copies one part. It has no headers of its own: the upload was begun with them.
func (s *Store) copyUploadPart(
	ctx context.Context, in *s3.UploadPartCopyInput, from *Store,
) (*s3.UploadPartCopyOutput, error) {
	in.RequestPayer = payers(from, s)
	out, err := s.client.UploadPartCopy(ctx, in)
	return out, failure("UploadPartCopy", *in.Bucket, *in.Key, err)
}

// completeUpload puts the parts together, with a checksum of the whole where the parts' are known.
func (s *Store) completeUpload(
	ctx context.Context, in *s3.CompleteMultipartUploadInput, parts []transfer.Part,
) (out *s3.CompleteMultipartUploadOutput, err error) {
	in.RequestPayer = s.payer
	whole, size := fullCRC(parts), in.MpuObjectSize
	err = s.write("CompleteMultipartUpload", *in.Bucket, *in.Key, withChecksum, func(with extra) error {
		in.ChecksumCRC64NVME, in.ChecksumType, in.MpuObjectSize = nil, "", nil
		if with&withChecksum != 0 {
			in.MpuObjectSize = size
		}
		if whole != "" && with&withChecksum != 0 {
			in.ChecksumCRC64NVME, in.ChecksumType = aws.String(whole), types.ChecksumTypeFullObject
		}
		in.MultipartUpload = completedParts(parts, with)
		out, err = s.client.CompleteMultipartUpload(ctx, in)
		return err
	})
	return out, err
}

// completedParts names the parts.
func completedParts(parts []transfer.Part, with extra) *types.CompletedMultipartUpload {
	done := make([]types.CompletedPart, len(parts))
	for i, p := range parts {
		done[i] = types.CompletedPart{PartNumber: aws.Int32(p.Number), ETag: quote(p.ETag)}
		if with&withChecksum != 0 {
			done[i].ChecksumCRC64NVME = optional(p.Checksum)
		}
	}
	return &types.CompletedMultipartUpload{Parts: done}
}

// digest has the SDK guard the document of a bucket's setting by Content-MD5, where checksums are left out. S3 wants
// one of the two there (source: S3 API reference, PutBucketPolicy, November 2026).
func digest(with extra) func(*s3.Options) {
	return func(o *s3.Options) {
		if with&withChecksum != 0 {
			return
		}
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			// The SDK has no other way; these are the steps that add its checksums.
			_, _ = stack.Initialize.Remove("AWSChecksum:SetupInputContext")
			_, _ = stack.Finalize.Remove("AWSChecksum:ComputeInputPayloadChecksum")
			_, _ = stack.Finalize.Remove("addInputChecksumTrailer")
			return smithyhttp.AddContentChecksumMiddleware(stack)
		})
	}
}

// payers agrees to pay for a copy where either side asks for it: the request speaks for both buckets (source: S3 API
// reference, CopyObject, November 2026).
func payers(from, to *Store) types.RequestPayer {
	if from != nil && from.payer != "" {
		return from.payer
	}
	return to.payer
}

// typed is a content type, that of bytes where there is none: servers have defaults of their own, S3's is
// binary/octet-stream, and plans say this one.
func typed(contentType *string) *string {
	if aws.ToString(contentType) == "" {
		return aws.String("application/octet-stream")
	}
	return contentType
}

// given is a value that goes along with an extra.
func given(with, of extra, value *string) *string {
	if with&of == 0 {
		return nil
	}
	return value
}

// tagged is the extra that tags are.
func tagged(tags *string) extra {
	if tags == nil {
		return 0
	}
	return withTags
}

// Encryption is how S3 shall encrypt what is written. The zero value leaves
// it to the bucket's default.
//
// The ETag of an object that is encrypted with a key of KMS is no MD5
// (source: S3 API reference, "Object", ETag, November 2026): such objects
// are compared by their checksums.
type Encryption struct {
	// SSE is AES256, aws:kms, or empty: the header
	// x-amz-server-side-encryption.
	SSE string
	// KMSKeyID is the key's ID or ARN, for aws:kms only; empty is the
	// account's own key for S3.
	KMSKeyID string
}

// headers are those of a request that writes.
func (e Encryption) headers() (types.ServerSideEncryption, *string) {
	return types.ServerSideEncryption(e.SSE), optional(e.KMSKeyID)
}
