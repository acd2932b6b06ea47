package stsfolder

import (
	"errors"
	"fmt"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
)

// maxOwnerBytes bounds what is read of an owner.txt.
const maxOwnerBytes = 64 << 10

// change is a step of setting up a bucket that has been thought through: it
// only writes.
type change func() error

// bucket sets up an external bucket, where that was asked for. What is there
// is read, and judged, before anything is changed; then comes owner.txt, which
// shows whether anything can be written there at all, and the settings of the
// whole bucket last.
func (c *creation) bucket() error {
	if !c.r.Apply {
		return nil
	}
	policy, err := c.policy()
	if err != nil {
		return err
	}
	cors, err := c.cors()
	if err != nil {
		return err
	}
	for _, write := range []change{c.ownerFile, policy, cors} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// policy adds to the bucket's policy what Synapse lacks.
func (c *creation) policy() (change, error) {
	const what = "bucket policy"
	have, err := c.b.BucketPolicy(c.ctx, c.r.Bucket)
	if err != nil {
		return c.unlessNotOffered(what, err)
	}
	if err := checkPolicy(have, c.r.Bucket, c.r.BaseKey, c.r.Account); err != nil {
		return nil, fmt.Errorf("bucket %q: %w", c.r.Bucket, err)
	}
	merged, changed, err := mergePolicy(have, c.r.Bucket, c.r.BaseKey, c.r.Account)
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", c.r.Bucket, err)
	}
	if !changed {
		return c.found(what, "it lets Synapse's account "+c.r.Account+" in"), nil
	}
	return c.adds(what, "lets Synapse's account "+c.r.Account+" in", func() error {
		return policyRefused(c.b.SetBucketPolicy(c.ctx, c.r.Bucket, merged))
	}), nil
}

// policyRefused says of a refusal that it is about what the policy says. AWS
// answers so where it doesn't know the account, MinIO where it doesn't know an
// action (s3:PutObjectAcl, which Synapse's credentials ask for).
func policyRefused(err error) error {
	var e *objectstore.Error
	if errors.As(err, &e) && e.Code == "MalformedPolicy" {
		return fmt.Errorf("%w: %w", errPolicyRefused, err)
	}
	return err
}

// cors adds a rule that lets browsers in.
func (c *creation) cors() (change, error) {
	const what, lets = "CORS", "a rule lets browsers up- and download"
	have, err := c.b.BucketCORS(c.ctx, c.r.Bucket)
	if err != nil {
		return c.unlessNotOffered(what, err)
	}
	merged, changed, err := mergeCORS(have)
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", c.r.Bucket, err)
	}
	if !changed {
		return c.found(what, lets), nil
	}
	return c.adds(what, lets, func() error {
		return c.b.SetBucketCORS(c.ctx, c.r.Bucket, merged)
	}), nil
}

// found tells of what needs no change.
func (c *creation) found(what, detail string) change {
	return func() error {
		c.tell(what, OutcomeFound, "%s", detail)
		return nil
	}
}

// adds writes a setting, and tells of it.
func (c *creation) adds(what, detail string, set func() error) change {
	return func() error {
		if err := set(); err != nil {
			skip, err := c.unlessNotOffered(what, err)
			if err != nil {
				return err
			}
			return skip()
		}
		c.tell(what, OutcomeMade, "%s; what was there before stays", detail)
		return nil
	}
}

// unlessNotOffered goes on where this S3 has no such call.
func (c *creation) unlessNotOffered(what string, err error) (change, error) {
	if errors.Is(err, objectstore.ErrNotOffered) {
		return func() error {
			c.tell(what, OutcomeSkipped, "this S3 has no call for it")
			return nil
		}, nil
	}
	if errors.Is(err, transfer.ErrDenied) {
		err = fmt.Errorf("%w: %w", errBucketRights, err)
	}
	return nil, fmt.Errorf("setting up bucket %q: %w", c.r.Bucket, err)
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
		if refusedByS3(err) {
			err = fmt.Errorf("%w: %w", ErrOwnerFile, err)
		}
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
