package objectstore

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"iter"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// S3's limits (source: S3 user guide, "Amazon S3 multipart upload limits",
// 2025; API reference, CopyObject).
const (
	maxParts       = planner.MaxParts
	minPartBytes   = 5 << 20
	maxPartBytes   = planner.MaxPartBytes
	copyLimitBytes = planner.SingleCopyBytes
)

// Our own sizes. Up to wholeBytes an object goes in one request; small parts
// let medium objects go in parallel, large ones keep the number of requests
// and checkpoints low where there are many.
const (
	wholeBytes     = 16 << 20
	smallPartBytes = 8 << 20
	largePartBytes = planner.PartBytes
	largeFromBytes = 1 << 30
)

// part is a range of an object; numbers begin at 1.
type part struct {
	number int32
	first  int64
	length int64
}

// partSize is the size of the parts for an object: wanted, or by size when
// wanted is 0, grown in steps of 1 MiB so that maxParts suffice.
func partSize(size, wanted int64) int64 {
	p := wanted
	switch {
	case p > 0:
	case size <= wholeBytes:
		p = wholeBytes
	case size < largeFromBytes:
		p = smallPartBytes
	default:
		p = largePartBytes
	}
	if least := (size + maxParts - 1) / maxParts; p < least {
		const step = 1 << 20
		p = (least + step - 1) / step * step
	}
	return p
}

// partCount is how many parts an object has; at least one.
func partCount(size, partBytes int64) int32 {
	if size == 0 {
		return 1
	}
	return int32((size + partBytes - 1) / partBytes)
}

// partAt is one part of an object.
func partAt(size, partBytes int64, number int32) part {
	first := int64(number-1) * partBytes
	return part{number: number, first: first, length: min(partBytes, size-first)}
}

// allParts are the parts of an object in order.
func allParts(size, partBytes int64) iter.Seq[part] {
	return func(yield func(part) bool) {
		for n := int32(1); n <= partCount(size, partBytes); n++ {
			if !yield(partAt(size, partBytes, n)) {
				return
			}
		}
	}
}

// copyPartSize is the size of the parts for a multipart copy. Where the
// source has no checksum over the whole object to compare with, its own
// parts are repeated, so that the copy gets the source's ETag.
func copyPartSize(size, wanted int64, vouched bool, l layout) int64 {
	own := l.firstBytes
	if !vouched && own >= minPartBytes && own <= maxPartBytes &&
		int(partCount(size, own)) == l.count && l.count <= maxParts {
		return own
	}
	return min(partSize(size, wanted), maxPartBytes)
}

// byteRange is a part in the form of a Range header.
func (p part) byteRange() string {
	return fmt.Sprintf("bytes=%d-%d", p.first, p.first+p.length-1)
}

// multipartETag is the ETag that S3 gives to these parts, in order: the MD5
// of their MD5s, a hyphen and their number. It is empty where a part's ETag
// is no MD5.
func multipartETag(parts []transfer.Part) string {
	sum := md5.New()
	for _, p := range parts {
		raw, err := hex.DecodeString(p.ETag)
		if err != nil || len(raw) != md5.Size {
			return ""
		}
		sum.Write(raw)
	}
	return fmt.Sprintf("%x-%d", sum.Sum(nil), len(parts))
}
