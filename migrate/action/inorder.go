package action

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// unproven reports whether an object's MD5 is only what somebody said, or
// nothing pins the object, so that its bytes have to be hashed when they
// pass: an ETag equal to the MD5 proves it, where S3 gave it.
func unproven(e checkpoint.Entry, md5 string) bool {
	if e.Source.ETag == "" || e.MD5Source == planner.MD5List {
		return true
	}
	return e.MD5Source == planner.MD5Handle && !strings.EqualFold(e.Source.ETag, md5)
}

// passing is the MD5 of an object whose parts are sent one after the other.
type passing struct {
	saved *saved
	// state is that of the hash over the first bytes of the object; nil
	// before any.
	state []byte
	bytes int64
	// sent is the hash after the part that was sent last, which counts once
	// that is added.
	sent hash.Hash
}

// resumed goes on where an earlier run has saved it for the same upload.
func resumed(s *saved, uploadID string) *passing {
	p := &passing{saved: s}
	if s.upload.UploadID == uploadID {
		p.state, p.bytes = s.upload.MD5State, s.upload.HashedBytes
	}
	return p
}

// hash is the hash as it stands.
func (p *passing) hash() (hash.Hash, error) { return transfer.RestoreMD5(p.state) }

// added takes the hash over the part that was sent last.
func (p *passing) added(bytes int64) error {
	state, err := transfer.SaveMD5(p.sent)
	if err != nil {
		return err
	}
	p.state, p.bytes = state, p.bytes+bytes
	return nil
}

// sendInOrder sends the parts one by one and compares the MD5 of all of them
// with the plan's before the upload is completed. A part that was added
// without having been hashed, since a run was interrupted between the two, is
// sent again: what is read now may not be what was sent. So is everything
// where the MD5 differs, in another attempt.
func (r multipart) sendInOrder(
	ctx context.Context, sender *partSender, status synapse.MultipartStatus,
) error {
	p := sender.passing
	unsent := p.unsent(sender.plan, status.PartsState)
	sender.uploadID, sender.urls = status.UploadID, newPartURLs(unsent)
	for _, n := range unsent {
		if err := sender.send(ctx, n); err != nil {
			return fmt.Errorf("part %d: %w", n, err)
		}
		_, length := sender.plan.extent(n)
		if err := p.added(length); err != nil {
			return err
		}
		if err := p.save(ctx, sender); err != nil {
			return err
		}
	}
	h, err := p.hash()
	if err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) == sender.md5 {
		return nil
	}
	if err := p.saved.save(ctx, transfer.Upload{}); err != nil {
		return err
	}
	return effect.Fail(opOpenPart, transfer.ErrMD5)
}

// unsent are the parts that have not been hashed. Where the server lacks one
// that has been, it is all of them.
func (p *passing) unsent(plan partPlan, partsState string) (unsent []int64) {
	for _, n := range plan.missing(partsState) {
		if first, _ := plan.extent(n); first < p.bytes {
			p.state, p.bytes = nil, 0
		}
	}
	for n := range plan.count() {
		if first, _ := plan.extent(n + 1); first >= p.bytes {
			unsent = append(unsent, n+1)
		}
	}
	return unsent
}

// save remembers which parts were sent and hashed.
func (p *passing) save(ctx context.Context, sender *partSender) error {
	return p.saved.save(ctx, transfer.Upload{
		UploadID: sender.uploadID, PartSizeBytes: sender.plan.PartSizeBytes,
		MD5State: p.state, HashedBytes: p.bytes,
	})
}
