package stsfolder

import (
	"errors"

	"synapse-migrate/migrate/objectstore"
)

// CheckOwnership judges the bucket's Object Ownership, or the error that came
// of asking for it. The ACL is the one that objects are written with by
// Synapse's credentials, whose account is another one than the bucket's;
// empty is none.
func CheckOwnership(ownership, acl string, err error) Row {
	const check = "object ownership"
	switch {
	case errors.Is(err, objectstore.ErrNotOffered):
		return Row{Check: check, Status: StatusUnknown, Detail: "this S3 has no such setting"}
	case err != nil:
		return Row{Check: check, Status: StatusUnknown, Detail: err.Error(),
			Hint: "your own AWS credentials may ask for it (s3:GetBucketOwnershipControls): --profile names others"}
	case ownership == objectstore.OwnerEnforced:
		return ok(check, "bucket owner enforced: all objects belong to the bucket's owner")
	case ownership == objectstore.OwnerPreferred && acl == objectstore.BucketOwnerFullControl:
		return ok(check,
			"bucket owner preferred: objects belong to the bucket's owner, since they are written with the ACL %s", acl)
	}
	const enforce = "set it to bucket owner enforced in the bucket's permissions, " +
		"and all objects belong to the bucket's owner"
	rights := "the ACL " + acl + " gives the bucket's owner rights to them, but its policy doesn't hold for them"
	if acl == "" {
		rights = "the bucket's owner has no rights to them: acl: none in the configuration file leaves the ACL out"
	}
	if ownership == objectstore.OwnerPreferred {
		ownership = "bucket owner preferred, without the ACL"
	} else {
		ownership = "object writer, as in buckets from before April 2023"
	}
	return warning(check, ownership+": objects belong to Synapse's AWS account, which writes them; "+rights, enforce)
}
