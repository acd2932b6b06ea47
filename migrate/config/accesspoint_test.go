package config

import (
	"errors"
	"strings"
	"testing"
)

func TestSplitBucket(t *testing.T) {
	const (
		point   = "arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap"
		outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01/accesspoint/my-ap"
	)
	tests := []struct{ text, bucket, key, region, refused string }{
		{"lab", "lab", "", "", ""},
		{"lab/", "lab", "", "", ""},
		{"lab/run7/a", "lab", "run7/a", "", ""},
		{"lab//a", "lab", "/a", "", ""},
		{"my-ap-abc123-s3alias/pre", "my-ap-abc123-s3alias", "pre", "", ""},
		{point, point, "", "us-west-2", ""},
		{point + "/", point, "", "us-west-2", ""},
		{point + "/pre/a:b", point, "pre/a:b", "us-west-2", ""},
		{strings.Replace(point, "t/my", "t:my", 1) + "/pre/", point, "pre/", "us-west-2", ""},
		{strings.Replace(point, "aws", "aws-cn", 1) + "/pre", strings.Replace(point, "aws", "aws-cn", 1), "pre", "us-west-2", ""},
		{"arn:aws-us-gov:s3:us-gov-west-1:123456789012:accesspoint/a/b",
			"arn:aws-us-gov:s3:us-gov-west-1:123456789012:accesspoint/a", "b", "us-gov-west-1", ""},
		{"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap/pre/",
			"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "pre/", "", ""},
		{outpost + "/pre", outpost, "pre", "us-west-2", ""},
		{"arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-01:accesspoint:my-ap/pre", outpost, "pre", "us-west-2", ""},
		{"", "", "", "", "want BUCKET"},
		{"/a", "", "", "", "want BUCKET"},
		{"arn:aws:s3:::lab/run7/", "", "", "", "without its ARN: s3://lab/run7/"},
		{"arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/x/y", "", "", "", "Object Lambda"},
		{"arn:aws:s3:us-west-2:123456789012:accesspoint", "", "", "", "want the ARN of an access point"},
		{"arn:aws:s3:us-west-2:12345:accesspoint/x", "", "", "", "want the ARN of an access point"},
		{"arn:aws:s3:us-west-2:123456789012:accesspoint/x y/z", "", "", "", "want the ARN of an access point"},
		{"arn:aws:iam::123456789012:role/x", "", "", "", "want the ARN of an access point"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			bucket, key, err := SplitBucket(tt.text)
			if tt.refused != "" {
				if !errors.Is(err, errBucket) || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("got %v, want %q", err, tt.refused)
				}
				return
			}
			a, is := AccessPointOf(bucket)
			if err != nil || bucket != tt.bucket || key != tt.key || a.Region != tt.region || is != strings.HasPrefix(tt.text, "arn:") {
				t.Errorf("got %q, %q in %q (%t), %v", bucket, key, a.Region, is, err)
			}
			if is && (a.MultiRegion() != (tt.region == "") || a.ARN != bucket || IsAccessPoint("lab") || !IsAccessPoint(bucket)) {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func FuzzSplitBucket(f *testing.F) {
	f.Add("arn:aws:s3:us-west-2:123456789012:accesspoint:a/b")
	f.Fuzz(func(t *testing.T, text string) {
		bucket, key, err := SplitBucket(text)
		if err == nil && (bucket == "" || len(bucket)+len(key) > len(text)) {
			t.Errorf("%q: got %q, %q", text, bucket, key)
		}
		if again, _, err2 := SplitBucket(bucket + "/" + key); err == nil && (err2 != nil || again != bucket) {
			t.Errorf("%q: got %q, then %q, %v", text, bucket, again, err2)
		}
	})
}

func TestAccessPointsHaveRules(t *testing.T) {
	const arn = "arn:aws:s3:us-west-2:123456789012:accesspoint/my-ap"
	c, err := Parse("migrate.yaml", []byte("buckets:\n- {bucket: 'arn:aws:s3:us-west-2:123456789012:accesspoint:my-ap', region: r-1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r, found := c.For(arn); !found || r.Region != "r-1" {
		t.Errorf("got %+v, %t", r, found)
	}
	for text, want := range map[string]string{
		"arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/x": "Object Lambda",
		arn + "/pre": "without a key",
	} {
		if _, err := Parse("migrate.yaml", []byte("buckets:\n- {bucket: '"+text+"', region: r-1}\n")); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
