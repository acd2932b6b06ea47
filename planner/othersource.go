package planner

import (
	"errors"
	"fmt"
	"strings"
)

// DirectorySource is a directory of the machine that a plan was made on.
type DirectorySource struct {
	// Path is absolute.
	Path string `json:"path"`
	// FollowLinks is true where symbolic links to files are read.
	FollowLinks bool `json:"followLinks,omitempty"`
}

// URLSource is a list of URLs. The URLs themselves are in the user's file
// alone, since their queries are secrets.
type URLSource struct {
	// Path is the file's, as it was given when the plan was made.
	Path string `json:"path"`
	// Rows is the number of URLs.
	Rows int64 `json:"rows"`
	// Digest is the SHA-256, in hex, over what is no secret in the rows, see
	// Manifest.Digest.
	Digest string `json:"digest"`
}

// Remark is what a source other than S3 says of an object when it lists it.
type Remark struct {
	// Action is ActionSkip or ActionBlock, with its Rule, where the source
	// itself leaves the object out; empty otherwise.
	Action Action
	Rule   RuleID
	// MD5 is what the user says it is, 32 lower-case hex digits; it is
	// compared with the bytes when they pass. Empty for none.
	MD5 string
	// Look has the object looked at whatever becomes of it: the listing
	// doesn't tell its size, or whether it can be read.
	Look bool
}

// RuleError is an Examiner's way to leave an object out by a rule of its
// source.
type RuleError struct {
	Rule RuleID
	Err  error
}

// Error is the cause's.
func (e *RuleError) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *RuleError) Unwrap() error { return e.Err }

// blockedBy is the remark that an error of an Examiner leaves; false where it
// is another error.
func blockedBy(err error) (Remark, bool) {
	var by *RuleError
	if !errors.As(err, &by) {
		return Remark{}, false
	}
	return Remark{Action: ActionBlock, Rule: by.Rule}, true
}

// IsS3 reports whether the source is a bucket.
func (s Source) IsS3() bool { return s.Project == nil && s.Directory == nil && s.URLs == nil }

// splitsName reports whether a key goes on within the name that the source's
// prefix ends with.
func splitsName(s Source, key string) bool {
	rest, under := strings.CutPrefix(key, s.Prefix)
	return s.IsS3() && s.Prefix != "" && !strings.HasSuffix(s.Prefix, "/") &&
		under && rest != "" && rest[0] != '/'
}

// place names the source in errors.
func (s Source) place() string {
	switch {
	case s.Directory != nil:
		return fmt.Sprintf("directory %q", s.Directory.Path)
	case s.URLs != nil:
		return fmt.Sprintf("URLs of %q", s.URLs.Path)
	}
	return fmt.Sprintf("s3://%s/%s", s.Bucket, s.Prefix)
}

// place names an object of the source in errors.
func (o Object) place() string {
	switch {
	case o.Bucket == "":
		return fmt.Sprintf("%q", o.Key)
	case isURL(o.Bucket):
		return fmt.Sprintf("%q (%s)", o.Key, o.Bucket)
	}
	return fmt.Sprintf("s3://%s/%q", o.Bucket, o.Key)
}

// machineReads is how many of an item's S3 calls, as itemCost counts them,
// are none since its source is not S3: reading it and hashing it.
func machineReads(i Item, o Options) int64 {
	o = o.withDefaults()
	var n int64
	switch i.Action {
	case ActionStream:
		n = parts(i.Source.SizeBytes, o.TransferPartSizeBytes)
	case ActionUpload:
		n = parts(i.Source.SizeBytes, o.UploadPartSizeBytes)
	}
	if i.MD5Source == MD5Read {
		n += parts(i.Source.SizeBytes, o.TransferPartSizeBytes)
	}
	return n
}
