package objectstore

import (
	"cmp"
	"errors"
	"math/bits"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/transfer"
)

// BucketOwnerFullControl is the ACL that gives the bucket's owner all rights to what others write there. Where Object
// Ownership is "bucket owner preferred" the object becomes the owner's by it; where it is "bucket owner enforced" it
// is the one ACL that S3 takes (source: S3 user guide, "Controlling ownership of objects and disabling ACLs",
// November 2026).
const BucketOwnerFullControl = string(types.ObjectCannedACLBucketOwnerFullControl)

// extra is what a write asks for besides its bytes and could do without, as a set of bits.
type extra uint8

const (
	withACL extra = 1 << iota
	// withChecksum are the headers x-amz-checksum-*; Content-MD5 guards the bytes without them.
	withChecksum
	withTags
)

// withoutWords say what is left out.
var withoutWords = map[extra]string{
	withACL: "written without x-amz-acl, which this bucket doesn't take: where its Object Ownership isn't " +
		"\"bucket owner enforced\", the objects belong to the account that writes them",
	withChecksum: "written without x-amz-checksum headers, which this S3 doesn't take: Content-MD5 guards what is sent",
	withTags:     "tags are not kept",
}

// acl is the extra that the options ask for.
func (s *Store) acl() extra {
	if s.options.ACL == "" {
		return 0
	}
	return withACL
}

// cannedACL is the ACL of a request.
func (s *Store) cannedACL(with extra) types.ObjectCannedACL {
	if with&withACL == 0 {
		return ""
	}
	return types.ObjectCannedACL(s.options.ACL)
}

// write sends one request with its extras, but for those that the bucket is known to refuse. An answer that may mean
// that the bucket refuses some of them is followed by requests without: first without one, then without more. What
// turns out to be refused isn't asked of the bucket again, and is logged once; tags may be denied to one object and
// allowed for the next, and are tried each time. Nothing was written by a request that was refused.
func (s *Store) write(operation, bucket, key string, wants extra, send func(extra) error) error {
	with := wants &^ s.quirks.refused(bucket)
	err := failure(operation, bucket, key, send(with))
	if err == nil {
		s.quirks.takes(bucket, with)
		return nil
	}
	if s.quirks.vain(bucket, operation, err) {
		return err
	}
	for _, less := range lesser(err, with, s.quirks.taken(bucket)) {
		again := failure(operation, bucket, key, send(less))
		if again != nil && sameRefusal(err, again) {
			continue
		}
		if again == nil {
			s.leftOut(bucket, with&^less, err)
		}
		return again
	}
	s.quirks.inVain(bucket, operation, err)
	return err
}

// leftOut notes what a bucket refused, and logs it.
func (s *Store) leftOut(bucket string, what extra, cause error) {
	fresh := s.quirks.refuses(bucket, what&^withTags) | what&withTags
	for one := withACL; one <= withTags; one <<= 1 {
		if fresh&one != 0 {
			s.options.Logger.Warn().Err(cause).Str("bucket", bucket).Msg(withoutWords[one])
		}
	}
}

// notTaken are codes of servers that don't know a header or don't take its value. AWS refuses an ACL with
// AccessControlListNotSupported; other servers answer 501, or 400 with one of the others (Backblaze B2, Cloudflare
// R2, Ceph; their documentation and issues, November 2026).
var notTaken = map[string]bool{
	"NotImplemented": true, "NotSupported": true, "UnsupportedOperation": true, "UnsupportedArgument": true,
	"InvalidArgument": true, "InvalidRequest": true,
}

// doubtful are the extras that an answer may be a refusal of.
func doubtful(err error) extra {
	var e *Error
	switch {
	case !errors.As(err, &e):
		return 0
	case e.Code == "AccessControlListNotSupported":
		return withACL
	case errors.Is(err, transfer.ErrDenied):
		// The ACL takes s3:PutObjectAcl, tags take s3:PutObjectTagging (source: S3 API reference, PutObject and
		// CopyObject, November 2026). Synapse's credentials have the first, where the bucket's policy grants it, and
		// not the second.
		return withACL | withTags
	case e.Status == http.StatusNotImplemented || notTaken[e.Code]:
		return withACL | withChecksum | withTags
	}
	return 0
}

// lesser are the sets of extras to try after a refusal: those with the least left out come first. An ACL that was
// taken before is not doubted when access is denied: then the request itself is denied.
func lesser(err error, with, taken extra) (all []extra) {
	doubt := doubtful(err) & with
	if errors.Is(err, transfer.ErrDenied) {
		doubt &^= taken & withACL
	}
	for out := doubt; out != 0; out = (out - 1) & doubt {
		all = append(all, with&^out)
	}
	slices.SortFunc(all, func(a, b extra) int {
		return cmp.Or(bits.OnesCount8(uint8(b))-bits.OnesCount8(uint8(a)), int(b)-int(a))
	})
	return all
}

// sameRefusal reports whether a second answer is of the first one's kind.
func sameRefusal(first, again error) bool {
	var a, b *Error
	return errors.As(first, &a) && errors.As(again, &b) && a.Status == b.Status && a.Code == b.Code
}

// quirks are what is known of buckets: which extras they took and refused, and what is refused with and without. It is
// safe for concurrent use.
type quirks struct {
	mu      sync.Mutex
	buckets map[string]*quirk
}

type quirk struct {
	took, refused extra
	inVain        map[string]bool
	// noPart is true where HEAD takes no part's number.
	noPart bool
}

// of is what is known of a bucket. The caller holds h.mu.
func (h *quirks) of(bucket string) *quirk {
	if h.buckets == nil {
		h.buckets = make(map[string]*quirk)
	}
	if h.buckets[bucket] == nil {
		h.buckets[bucket] = &quirk{inVain: make(map[string]bool)}
	}
	return h.buckets[bucket]
}

func (h *quirks) refused(bucket string) extra {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of(bucket).refused
}

func (h *quirks) partNumberRefused(bucket string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of(bucket).noPart
}

func (h *quirks) noPartNumber(bucket string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of(bucket).noPart = true
}

func (h *quirks) taken(bucket string) extra {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of(bucket).took
}

func (h *quirks) takes(bucket string, what extra) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of(bucket).took |= what
}

// refuses returns what wasn't known yet.
func (h *quirks) refuses(bucket string, what extra) (fresh extra) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.of(bucket)
	fresh = what &^ b.refused
	b.refused |= what
	return fresh
}

// vain reports whether leaving things out was of no use before, where that doesn't depend on the object.
func (h *quirks) vain(bucket, operation string, err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of(bucket).inVain[refusal(operation, err)]
}

// inVain notes that all was left out that could be, in vain.
func (h *quirks) inVain(bucket, operation string, err error) {
	if doubtful(err) == 0 || errors.Is(err, transfer.ErrDenied) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of(bucket).inVain[refusal(operation, err)] = true
}

// refusal names an answer.
func refusal(operation string, err error) string {
	var e *Error
	_ = errors.As(err, &e)
	return operation + " " + http.StatusText(e.Status) + " " + e.Code
}
