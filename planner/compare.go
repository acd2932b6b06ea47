package planner

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// StrongestChecksum is the best of what S3 holds over the whole object, as
// Item.Checksum has it.
func (d Detail) StrongestChecksum() string {
	i := slices.IndexFunc(fullChecksums, func(name string) bool { return d.Checksums[name] != "" })
	if i < 0 {
		return ""
	}
	return fullChecksums[i] + ":" + d.Checksums[fullChecksums[i]]
}

// Likeness is what is known of two contents.
type Likeness string

// The likenesses.
const (
	// LikenessUnknown: nothing proves that they are equal, or that they differ.
	LikenessUnknown Likeness = ""
	// LikenessSame: something proves that they are equal.
	LikenessSame Likeness = "same"
	// LikenessDifferent: something proves that they differ.
	LikenessDifferent Likeness = "different"
)

// What a Comparison is proven by, besides the names of checksum algorithms.
const (
	// BySize: the sizes differ, or neither has any bytes.
	BySize = "size"
	// ByObject: they are one object, by its place and its ETag.
	ByObject = "object"
	// ByMD5: their MD5s are known.
	ByMD5 = "MD5"
	// ByETag: their ETags are digests over parts that were cut alike, or the
	// ETag of one is the one that the other's MD5 makes.
	ByETag = "ETag"
	// ByOrigin: the one was written from the other, which still has the ETag
	// that it had then.
	ByOrigin = "origin"
)

// Comparison is what came of comparing two contents.
type Comparison struct {
	Likeness Likeness
	// By names what proves it: one of the By constants, or the name of a
	// checksum algorithm. Empty where nothing does.
	By string
}

// Content is what is known of the bytes of an object.
type Content struct {
	Detail
	// MD5 is 32 hex digits over the bytes, where it is known otherwise than
	// from the Detail: since they were read, or by the word that is to be
	// taken for it. Empty for none.
	MD5 string
}

// fullChecksums are the checksum algorithms that prove equality where S3 holds
// one over the whole object on both sides, the strongest first. The same
// algorithm must be on both sides
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html,
// read November 2026). The 32-bit ones come last: by chance, one pair of
// different objects in 4 billion has equal ones.
var fullChecksums = []string{
	"SHA512", "SHA256", "SHA1", "XXHASH128", "CRC64NVME", "XXHASH64", "XXHASH3", "CRC32C", "CRC32",
}

// Compare decides whether an object that is there has the bytes of its source.
// It is the one place where equality is concluded. Equal sizes, equal dates
// and a date that is older than something prove nothing; nor do equal ETags
// of which it isn't known what they are made of. oneServer is true where both
// are known to lie on one S3 service, so that equal places are one place.
func Compare(source, there Content, oneServer bool) Comparison {
	switch {
	case source.SizeBytes != there.SizeBytes:
		return Comparison{LikenessDifferent, BySize}
	case source.SizeBytes == 0:
		return Comparison{LikenessSame, BySize}
	case oneServer && sameObject(source.Object, there.Object):
		return Comparison{LikenessSame, ByObject}
	}
	for _, compare := range []func(source, there Content) Comparison{
		compareMD5s, compareChecksums, compareETags, compareOrigin,
	} {
		if c := compare(source, there); c.Likeness != LikenessUnknown {
			return c
		}
	}
	return Comparison{}
}

// sameObject reports whether two places of one service hold one object.
func sameObject(a, b Object) bool {
	return a.Bucket != "" && a.Bucket == b.Bucket && a.Key == b.Key && a.ETag != "" && a.ETag == b.ETag
}

// compared is the outcome of comparing two digests of one kind, none of which
// is empty.
func compared(a, b, by string) Comparison {
	if a == b {
		return Comparison{LikenessSame, by}
	}
	return Comparison{LikenessDifferent, by}
}

// KnownMD5 is the MD5 of the content in lower case, empty where it isn't known.
func (c Content) KnownMD5() string {
	if sum, ok := MD5Hex(c.MD5); ok {
		return sum
	}
	if c.SizeBytes == 0 {
		return EmptyMD5
	}
	return c.ProvenMD5()
}

// compareMD5s compares the MD5s, or where that of one is known, what the ETag
// of the other would be. That an ETag is the one that an MD5 makes is no
// chance, whatever the server; that it isn't says nothing.
func compareMD5s(source, there Content) Comparison {
	a, b := source.KnownMD5(), there.KnownMD5()
	switch {
	case a != "" && b != "":
		return compared(a, b, ByMD5)
	case a != "" && MadeOf(there.ETag, a), b != "" && MadeOf(source.ETag, b):
		return Comparison{LikenessSame, ByETag}
	}
	return Comparison{}
}

// MadeOf reports whether an ETag is that of an object with an MD5: the MD5
// itself, or where the object was uploaded as one part, the MD5 of that with
// the number of parts.
func MadeOf(etag, sum string) bool {
	return strings.EqualFold(etag, sum) || strings.EqualFold(etag, onePartETag(sum))
}

// onePartETag is the ETag of a multipart upload of one part with that MD5;
// empty for what is no MD5.
func onePartETag(sum string) string {
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != md5.Size {
		return ""
	}
	return fmt.Sprintf("%x-1", md5.Sum(raw))
}

// compareChecksums compares the strongest checksum that S3 holds of both.
func compareChecksums(source, there Content) Comparison {
	for _, algorithm := range fullChecksums {
		a, b := source.Checksums[algorithm], there.Checksums[algorithm]
		if a != "" && b != "" {
			return compared(a, b, algorithm)
		}
	}
	return Comparison{}
}

// compareETags compares the ETags of two multipart uploads: equal ones prove
// equality where they are known to be digests of parts, and the parts to be
// cut alike. Others prove nothing: of the parts behind the first, nobody knows
// the sizes.
func compareETags(source, there Content) Comparison {
	a, b := source.Detail, there.Detail
	alike := a.PartsCount > 0 && a.PartsCount == b.PartsCount &&
		a.PartBytes > 0 && a.PartBytes == b.PartBytes
	if alike && a.ETag != "" && a.ETag == b.ETag && digestETag(a) && digestETag(b) {
		return Comparison{LikenessSame, ByETag}
	}
	return Comparison{}
}

// digestETag reports whether the ETag of a multipart upload is known to be the
// digest of its parts: where that of another upload is known to be an MD5.
func digestETag(d Detail) bool {
	return d.ETagsAreMD5 && (d.Encryption == "" || d.Encryption == "AES256")
}

// compareOrigin reads what the object says of where it was written from.
func compareOrigin(source, there Content) Comparison {
	if writtenFrom(there.UserMetadata, source.Object) {
		return Comparison{LikenessSame, ByOrigin}
	}
	return Comparison{}
}

// HasDigest reports whether S3 holds a digest over the whole object: an MD5, or
// a checksum that Compare takes.
func (d Detail) HasDigest() bool {
	for _, algorithm := range fullChecksums {
		if d.Checksums[algorithm] != "" {
			return true
		}
	}
	return Content{Detail: d}.KnownMD5() != ""
}
