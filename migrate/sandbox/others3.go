package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// OtherS3 is an S3 server that somebody else runs, in place of the sandbox's
// own: MinIO, SeaweedFS, Ceph. The sandbox makes its buckets there, and leaves
// them.
type OtherS3 struct {
	// Endpoint is its base URL.
	Endpoint string
	// Keys may do everything there. They are also what all users of the
	// sandbox have, and Synapse itself.
	Keys describe.Keys
}

// shortestSession is the shortest life of a session that STS gives (STS API
// reference, AssumeRole, November 2026).
const shortestSession = 15 * time.Minute

// check refuses what can't be used.
func (o *OtherS3) check(life time.Duration) error {
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("S3 endpoint %q is no http or https URL", o.Endpoint)
	case o.Keys.AccessKeyID == "" || o.Keys.SecretAccessKey == "":
		return errors.New("no keys for the S3 endpoint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	case life != 0 && life < shortestSession:
		return fmt.Errorf("credentials can't live %s at another S3: its STS gives them %s at least", life, shortestSession)
	}
	return nil
}

// useOther takes another S3 for the sandbox's own, and finds out whether it
// has an STS.
func (s *Sandbox) useOther(ctx context.Context, o OtherS3) (awsbackend.Options, error) {
	d := &s.description
	d.S3Endpoint = strings.TrimSuffix(o.Endpoint, "/")
	d.Root, d.OwnerKeys, d.ForeignKeys = o.Keys, o.Keys, o.Keys
	d.ElsewhereRegion = region // other servers have one region
	backend := awsbackend.Options{
		S3Endpoint: d.S3Endpoint, Region: region,
		AccessKeyID: o.Keys.AccessKeyID, SecretAccessKey: o.Keys.SecretAccessKey,
	}
	// MinIO refuses the policy that Synapse sends, and takes it without what
	// it doesn't know.
	tame := backend
	tame.DropPolicyActions, tame.S3ActionsOnly = []string{"s3:PutObjectAcl"}, true
	for _, options := range []awsbackend.Options{backend, tame} {
		sessions, err := s.trySTS(ctx, options)
		if err != nil {
			return options, err
		}
		if d.Sessions = sessions; sessions != describe.SessionsNone {
			d.STSEndpoint = d.S3Endpoint
			return options, nil
		}
	}
	return backend, nil
}

// trySTS finds out what sessions of an STS are worth: it writes an object, and
// looks at it with credentials for its place and for another one.
func (s *Sandbox) trySTS(ctx context.Context, o awsbackend.Options) (describe.Sessions, error) {
	store := s.rootClient(region)
	if err := makeBucket(ctx, store, destinationBucket); err != nil {
		return "", err
	}
	b := awsbackend.New(o)
	const inside = "sandbox-probe/inside"
	if err := b.Write(ctx, destinationBucket, inside+"/object", "text/plain", []byte("It may be deleted.\n")); err != nil {
		return "", err
	}
	defer func() { _ = b.Delete(context.WithoutCancel(ctx), destinationBucket, inside+"/object") }()
	reads := func(baseKey string) bool {
		policy, err := emulator.SessionPolicy(destinationBucket, baseKey, synapse.STSReadWrite)
		if err != nil {
			return false
		}
		keys, err := b.AssumeRole(ctx, "sandbox-probe", policy, shortestSession)
		if err != nil {
			return false
		}
		session := s3.New(s3.Options{
			Region: region, UsePathStyle: true, BaseEndpoint: &o.S3Endpoint,
			Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken),
		})
		_, err = session.HeadObject(ctx, &s3.HeadObjectInput{
			Bucket: aws.String(destinationBucket), Key: aws.String(inside + "/object"),
		})
		return err == nil
	}
	switch {
	case !reads(inside):
		return describe.SessionsNone, ctx.Err()
	case reads("sandbox-probe/outside"):
		return describe.SessionsOpen, ctx.Err()
	}
	return describe.SessionsScoped, ctx.Err()
}

// makeBucket makes a bucket, unless it is there.
func makeBucket(ctx context.Context, store *s3.Client, bucket string) error {
	if _, err := store.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); err == nil {
		return nil
	}
	if _, err := store.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		return fmt.Errorf("making bucket %s: %w", bucket, err)
	}
	return nil
}

// otherVendor gives credentials of another S3: those of its STS for as long as
// the sandbox's credentials live, or its own keys where it has no STS.
type otherVendor struct {
	emulator.Vendor
	keys     describe.Keys
	sessions describe.Sessions
	longest  func() time.Duration
}

// AssumeRole is emulator.Vendor's.
func (v otherVendor) AssumeRole(
	ctx context.Context, sessionName, policy string, life time.Duration,
) (emulator.Credentials, error) {
	if longest := v.longest(); longest > 0 {
		life = max(shortestSession, min(life, longest))
	}
	if v.sessions != describe.SessionsNone {
		return v.Vendor.AssumeRole(ctx, sessionName, policy, life)
	}
	return emulator.Credentials{
		AccessKeyID: v.keys.AccessKeyID, SecretAccessKey: v.keys.SecretAccessKey, Expiration: time.Now().Add(life),
	}, nil
}
