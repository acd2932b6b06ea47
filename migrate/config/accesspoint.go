package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// AccessPoint is what the ARN of an access point says, which stands where a
// bucket's name does.
type AccessPoint struct {
	// ARN is as S3 wants it, with slashes.
	ARN string
	// Partition is aws, aws-cn, aws-us-gov or another one.
	Partition string
	// Region is empty for one of several regions.
	Region string
}

// MultiRegion reports whether it stands for buckets in several regions.
func (a AccessPoint) MultiRegion() bool { return a.Region == "" }

// The forms of ARNs of access points, as the AWS CLI takes them (source:
// aws-cli, awscli/customizations/s3/utils.py, and S3 user guide, referencing
// access points, read November 2026). What follows is the key.
var (
	accessPointARN = regexp.MustCompile(
		`^arn:(aws[a-z-]*):s3:([a-z0-9-]*):[0-9]{12}:accesspoint[:/][A-Za-z0-9._-]{1,255}`)
	outpostARN = regexp.MustCompile(
		`^arn:(aws[a-z-]*):s3-outposts:([a-z0-9-]+):[0-9]{12}:outpost[:/][A-Za-z0-9-]{1,63}[:/]accesspoint[:/][A-Za-z0-9-]{1,63}`)
	lambdaARN = regexp.MustCompile(`^arn:aws[a-z-]*:s3-object-lambda:`)
	plainARN  = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::([^/]+)(/.*)?$`)
)

// errBucket means that a text names no bucket that can be worked with.
var errBucket = errors.New("no bucket")

// SplitBucket splits what follows s3:// into a bucket, or the ARN of an access
// point, and a key or prefix. The error says why it can't be used.
func SplitBucket(text string) (bucket, key string, err error) {
	if !strings.HasPrefix(text, "arn:") {
		bucket, key, _ = strings.Cut(text, "/")
		if bucket == "" {
			return "", "", fmt.Errorf("%w: want BUCKET or BUCKET/PREFIX", errBucket)
		}
		return bucket, key, nil
	}
	if named := plainARN.FindStringSubmatch(text); named != nil {
		return "", "", fmt.Errorf("%w: name it without its ARN: s3://%s%s", errBucket, named[1], named[2])
	}
	if lambdaARN.MatchString(text) {
		return "", "", fmt.Errorf("%w: an Object Lambda access point gives other bytes than those that are stored, "+
			"which nothing could be compared with; name the access point behind it", errBucket)
	}
	for _, form := range []*regexp.Regexp{accessPointARN, outpostARN} {
		arn := form.FindString(text)
		rest := strings.TrimPrefix(text, arn)
		if arn != "" && (rest == "" || rest[0] == '/') {
			return slashed(arn), strings.TrimPrefix(rest, "/"), nil
		}
	}
	return "", "", fmt.Errorf("%w: want the ARN of an access point, as "+
		"arn:aws:s3:us-west-2:123456789012:accesspoint/NAME", errBucket)
}

// slashed is an ARN with slashes in the name of its resource.
func slashed(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	return strings.Join(parts[:5], ":") + ":" + strings.ReplaceAll(parts[5], ":", "/")
}

// AccessPointOf is the access point that a bucket's name is the ARN of; false
// for plain names, aliases of access points included, which work as names do.
func AccessPointOf(bucket string) (AccessPoint, bool) {
	for _, form := range []*regexp.Regexp{accessPointARN, outpostARN} {
		if m := form.FindStringSubmatch(bucket); m != nil && m[0] == bucket {
			return AccessPoint{ARN: slashed(bucket), Partition: m[1], Region: m[2]}, true
		}
	}
	return AccessPoint{}, false
}

// IsARN reports whether a bucket's name is the ARN of an access point.
func IsARN(bucket string) bool {
	_, is := AccessPointOf(bucket)
	return is
}

// aliasEnds are how the aliases of access points end (S3 user guide, access
// point aliases, read November 2026).
var aliasEnds = []string{"-s3alias", "--op-s3", "--ol-s3"}

// IsAccessPoint reports whether a bucket's name is that of an access point,
// as its ARN or its alias.
func IsAccessPoint(bucket string) bool {
	for _, end := range aliasEnds {
		if strings.HasSuffix(bucket, end) {
			return true
		}
	}
	return strings.HasPrefix(bucket, "arn:")
}
