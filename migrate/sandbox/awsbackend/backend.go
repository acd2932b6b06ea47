// Package awsbackend gives the Synapse emulator its S3 and STS: any server that
// speaks these protocols, reached through AWS clients with path-style addresses
// and static keys. It stands in for Synapse's own AWS account, and decides
// nothing.
package awsbackend

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"synapse-migrate/synapse/emulator"
)

// Options say which servers to speak to, and as whom.
type Options struct {
	// S3Endpoint is the base URL of S3.
	S3Endpoint string
	// PublicS3Endpoint is the base URL in presigned URLs; empty is
	// S3Endpoint.
	PublicS3Endpoint string
	// STSEndpoint is the base URL of STS; empty is S3Endpoint, as with
	// servers that answer both on one port.
	STSEndpoint string
	// Region is used for signing, and is a bucket's region where the
	// server names none; empty is us-east-1.
	Region string
	// Regions are those of buckets that are not in Region.
	Regions map[string]string
	// AccessKeyID and SecretAccessKey are Synapse's own keys.
	AccessKeyID, SecretAccessKey string
	// RoleARN is the role that AssumeRole names; empty is a made-up one.
	RoleARN string
	// DropPolicyActions are left out of session policies, for servers that
	// don't know them: MinIO refuses s3:PutObjectAcl.
	DropPolicyActions []string
	// S3ActionsOnly writes the action * of session policies as s3:*, for
	// servers that take a Deny of * on one object as a Deny of everything:
	// MinIO does (release of February 2026).
	S3ActionsOnly bool
	// HTTPClient sends the requests; nil is the SDK's own.
	HTTPClient *http.Client
}

// regionOf is the region that requests for a bucket are signed for.
func (o Options) regionOf(bucket string) string {
	if region := o.Regions[bucket]; region != "" {
		return region
	}
	return o.Region
}

// in has a call signed for the bucket's region.
func (b *Backend) in(bucket string) func(*s3.Options) {
	return func(o *s3.Options) { o.Region = b.options.regionOf(bucket) }
}

// defaultRoleARN names a role where the server doesn't care which.
const defaultRoleARN = "arn:aws:iam::000000000000:role/synapse-sts"

// Backend implements emulator.Storage and emulator.Vendor. It is safe for
// concurrent use.
type Backend struct {
	s3      *s3.Client
	presign *s3.PresignClient
	sts     *sts.Client
	keys    aws.CredentialsProvider
	signer  *v4.Signer
	options Options

	regions sync.Map // bucket -> region
}

var (
	_ emulator.Storage = (*Backend)(nil)
	_ emulator.Vendor  = (*Backend)(nil)
)

// New returns a backend; nothing is sent yet.
func New(o Options) *Backend {
	o = o.withDefaults()
	keys := aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
		o.AccessKeyID, o.SecretAccessKey, ""))
	return &Backend{
		s3:      s3.New(o.s3Options(o.S3Endpoint, keys)),
		presign: s3.NewPresignClient(s3.New(o.s3Options(o.PublicS3Endpoint, keys))),
		sts:     sts.New(o.stsOptions(keys)),
		keys:    keys,
		signer: v4.NewSigner(func(s *v4.SignerOptions) {
			s.DisableURIPathEscaping = true // S3's own rule: escaped once
		}),
		options: o,
	}
}

func (o Options) withDefaults() Options {
	if o.PublicS3Endpoint == "" {
		o.PublicS3Endpoint = o.S3Endpoint
	}
	if o.STSEndpoint == "" {
		o.STSEndpoint = o.S3Endpoint
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.RoleARN == "" {
		o.RoleARN = defaultRoleARN
	}
	return o
}

// s3Options keeps checksums to where S3 demands them: a presigned PUT that
// signs one could not be used by a client that doesn't send it.
func (o Options) s3Options(endpoint string, keys aws.CredentialsProvider) s3.Options {
	so := s3.Options{
		BaseEndpoint:               aws.String(endpoint),
		Region:                     o.Region,
		Credentials:                keys,
		UsePathStyle:               true,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	}
	if o.HTTPClient != nil {
		so.HTTPClient = o.HTTPClient
	}
	return so
}

func (o Options) stsOptions(keys aws.CredentialsProvider) sts.Options {
	so := sts.Options{
		BaseEndpoint: aws.String(o.STSEndpoint),
		Region:       o.Region,
		Credentials:  keys,
	}
	if o.HTTPClient != nil {
		so.HTTPClient = o.HTTPClient
	}
	return so
}

// classify turns the codes that the emulator cares for into its sentinels,
// keeping the server's own words. notFound is what a bare 404 (of a HEAD,
// which has no body) stands for.
func classify(err, notFound error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	switch api.ErrorCode() {
	case "NoSuchBucket":
		return fmt.Errorf("%w: %w", emulator.ErrNoBucket, err)
	case "NoSuchKey":
		return fmt.Errorf("%w: %w", emulator.ErrNoObject, err)
	case "PreconditionFailed":
		return fmt.Errorf("%w: %w", emulator.ErrPrecondition, err)
	case "NotFound":
		if notFound != nil {
			return fmt.Errorf("%w: %w", notFound, err)
		}
	}
	return err
}
