package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrNotOffered means that this S3 has no such call: bucket policies or CORS
// are set in another way there.
var ErrNotOffered = errors.New("not offered by this S3")

// notOffered are the codes of servers that lack a call (NotImplemented is
// AWS's own and MinIO's; a 405 stands for the method).
var notOffered = map[string]bool{"NotImplemented": true, "MethodNotAllowed": true}

// CORSRule is one rule of a bucket's CORS configuration, with every field
// that S3 has (source: S3 API reference, CORSRule, November 2026). MaxAge is
// in seconds, 0 where it isn't set.
type CORSRule struct {
	ID                                     string
	Origins, Methods, Headers, ExposedOnes []string
	MaxAgeSeconds                          int32
}

// BucketPolicy returns the policy document of a bucket, empty when it has
// none. It takes the right s3:GetBucketPolicy.
func (s *Store) BucketPolicy(ctx context.Context, bucket string) (string, error) {
	out, err := s.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)})
	if err = adminFailure("GetBucketPolicy", bucket, err); hasCode(err, "NoSuchBucketPolicy") {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return aws.ToString(out.Policy), nil
}

// SetBucketPolicy replaces the whole policy of a bucket. It takes the right
// s3:PutBucketPolicy.
func (s *Store) SetBucketPolicy(ctx context.Context, bucket, policy string) error {
	in := &s3.PutBucketPolicyInput{Bucket: aws.String(bucket), Policy: aws.String(policy)}
	err := s.write("PutBucketPolicy", bucket, "", withChecksum, func(with extra) error {
		_, err := s.client.PutBucketPolicy(ctx, in, digest(with))
		return err
	})
	return adminFailure("PutBucketPolicy", bucket, err)
}

// BucketCORS returns the CORS rules of a bucket, none when it has no
// configuration. It takes the right s3:GetBucketCORS.
func (s *Store) BucketCORS(ctx context.Context, bucket string) ([]CORSRule, error) {
	out, err := s.client.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: aws.String(bucket)})
	if err = adminFailure("GetBucketCors", bucket, err); hasCode(err, "NoSuchCORSConfiguration") {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	rules := make([]CORSRule, 0, len(out.CORSRules))
	for _, r := range out.CORSRules {
		rules = append(rules, CORSRule{
			ID: aws.ToString(r.ID), Origins: r.AllowedOrigins, Methods: r.AllowedMethods,
			Headers: r.AllowedHeaders, ExposedOnes: r.ExposeHeaders,
			MaxAgeSeconds: aws.ToInt32(r.MaxAgeSeconds),
		})
	}
	return rules, nil
}

// SetBucketCORS replaces all CORS rules of a bucket. It takes the right
// s3:PutBucketCORS.
func (s *Store) SetBucketCORS(ctx context.Context, bucket string, rules []CORSRule) error {
	all := make([]types.CORSRule, 0, len(rules))
	for _, r := range rules {
		rule := types.CORSRule{
			ID: optional(r.ID), AllowedOrigins: r.Origins, AllowedMethods: r.Methods,
			AllowedHeaders: r.Headers, ExposeHeaders: r.ExposedOnes,
		}
		if r.MaxAgeSeconds != 0 {
			rule.MaxAgeSeconds = aws.Int32(r.MaxAgeSeconds)
		}
		all = append(all, rule)
	}
	in := &s3.PutBucketCorsInput{
		Bucket: aws.String(bucket), CORSConfiguration: &types.CORSConfiguration{CORSRules: all},
	}
	err := s.write("PutBucketCors", bucket, "", withChecksum, func(with extra) error {
		_, err := s.client.PutBucketCors(ctx, in, digest(with))
		return err
	})
	return adminFailure("PutBucketCors", bucket, err)
}

// The values of Object Ownership, a bucket's setting (source: S3 API reference, OwnershipControlsRule, November 2026).
const (
	OwnerEnforced  = string(types.ObjectOwnershipBucketOwnerEnforced)
	OwnerPreferred = string(types.ObjectOwnershipBucketOwnerPreferred)
	ObjectWriter   = string(types.ObjectOwnershipObjectWriter)
)

// ObjectOwnership says whose the objects of a bucket are that others write. A bucket without the setting is one of
// before April 2023, or of a server that doesn't have it: ObjectWriter (source: S3 user guide, "Controlling ownership
// of objects and disabling ACLs", November 2026). It takes the right s3:GetBucketOwnershipControls, which Synapse's
// credentials don't have.
func (s *Store) ObjectOwnership(ctx context.Context, bucket string) (string, error) {
	out, err := s.client.GetBucketOwnershipControls(ctx,
		&s3.GetBucketOwnershipControlsInput{Bucket: aws.String(bucket)})
	if err = adminFailure("GetBucketOwnershipControls", bucket, err); hasCode(err, "OwnershipControlsNotFoundError") {
		return ObjectWriter, nil
	} else if err != nil {
		return "", err
	}
	if out.OwnershipControls != nil && len(out.OwnershipControls.Rules) > 0 {
		return string(out.OwnershipControls.Rules[0].ObjectOwnership), nil
	}
	return "", fmt.Errorf("GetBucketOwnershipControls %q: the answer has no rule in it", location(bucket, ""))
}

// adminFailure is failure, with ErrNotOffered where that is so.
func adminFailure(operation, bucket string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		err = failure(operation, bucket, "", err)
	}
	if errors.As(err, &e) && (notOffered[e.Code] || e.Status == http.StatusNotImplemented) {
		e.kind = ErrNotOffered
	}
	return err
}

// hasCode reports whether S3 answered with a code.
func hasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
