package sandbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// prepare makes users, buckets, folders and storage locations, the way that
// any client would.
func (s *Sandbox) prepare(
	ctx context.Context, load *Load, sample *describe.SampleRequest,
) error {
	d := &s.description
	d.Owner = s.addUser("owner", "Olga")
	d.Colleague = s.addUser("colleague", "Carl")
	d.Stranger = s.addUser("stranger", "Stan")
	store := s.rootClient(region)
	if err := s.makeBuckets(ctx, store); err != nil {
		return err
	}
	if err := s.makeFolders(ctx); err != nil {
		return fmt.Errorf("preparing Synapse: %w", err)
	}
	if err := s.prepareSample(ctx, sample); err != nil {
		return err
	}
	if load == nil {
		return nil
	}
	loaded, err := load.into(ctx, store, *d)
	if err != nil {
		return fmt.Errorf("loading %s: %w", load.Directory, err)
	}
	d.Loaded = &loaded
	return nil
}

// rootClient may do everything. It leaves out checksums that S3 doesn't
// ask for, so that files are read once.
func (s *Sandbox) rootClient(region string) *s3.Client {
	root := s.description.Root
	return s3.New(s3.Options{
		Region: region, UsePathStyle: true, BaseEndpoint: &s.description.S3Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(
			root.AccessKeyID, root.SecretAccessKey, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		APIOptions: []func(*middleware.Stack) error{
			v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware,
		},
	})
}

// makeBuckets makes those that aren't there yet, and the owner.txt of both
// storage locations.
func (s *Sandbox) makeBuckets(ctx context.Context, store *s3.Client) error {
	for _, bucket := range []string{sourceBucket, destinationBucket, foreignBucket, synapseBucket} {
		if err := makeBucket(ctx, store, bucket); err != nil {
			return err
		}
	}
	if err := s.makeElsewhere(ctx); err != nil {
		return fmt.Errorf("making bucket %s: %w", elsewhereBucket, err)
	}
	for baseKey, owner := range map[string]describe.User{
		externalBaseKey: s.description.Owner, colleagueBaseKey: s.description.Colleague,
	} {
		_, err := store.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(destinationBucket), Key: aws.String(baseKey + "/owner.txt"),
			ContentType: aws.String("text/plain"), Body: strings.NewReader(fmt.Sprintln(owner.ID)),
		})
		if err != nil {
			return fmt.Errorf("writing owner.txt below %s: %w", baseKey, err)
		}
	}
	return nil
}

// wantsACL is the policy that AWS recommends to those who want to own what
// others write (S3 user guide, "Disabling ACLs for all new buckets and
// enforcing Object Ownership", November 2026).
const wantsACL = `{"Version": "2012-10-17", "Statement": [{"Sid": "OwnedByTheBucketsOwner", "Effect": "Deny",
"Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::%s/*",
"Condition": {"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}]}`

// makeOlder makes the destination's bucket one that wants an ACL.
func (s *Sandbox) makeOlder(ctx context.Context) error {
	store := s.rootClient(region)
	_, err := store.PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
		Bucket: aws.String(destinationBucket),
		OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{
			{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred},
		}},
	})
	if err != nil {
		return err
	}
	_, err = store.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
		Bucket: aws.String(destinationBucket), Policy: aws.String(fmt.Sprintf(wantsACL, destinationBucket)),
	})
	return err
}

// makeElsewhere makes the bucket in the other region, if it isn't there yet.
func (s *Sandbox) makeElsewhere(ctx context.Context) error {
	if s.description.ElsewhereRegion == region {
		return makeBucket(ctx, s.rootClient(region), elsewhereBucket)
	}
	store := s.rootClient(elsewhereRegion)
	_, err := store.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(elsewhereBucket)})
	if err == nil {
		return nil
	}
	_, err = store.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: aws.String(elsewhereBucket),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(elsewhereRegion),
		},
	})
	return err
}

// makeFolders makes the project and its four folders.
func (s *Sandbox) makeFolders(ctx context.Context) error {
	d := &s.description
	owner := s.as(d.Owner)
	project, err := owner.create(ctx, synapse.TypeProject, "Sandbox", "")
	if err != nil {
		return err
	}
	d.Project = project
	if d.Plain.ID, err = owner.create(ctx, synapse.TypeFolder, "Plain", project); err != nil {
		return err
	}
	stsEnabled := true
	external := synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, StsEnabled: &stsEnabled,
		Bucket: destinationBucket, BaseKey: externalBaseKey, Description: "The owner's bucket",
	}
	if d.External, err = s.stsFolder(ctx, owner, owner, "External", external); err != nil {
		return err
	}
	managed := synapse.StorageLocation{
		ConcreteType: synapse.TypeS3StorageLocation, StsEnabled: &stsEnabled, Description: "Synapse's bucket",
	}
	if d.Managed, err = s.stsFolder(ctx, owner, owner, "Managed", managed); err != nil {
		return err
	}
	external.BaseKey, external.Description = colleagueBaseKey, "A colleague's location"
	d.ColleagueFolder, err = s.stsFolder(ctx, owner, s.as(d.Colleague), "Colleague", external)
	return err
}

// stsFolder makes a folder of the owner's with a storage location that
// another user may create; that user then gets all rights in the folder.
func (s *Sandbox) stsFolder(
	ctx context.Context, owner, creator client, name string, location synapse.StorageLocation,
) (describe.Folder, error) {
	id, err := owner.create(ctx, synapse.TypeFolder, name, s.description.Project)
	if err != nil {
		return describe.Folder{}, err
	}
	if creator.user.ID != owner.user.ID {
		if err := owner.share(ctx, id, creator.user.ID); err != nil {
			return describe.Folder{}, err
		}
	}
	if err := creator.call(ctx, "POST", "/repo/v1/storageLocation", location, &location); err != nil {
		return describe.Folder{}, err
	}
	setting := synapse.UploadSetting{
		ConcreteType: synapse.TypeUploadSetting, ProjectID: id, SettingsType: synapse.SettingsTypeUpload,
		Locations: []int64{location.StorageLocationID},
	}
	if err := creator.call(ctx, "POST", "/repo/v1/projectSettings", setting, nil); err != nil {
		return describe.Folder{}, err
	}
	if location.Bucket == "" {
		location.Bucket = synapseBucket
	}
	return describe.Folder{
		ID: id, StorageLocationID: location.StorageLocationID,
		Bucket: location.Bucket, BaseKey: location.BaseKey,
	}, nil
}
