package planner

import (
	"fmt"
	"strings"
)

// Source is where objects come from: a bucket, a project, a directory or a
// list of URLs. The fields of the other kinds are empty. A new kind has a field
// here, and its name in IsS3 and Where; what reads it lists it (Lister, Examiner)
// and is an objectstore.Source.
type Source struct {
	// Project is set for a project or a folder of one.
	Project *ProjectSource `json:"project,omitempty"`
	// Directory is set for a directory of this machine.
	Directory *DirectorySource `json:"directory,omitempty"`
	// URLs is set for a list of URLs.
	URLs   *URLSource `json:"urls,omitempty"`
	Bucket string     `json:"bucket"`
	// Prefix is as the user gave it, without a leading slash. Relative
	// paths begin after its last slash.
	Prefix   string `json:"prefix,omitempty"`
	Region   string `json:"region,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Credentials names how the bucket is reached; never a secret.
	Credentials string `json:"credentials"`
}

// IsS3 reports whether the source is a bucket.
func (s Source) IsS3() bool { return s.Project == nil && s.Directory == nil && s.URLs == nil }

// Where names the source in errors.
func (s Source) Where() string {
	switch {
	case s.Directory != nil:
		return fmt.Sprintf("directory %q", s.Directory.Path)
	case s.URLs != nil:
		return fmt.Sprintf("URLs of %q", s.URLs.Path)
	}
	return fmt.Sprintf("s3://%s/%s", s.Bucket, s.Prefix)
}

// LeftOutPath is where an item of the source that is skipped or blocked would
// have gone, from the destination folder, names joined with slashes and as
// they are in the source. Such an item has no folder in the plan.
func (s Source) LeftOutPath(i Item) string {
	if i.Origin != nil {
		return i.Origin.Path
	}
	return RelativeKey(i.Source.Key, s.Prefix)
}

// IsURL reports whether a text is a URL rather than a path or a name.
func IsURL(text string) bool { return strings.Contains(text, "://") }

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
	// listing.URLList.Digest.
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

// Where names an object of the source in errors.
func (o Object) Where() string {
	switch {
	case o.Bucket == "":
		return fmt.Sprintf("%q", o.Key)
	case IsURL(o.Bucket):
		return fmt.Sprintf("%q (%s)", o.Key, o.Bucket)
	}
	return fmt.Sprintf("s3://%s/%q", o.Bucket, o.Key)
}

// RelativeKey is the key after the last slash of the prefix.
func RelativeKey(key, prefix string) string {
	n := strings.LastIndexByte(prefix, '/') + 1
	if len(key) < n || key[:n] != prefix[:n] {
		return key
	}
	return key[n:]
}
