package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestSessionPolicy(t *testing.T) {
	tests := []struct {
		name    string
		needs   []Need
		options PolicyOptions
		want    []string // statements
	}{
		{"read and list", []Need{{Bucket: "b", Prefix: "in/", Read: true, List: true}}, PolicyOptions{}, []string{
			`{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectTagging"],"Resource":["arn:aws:s3:::b/in/*"]}`,
			`{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::b"],` +
				`"Condition":{"StringLike":{"s3:prefix":["in/*"]}}}`,
		}},
		{"whole bucket", []Need{{Bucket: "b", List: true}, {Bucket: "b", Prefix: "in/", List: true}},
			PolicyOptions{}, []string{
				`{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::b"]}`,
			}},
		{"write", []Need{{Bucket: "b", Prefix: "out/", Write: true}}, PolicyOptions{Partition: "aws-cn"}, []string{
			`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:PutObjectTagging",` +
				`"s3:AbortMultipartUpload","s3:ListMultipartUploadParts"],"Resource":["arn:aws-cn:s3:::b/out/*"]}`,
		}},
		{"write and read, delete", []Need{{Bucket: "b", Read: true, Write: true, Delete: true}},
			PolicyOptions{}, []string{
				`{"Effect":"Allow","Action":["s3:GetObjectTagging","s3:GetObject","s3:PutObject","s3:PutObjectTagging",` +
					`"s3:AbortMultipartUpload","s3:ListMultipartUploadParts"],"Resource":["arn:aws:s3:::b/*"]}`,
				`{"Effect":"Allow","Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::b/*"]}`,
			}},
		{"KMS", []Need{{Bucket: "b", Read: true}, {Bucket: "c", Write: true}}, PolicyOptions{KMS: true}, []string{
			`{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectTagging"],"Resource":["arn:aws:s3:::b/*"]}`,
			`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:PutObjectTagging",` +
				`"s3:AbortMultipartUpload","s3:ListMultipartUploadParts"],"Resource":["arn:aws:s3:::c/*"]}`,
			`{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":["*"],` +
				`"Condition":{"StringLike":{"kms:ViaService":["s3.*"]}}}`,
		}},
		{"characters with a meaning", []Need{{Bucket: "b", Prefix: `a*?$"<`, Read: true}}, PolicyOptions{}, []string{
			`{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectTagging"],` +
				`"Resource":["arn:aws:s3:::b/a${*}${?}${$}\"<*"]}`,
		}},
		{"two buckets", []Need{{Bucket: "c", List: true}, {Bucket: "b", Prefix: "y", List: true},
			{Bucket: "b", Prefix: "x", List: true}}, PolicyOptions{}, []string{
			`{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::b"],` +
				`"Condition":{"StringLike":{"s3:prefix":["x*","y*"]}}}`,
			`{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::c"]}`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SessionPolicy(tt.needs, tt.options)
			want := `{"Version":"2012-10-17","Statement":[` + strings.Join(tt.want, ",") + `]}`
			if err != nil || got != want {
				t.Errorf("got  %s, %v\nwant %s", got, err, want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("it is no JSON")
			}
		})
	}
}

func TestSessionPolicyFits(t *testing.T) {
	var many, buckets []Need
	for i := range 200 {
		many = append(many, Need{Bucket: "b", Prefix: fmt.Sprintf("study/réunion-%d/", i), Read: true, List: true})
		buckets = append(buckets, Need{Bucket: fmt.Sprintf("bucket-%d", i), Read: true})
	}
	got, err := SessionPolicy(many, PolicyOptions{KMS: true})
	if err != nil || len(got) > maxPolicyBytes || !strings.Contains(got, `"arn:aws:s3:::b/study/réunion-*"`) {
		t.Errorf("got %d characters, %v: %s", len(got), err, got)
	}
	if got, err := SessionPolicy(buckets, PolicyOptions{}); !errors.Is(err, errPolicyTooLong) || got != "" {
		t.Errorf("too many buckets: got %v", err)
	}
	if _, err := SessionPolicy(nil, PolicyOptions{}); err == nil {
		t.Error("a policy for nothing")
	}
	for i, j := 0, len(many)-1; i < j; i, j = i+1, j-1 {
		many[i], many[j] = many[j], many[i]
	}
	if again, err := SessionPolicy(many, PolicyOptions{KMS: true}); err != nil || again != got {
		t.Errorf("another order: got %s, %v", again, err)
	}
}

func TestMergedKeepsWhatIsNeeded(t *testing.T) {
	got := merged([]Need{
		{Bucket: "b", Prefix: "x/y", Read: true, List: true}, {Bucket: "b", Prefix: "x", Read: true},
		{Bucket: "b", Prefix: "x", Write: true}, {Bucket: "b", Prefix: "x/z", Read: true}, {Bucket: "a",
			Prefix: "x/z", Read: true},
	})
	want := []Need{
		{Bucket: "a", Prefix: "x/z", Read: true}, {Bucket: "b", Prefix: "x", Read: true, Write: true},
		{Bucket: "b", Prefix: "x/y", Read: true, List: true},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestShortestLife(t *testing.T) {
	tests := []struct{ timeout, want time.Duration }{
		{0, 15 * time.Minute}, {time.Minute, 15 * time.Minute}, {4 * time.Minute, 20 * time.Minute},
		{time.Hour, 25 * time.Minute}, // a renewal begins five minutes before the end at most
	}
	for _, tt := range tests {
		t.Run(tt.timeout.String(), func(t *testing.T) {
			if got := shortestLife(Options{Timeout: tt.timeout}); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
