package stsfolder

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Store is what credentials are tried with: objectstore.Store.
type Store interface {
	List(ctx context.Context, bucket, prefix, after string) iter.Seq2[[]planner.Object, error]
	Head(ctx context.Context, bucket, key string) (planner.Detail, error)
	PutNew(ctx context.Context, bucket, key, text string) (etag string, err error)
	Remove(ctx context.Context, bucket, key, etag string) error
}

// probeText is what a probe object holds.
const probeText = "Written by migrate folder check, to see whether it can be. It may be deleted.\n"

// ProbeKey is the key of a probe object below a base key; the suffix makes
// it one of a kind.
func ProbeKey(baseKey, suffix string) string {
	return planner.UnderBase(baseKey, ".migrate-probe-"+suffix)
}

// CheckReading tries to list what lies below the base key and to look at
// the first object there.
func CheckReading(ctx context.Context, s Store, bucket, baseKey string) []Row {
	prefix := planner.UnderBase(baseKey, "")
	first, err := firstObject(ctx, s, bucket, prefix)
	if err != nil {
		return []Row{wrong("list", err.Error(), denied)}
	}
	rows := []Row{ok("list", "s3://%s/%s can be listed", bucket, prefix)}
	if first == "" {
		return append(rows, Row{Check: "read", Status: StatusUnknown, Detail: "there is no object to look at yet"})
	}
	if _, err := s.Head(ctx, bucket, first); err != nil {
		return append(rows, wrong("read", err.Error(), denied))
	}
	return append(rows, ok("read", "%q can be looked at", first))
}

// denied is what to do when S3 refuses credentials that Synapse gave.
const denied = "the bucket's policy must let Synapse's account in, and deny it nothing: " +
	"migrate folder create shows the policy, and sets it with --apply"

// deniedWriting is what to do when S3 refuses to write with credentials that
// Synapse gave: what a policy asks of writes is no matter of access.
const deniedWriting = "the bucket's policy must let Synapse's account write and set ACLs (s3:PutObject, s3:PutObjectAcl), " +
	"and may ask for more: encryption and acl in the configuration file (--config) say what is written with; " +
	"migrate folder create shows the policy, and sets it with --apply"

// notTaken is what to do where S3 doesn't take what is written, whoever
// writes it.
const notTaken = "S3 says what is missing: this is not about access; settings of the bucket, such as Object Lock and " +
	"default encryption, ask for more than was sent: encryption and acl in the configuration file (--config) say what is"

// writingHint is the next step after a refused write.
func writingHint(err error) string {
	switch {
	case errors.Is(err, transfer.ErrDenied):
		return deniedWriting
	case errors.Is(err, transfer.ErrNotFound):
		return "there is no such bucket any more: make it again, or make a folder in another one"
	case refusedByS3(err):
		return notTaken
	}
	return ""
}

// refusedByS3 reports whether S3 answered, and won't answer otherwise.
func refusedByS3(err error) bool {
	var e *objectstore.Error
	return errors.As(err, &e) && (e.Status/100 == 4 || e.Status == http.StatusNotImplemented)
}

// firstObject is the key of the first object below a prefix other than
// owner.txt, which the credentials may not read; empty for none.
func firstObject(ctx context.Context, s Store, bucket, prefix string) (string, error) {
	for page, err := range s.List(ctx, bucket, prefix, "") {
		if err != nil {
			return "", fmt.Errorf("listing s3://%s/%s: %w", bucket, prefix, err)
		}
		for _, o := range page {
			if o.Key != prefix+planner.OwnerFile && !strings.HasSuffix(o.Key, "/") {
				return o.Key, nil
			}
		}
	}
	return "", nil
}

// CheckWriting writes an object under a key that nothing has, and deletes it.
// The deletion isn't called off when the context ends: nothing shall stay.
func CheckWriting(ctx context.Context, s Store, bucket, key string) []Row {
	etag, err := s.PutNew(ctx, bucket, key, probeText)
	if err != nil {
		return []Row{wrong("write", err.Error(), writingHint(err))}
	}
	rows := []Row{ok("write", "%q was written", key)}
	if err := s.Remove(context.WithoutCancel(ctx), bucket, key, etag); err != nil {
		return append(rows, wrong("delete", err.Error(),
			fmt.Sprintf("allow Synapse's account to delete objects, and delete s3://%s/%s by hand", bucket, key)))
	}
	return append(rows, ok("delete", "%q was deleted", key))
}

// CheckGiven judges what Synapse answered when it was asked for credentials:
// these must be for the place that the upload destination names. The bucket
// of a managed location is told by the credentials alone.
func CheckGiven(check string, v View, got synapse.STSCredentials, err error) Row {
	d := v.Destination
	switch {
	case err != nil:
		return wrong(check, err.Error(), Explain(err))
	case got.AccessKeyID == "":
		return wrong(check, "Synapse's answer has no credentials in it", "")
	case d.Bucket != "" && got.Bucket != d.Bucket || got.BaseKey != d.BaseKey:
		return wrong(check, fmt.Sprintf("they are for s3://%s/%s", got.Bucket, got.BaseKey),
			"the folder's storage location is another one: tell Synapse's support")
	}
	return ok(check, "Synapse gives credentials")
}
