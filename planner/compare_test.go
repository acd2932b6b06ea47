package planner

import (
	"strings"
	"testing"
)

// TestCompare has a row for each thing that proves anything, and for what
// looks like a proof.
func TestCompare(t *testing.T) {
	x, y := strings.Repeat("1", 32), strings.Repeat("2", 32)
	object := func(etag string, edits ...func(*Content)) Content {
		c := Content{Detail: Detail{ETagsAreMD5: true, Object: Object{
			Bucket: "b", Key: "k", ETag: etag, SizeBytes: 5,
		}}}
		for _, edit := range edits {
			edit(&c)
		}
		return c
	}
	parts := func(n int, first int64) func(*Content) {
		return func(c *Content) { c.PartsCount, c.PartBytes = n, first }
	}
	two := parts(2, 3)
	kms := func(c *Content) { c.Encryption = "aws:kms" }
	sums := func(pairs ...string) func(*Content) {
		return func(c *Content) {
			c.PartsCount, c.Checksums = 2, map[string]string{}
			for i := 0; i < len(pairs); i += 2 {
				c.Checksums[pairs[i]] = pairs[i+1]
			}
		}
	}
	read := func(sum string) func(*Content) { return func(c *Content) { c.MD5 = sum } }
	s3MD5 := func(sum string) func(*Content) { return func(c *Content) { c.PartsCount, c.ChecksumMD5 = 2, sum } }
	elsewhere := func(c *Content) { c.ETagsAreMD5 = false }
	unasked := func(c *Content) { c.PartsCount = -1 }
	same := func(by string) Comparison { return Comparison{LikenessSame, by} }
	different := func(by string) Comparison { return Comparison{LikenessDifferent, by} }
	unknown := Comparison{}

	tests := []struct {
		name string
		a, b Content
		want Comparison
	}{
		{"sizes differ", object(x), object(x, func(c *Content) { c.SizeBytes = 6 }), different(BySize)},
		{"both empty", Content{}, Content{}, same(BySize)},
		{"equal sizes alone", object(""), object(""), unknown},
		{"MD5s equal", object(x), object(x), same(ByMD5)},
		{"MD5s differ", object(x), object(y), different(ByMD5)},
		{"MD5 read and ETag", object("1", two, read(strings.ToUpper("abcdef"+x[6:]))),
			object("abcdef" + x[6:]), same(ByMD5)},
		{"MD5 read, another ETag", object("1", two, read(x)), object(y), different(ByMD5)},
		{"what was read is no MD5", object("1", two, read("x")), object(y), unknown},
		{"S3's MD5 and an ETag", object("1", s3MD5(x)), object(x), same(ByMD5)},
		{"a listed ETag is the MD5 of the other", object(x, unasked), object(x), same(ByETag)},
		{"a listed ETag is another", object(x, unasked), object(y), unknown},
		{"two listed ETags", object(x, unasked), object(x, unasked), unknown},
		{"an MD5 and an upload of one part", object(x), object("8057b6feaa62d90126274cf9ba31c642-1", parts(1, 5)),
			same(ByETag)},
		{"an MD5 and another upload of one part", object(y), object("8057b6feaa62d90126274cf9ba31c642-1", parts(1, 5)),
			unknown},
		{"KMS hides the MD5", object(x, kms), object(y), unknown},
		{"KMS, and yet the MD5", object(x, kms), object(x), same(ByETag)},
		{"KMS on both sides", object(x, kms), object(x, kms), unknown},
		{"multipart and not", object(x+"-2", two), object(y), unknown},
		{"multipart, no hyphen", object(x, two), object(y), unknown},
		{"equal parts", object(x+"-2", two), object(x+"-2", two), same(ByETag)},
		{"equal parts, another ETag", object(x+"-2", two), object(y+"-2", two), unknown},
		{"equal ETags, parts of other sizes", object(x+"-2", two), object(x+"-2", parts(2, 4)), unknown},
		{"equal ETags, parts of unknown sizes", object(x+"-2", parts(2, 0)), object(x+"-2", parts(2, 0)), unknown},
		{"equal ETags, other numbers of parts", object(x+"-2", two), object(x+"-2", parts(3, 3)), unknown},
		{"equal parts under KMS", object(x+"-2", two, kms), object(x+"-2", two, kms), unknown},
		{"equal ETags of a server whose ETags may be anything", object(x, elsewhere), object(x, elsewhere), unknown},
		{"equal parts there", object(x+"-2", two, elsewhere), object(x+"-2", two, elsewhere), unknown},
		{"an MD5 on one side, and the same ETag there", object(x), object(x, elsewhere), same(ByETag)},
		{"an MD5 on one side, and another ETag there", object(x), object(y, elsewhere), unknown},
		{"no ETags", object("", two), object("", two), unknown},
		{"checksums equal", object("1", sums("CRC64NVME", "s")), object("2", sums("CRC64NVME", "s")), same("CRC64NVME")},
		{"checksums differ", object("1", sums("CRC64NVME", "s")), object("2", sums("CRC64NVME", "t")),
			different("CRC64NVME")},
		{"equal ETags, checksums differ", object("1", sums("CRC64NVME", "s")), object("1", sums("CRC64NVME", "t")),
			different("CRC64NVME")},
		{"the strongest counts", object("1", sums("CRC32", "s", "SHA256", "t")),
			object("2", sums("CRC32", "s", "SHA256", "u")), different("SHA256")},
		{"other algorithms", object("1", sums("CRC64NVME", "s")), object("2", sums("SHA256", "s")), unknown},
		{"an algorithm that nobody knows", object("1", sums("NEW", "s")), object("2", sums("NEW", "s")), unknown},
		{"CRC32C", object("1", sums("CRC32C", "s")), object("2", sums("CRC32C", "s")), same("CRC32C")},
		{"SHA1", object("1", sums("SHA1", "s")), object("2", sums("SHA1", "t")), different("SHA1")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, got := range []Comparison{Compare(tt.a, tt.b, false), Compare(tt.b, tt.a, false)} {
				if got != tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			}
		})
	}
}

