package stsfolder

import (
	"errors"
	"fmt"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
)

// maxOwnerBytes bounds what is read of an owner.txt.
const maxOwnerBytes = 64 << 10

// bucket sets up an external bucket, where that was asked for: first what
// lets Synapse in, then what Synapse reads.
func (c *creation) bucket() error {
	if !c.r.Apply {
		return nil
	}
	for _, step := range []func() error{c.policy, c.cors, c.ownerFile} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// policy adds to the bucket's policy what Synapse lacks.
func (c *creation) policy() error {
	const what = "bucket policy"
	have, err := c.b.BucketPolicy(c.ctx, c.r.Bucket)
	if err != nil {
		return c.unlessNotOffered(what, err)
	}
	if err := CheckPolicy(have, c.r.Bucket, c.r.BaseKey, c.r.Account); err != nil {
		return fmt.Errorf("bucket %q: %w", c.r.Bucket, err)
	}
	merged, changed, err := MergePolicy(have, c.r.Bucket, c.r.BaseKey, c.r.Account)
	if err != nil {
		return fmt.Errorf("bucket %q: %w", c.r.Bucket, err)
	}
	if !changed {
		c.tell(what, OutcomeFound, "it lets Synapse's account %s in", c.r.Account)
		return nil
	}
	if err := c.b.SetBucketPolicy(c.ctx, c.r.Bucket, merged); err != nil {
		return c.unlessNotOffered(what, err)
	}
	c.tell(what, OutcomeMade, "lets Synapse's account %s in; what was there before stays", c.r.Account)
	return nil
}

// cors adds a rule that lets browsers in.
func (c *creation) cors() error {
	const what = "CORS"
	have, err := c.b.BucketCORS(c.ctx, c.r.Bucket)
	if err != nil {
		return c.unlessNotOffered(what, err)
	}
	merged, changed, err := MergeCORS(have)
	if err != nil {
		return fmt.Errorf("bucket %q: %w", c.r.Bucket, err)
	}
	if !changed {
		c.tell(what, OutcomeFound, "a rule lets browsers up- and download")
		return nil
	}
	if err := c.b.SetBucketCORS(c.ctx, c.r.Bucket, merged); err != nil {
		return c.unlessNotOffered(what, err)
	}
	c.tell(what, OutcomeMade, "a rule lets browsers up- and download; what was there before stays")
	return nil
}

// unlessNotOffered goes on where this S3 has no such call.
func (c *creation) unlessNotOffered(what string, err error) error {
	if errors.Is(err, objectstore.ErrNotOffered) {
		c.tell(what, OutcomeSkipped, "this S3 has no call for it")
		return nil
	}
	return fmt.Errorf("setting up bucket %q: %w", c.r.Bucket, err)
}

// ownerFile writes owner.txt where there is none.
func (c *creation) ownerFile() error {
	key := OwnerKey(c.r.BaseKey)
	_, err := c.b.PutNew(c.ctx, c.r.Bucket, key, c.r.Me.OwnerID+"\n")
	if err == nil {
		c.tell("owner.txt", OutcomeMade, "s3://%s/%s names user %s", c.r.Bucket, key, c.r.Me.OwnerID)
		return nil
	}
	if !errors.Is(err, transfer.ErrExists) {
		return fmt.Errorf("writing owner.txt: %w", err)
	}
	text, err := c.b.ReadSmall(c.ctx, c.r.Bucket, key, maxOwnerBytes)
	if err != nil {
		return fmt.Errorf("reading owner.txt: %w", err)
	}
	detail := fmt.Sprintf("s3://%s/%s", c.r.Bucket, key)
	if !OwnerNames(string(text), c.r.Me) {
		// It may name a team, or an e-mail address: Synapse knows.
		detail += ", which names neither your user ID nor your name; Synapse decides"
	}
	c.tell("owner.txt", OutcomeFound, "%s", detail)
	return nil
}
