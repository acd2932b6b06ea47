package stsfolder

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Errors of Create that come before anything is changed in Synapse. Explain
// says what to do about them.
var (
	ErrNotAContainer = errors.New("it is neither a project nor a folder")
	ErrNotAFolder    = errors.New("it is not a folder")
	ErrInsideSTS     = errors.New("it lies inside an STS folder")
	ErrNotEmpty      = errors.New("the folder isn't empty")
	ErrOtherSetting  = errors.New("the folder has another upload setting already")
	errNoRight       = errors.New("you may not create anything there")
	ErrBaseKey       = errors.New("the base key can't be used")
	ErrOverlap       = errors.New("it shares objects with another storage location")
)

// ErrNoLocation means that Synapse made no storage location in an external
// bucket: most often because of owner.txt. The cause says more.
var ErrNoLocation = errors.New("synapse made none")

// Errors of setting up a bucket, before anything is changed.
var (
	errBucketRights = errors.New("these AWS credentials may not look at the bucket's settings, or change them")
	ErrOwnerFile    = errors.New("S3 refuses the object")
	// errPolicyRefused comes after owner.txt was written.
	errPolicyRefused = errors.New("S3 doesn't take the bucket policy")
)

// ownExplanations are what Explain says of these.
var ownExplanations = []struct {
	is   error
	text string
}{
	{ErrNotAContainer, "name a project or a folder to make the STS folder in, as synPARENT/NAME"},
	{ErrNotAFolder, "a project can't be an STS folder, nor can a file: make a folder, as synPARENT/NAME"},
	{ErrInsideSTS, "an STS folder can't hold another one: choose a place outside"},
	{ErrNotEmpty, "STS can be switched on in empty folders only, and what is in the trash can counts: " +
		"make a new folder"},
	{ErrOtherSetting, "the folder's files go to another storage location: take the setting away in " +
		"Synapse, or make a new folder"},
	{errNoRight, "ask an administrator to share it with you, with the right to create; folders take a certified user"},
	{ErrBaseKey, "use letters, digits, and - _ . / in base keys, and no segment . or ..: policies read " +
		"* ? and ${ as wildcards, and servers resolve dots"},
	{ErrOverlap, "use a base key that doesn't share objects, or let people reach both through either folder: " +
		"--allow-overlap"},
	{ErrDenied, "change the bucket's policy: a denial is stronger than anything that allows"},
	{ErrPolicy, "add the statements that migrate folder create shows by hand"},
	{errBucketRights, "setting up a bucket takes s3:GetBucketPolicy, s3:PutBucketPolicy, s3:GetBucketCORS and " +
		"s3:PutBucketCORS: name an AWS profile that has them with --profile, or leave --apply out, which shows what to " +
		"set by hand"},
	{ErrOwnerFile, "these AWS credentials need s3:PutObject there, and the object what the bucket's policy asks of " +
		"all: encryption and acl in the configuration file (--config) say so; --profile names other credentials; nothing " +
		"was changed"},
	{errPolicyRefused, "owner.txt is written, nothing else was changed. On AWS, look at --synapse-account. MinIO " +
		"and others don't know s3:PutObjectAcl: let Synapse's account in by their own means, then leave --apply out"},
	{errTooManyRules, "take one away: S3 has no room for more"},
	{objectstore.ErrNotOffered, "set up the bucket as this S3's own documentation says; Synapse must be " +
		"able to read and write it"},
}

// Synapse is what is asked of it to make a folder: synapse.Client.
type Synapse interface {
	Bundle(ctx context.Context, id string, r synapse.BundleRequest) (synapse.Bundle, error)
	ChildID(ctx context.Context, parentID, name string) (string, error)
	CreateEntity(ctx context.Context, e synapse.Entity) (synapse.Entity, error)
	UploadDestination(ctx context.Context, id string) (synapse.UploadDestination, error)
	UploadSetting(ctx context.Context, id string) (*synapse.UploadSetting, error)
	CreateUploadSetting(ctx context.Context, s synapse.UploadSetting) (synapse.UploadSetting, error)
	LocationDestination(ctx context.Context, id string, location int64) (synapse.UploadDestination, error)
	StorageLocations(ctx context.Context) ([]synapse.StorageLocation, error)
	CreateStorageLocation(ctx context.Context, l synapse.StorageLocation) (synapse.StorageLocation, error)
}

// Bucket is what is done with an external bucket: objectstore.Store.
type Bucket interface {
	ReadSmall(ctx context.Context, bucket, key string, limit int64) ([]byte, error)
	PutNew(ctx context.Context, bucket, key, text string) (etag string, err error)
	BucketPolicy(ctx context.Context, bucket string) (string, error)
	SetBucketPolicy(ctx context.Context, bucket, policy string) error
	BucketCORS(ctx context.Context, bucket string) ([]objectstore.CORSRule, error)
	SetBucketCORS(ctx context.Context, bucket string, rules []objectstore.CORSRule) error
}

// Request says what folder to make.
type Request struct {
	// ParentID and Name name a folder to make or to find; FolderID, which
	// comes first, one that exists.
	ParentID, Name, FolderID string
	// Bucket is that of an external storage location; empty is a managed
	// one, in Synapse's bucket. BaseKey is empty for a whole bucket.
	Bucket, BaseKey string
	// Account is Synapse's AWS account; empty is SynapseAccount.
	Account string
	// Apply sets up the bucket: policy, CORS and owner.txt.
	Apply bool
	// AllowOverlap makes a location although it shares objects with another
	// one of the caller's.
	AllowOverlap bool
	// Me is the caller.
	Me synapse.UserProfile
}

// managed reports whether Synapse's bucket is wanted.
func (r Request) managed() bool { return r.Bucket == "" }

// OwnerKey is the key of owner.txt below a base key.
func OwnerKey(baseKey string) string { return planner.UnderBase(baseKey, planner.OwnerFile) }

// cleaned is the request with the base key as Synapse stores it
// (StorageLocationUtils, October 2024), and defaults filled in.
func (r Request) cleaned() (Request, error) {
	r.BaseKey = strings.Trim(r.BaseKey, "/ \t")
	if r.Account == "" {
		r.Account = SynapseAccount
	}
	control := func(c rune) bool { return c < ' ' || c == 0x7f }
	if len(wildcards(r.BaseKey)) > 0 || planner.DotSegment(r.BaseKey) ||
		!utf8.ValidString(r.BaseKey) || strings.ContainsFunc(r.BaseKey, control) {
		return r, ErrBaseKey
	}
	return r, nil
}

// OwnerNames reports whether the text of an owner.txt names a user, by ID or
// by name; teams and e-mail addresses, which Synapse takes too, are not
// known here (BucketOwnerVerifierImpl, October 2024: the first 100 lines,
// split at commas).
func OwnerNames(text string, me synapse.UserProfile) bool {
	const maxLines = 100
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	for _, line := range lines[:min(len(lines), maxLines)] {
		for piece := range strings.SplitSeq(line, ",") {
			piece = strings.ToLower(strings.TrimSpace(piece))
			if piece != "" && (piece == me.OwnerID || piece == strings.ToLower(me.UserName)) {
				return true
			}
		}
	}
	return false
}