// TestCompareObject takes one place for one object on one server alone, and as
// long as it has one ETag.
func TestCompareObject(t *testing.T) {
	object := func(key, etag string) Content {
		return Content{Detail: Detail{PartsCount: 2, Object: Object{
			Bucket: "b", Key: key, ETag: etag, SizeBytes: 5,
		}}}
	}
	tests := []struct {
		name      string
		a, b      Content
		oneServer bool
		want      Comparison
	}{
		{"one object", object("k", "1"), object("k", "1"), true, Comparison{LikenessSame, ByObject}},
		{"two servers", object("k", "1"), object("k", "1"), false, Comparison{}},
		{"written since", object("k", "1"), object("k", "2"), true, Comparison{}},
		{"no ETag", object("k", ""), object("k", ""), true, Comparison{}},
		{"another key", object("k", "1"), object("l", "1"), true, Comparison{}},
	}
	for _, tt := range tests {
		if got := Compare(tt.a, tt.b, tt.oneServer); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestHasDigest(t *testing.T) {
	x := strings.Repeat("1", 32)
	object := Object{ETag: x, SizeBytes: 5}
	tests := []struct {
		name string
		d    Detail
		want bool
	}{
		{"an MD5", Detail{Object: object, ETagsAreMD5: true}, true},
		{"an ETag that may be anything", Detail{Object: object}, false},
		{"multipart", Detail{Object: object, PartsCount: 2}, false},
		{"not asked", Detail{Object: object, PartsCount: -1}, false},
		{"a checksum", Detail{Object: object, PartsCount: 2, Checksums: map[string]string{"CRC32": "s"}}, true},
		{"S3's MD5", Detail{Object: object, PartsCount: 2, ChecksumMD5: x}, true},
	}
	for _, tt := range tests {
		if got := tt.d.HasDigest(); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}
