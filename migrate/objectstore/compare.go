package objectstore

import "synapse-migrate/planner"

// likeness is what is known of two objects' content.
type likeness string

const (
	unknown   likeness = "unknown"
	same      likeness = "same"
	different likeness = "different"
)

// compare decides from what S3 says of two objects whether they hold the
// same bytes. Equal ETags mean equal content (they are digests, or random);
// unequal ones mean something only where both are proven MD5s.
func compare(a, b planner.Detail) likeness {
	if a.SizeBytes != b.SizeBytes {
		return different
	}
	if a.SizeBytes == 0 || (a.ETag != "" && a.ETag == b.ETag) {
		return same
	}
	if x, y := a.ProvenMD5(), b.ProvenMD5(); x != "" && y != "" {
		return equal(x, y)
	}
	for _, algorithm := range trusted {
		x, y := a.Checksums[algorithm], b.Checksums[algorithm]
		if x != "" && y != "" {
			return equal(x, y)
		}
	}
	return unknown
}

// trusted are the checksums that compare looks at, strongest first. The
// 32-bit ones tell a broken copy from its source, but not two objects that
// happen to share a key.
var trusted = []string{"SHA512", "SHA256", "XXHASH128", "SHA1", "CRC64NVME"}

// vouched reports whether the object has a checksum that compare takes.
func vouched(d planner.Detail) bool {
	for _, algorithm := range trusted {
		if d.Checksums[algorithm] != "" {
			return true
		}
	}
	return d.ProvenMD5() != ""
}

// unproven is an object as the plan has it: its ETag serves to recognise
// the object, and proves no MD5.
func unproven(o planner.Object) planner.Detail {
	return planner.Detail{Object: o, PartsCount: -1}
}

// equal says so.
func equal(a, b string) likeness {
	if a == b {
		return same
	}
	return different
}
