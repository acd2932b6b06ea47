package identity

import "encoding/json"

type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect           string
	Action, Resource []string
}

// BucketPolicy is the policy document that allows everything in some
// buckets and nothing elsewhere.
func BucketPolicy(buckets ...string) string { return allow(buckets, "s3:*") }

// ReadPolicy is the policy document that allows reading and listing some
// buckets.
func ReadPolicy(buckets ...string) string {
	return allow(buckets, "s3:GetObject", "s3:GetObjectTagging", "s3:ListBucket")
}

func allow(buckets []string, actions ...string) string {
	s := statement{Effect: "Allow", Action: actions}
	for _, b := range buckets {
		s.Resource = append(s.Resource, "arn:aws:s3:::"+b, "arn:aws:s3:::"+b+"/*")
	}
	b, _ := json.Marshal(document{Version: "2012-10-17", Statement: []statement{s}})
	return string(b)
}
