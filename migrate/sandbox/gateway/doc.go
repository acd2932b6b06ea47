// Package gateway runs an S3 server on loopback: versitygw over a folder,
// with the sandbox's identities. Temporary credentials expire as on AWS
// (ExpiredToken, status 400) and have the rights that their principal's
// policies and their session policy both give.
//
// Where versitygw differs from AWS and it matters to a migration, the
// gateway makes up for it:
//   - s3:prefix is the empty string where no prefix is sent;
//   - a missing object is 403 AccessDenied, not 404, for who may not list
//     the bucket without a condition, such as the holder of Synapse's
//     credentials (S3 API reference, HeadObject, November 2026);
//   - If-None-Match: * is honoured on CopyObject (not atomically);
//   - answers say that objects are encrypted with AES256, as those of all
//     buckets do since January 2023;
//   - buckets may be in several regions, each of which wants its own in
//     signatures (AuthorizationHeaderMalformed, status 400), and HeadBucket
//     names the region to everybody, also where it is refused;
//   - ListObjectsV2 and ListObjects honour encoding-type=url, without which
//     XML has no way to show keys with control characters, and a
//     continuation token is no key.
//
// What stays different from AWS:
//   - keys a and a/b can't both exist (409 or 400), a path segment has at
//     most 255 bytes, and below .sgwtmp nothing is listed;
//   - keys with ../ at the start are refused; those with empty, "." or ".."
//     segments or a leading slash can be written and read, but are listed
//     under a cleaned name;
//   - keys with control characters that XML lacks are listed with U+FFFD in
//     their place where no encoding is asked for (AWS sends XML that can't
//     be read), and by ListMultipartUploads and ListObjectVersions always;
//   - a listing may say that it is truncated, and then have an empty last
//     page;
//   - storage classes are taken and forgotten: everything is STANDARD;
//     encryption with KMS keys is taken and not done; there are no object
//     ACLs, and request headers that set them are ignored;
//   - a plus sign in x-amz-copy-source means a blank when the right to read
//     the source is decided: encode it as %2B;
//   - HeadObject with a part number tells the number of parts and the
//     part's size, but no checksum of the part; GetObjectAttributes lists
//     no parts;
//   - ListParts and ListObjectsV2 know no more than AWS's own parameters:
//     there is no inventory, no replication, no event.
//
// What was tried and is right: conditional reads and writes (If-Match,
// If-None-Match on PutObject and CompleteMultipartUpload), CopyObject and
// UploadPartCopy with ranges and x-amz-copy-source-if-match and the size
// limit, CRC64NVME by default and on request, composite SHA-256, MD5 and
// checksum mismatches (BadDigest), multipart ETags with -N, a repeated
// CompleteMultipartUpload, user metadata, content headers, tags, presigned
// URLs, paging, the order of keys (that of their UTF-8 bytes).
//
// Close ends within a second: what clients have not finished by then is cut.
// A temporary folder is locked as long as its gateway lives, and the next
// one to start removes those of processes that were killed.
package gateway
