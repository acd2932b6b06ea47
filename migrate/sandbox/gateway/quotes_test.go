package gateway_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// tap keeps the last answer as it came.
type tap struct{ body []byte }

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	p.body, err = io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(p.body))
	return res, err
}

// TestQuotesInXML: quotation marks are written as S3 writes them in every
// answer, and objects stay as they are, XML or not.
func TestQuotesInXML(t *testing.T) {
	const object = "<a>&#34;</a>"
	put(t, client(owner), "source", `quotes/"x"`, "x")
	makeElsewhere(t)
	put(t, in(far, owner), elsewhere, "quotes/x", "x")
	defer func() {
		_, err := in(far, owner).DeleteObject(t.Context(), &s3.DeleteObjectInput{
			Bucket: aws.String(elsewhere), Key: aws.String("quotes/x"),
		})
		if err != nil {
			t.Error(err)
		}
	}()
	seen := &tap{}
	c := s3.NewFromConfig(aws.Config{}, func(o *s3.Options) {
		*o = client(owner).Options()
		o.HTTPClient = &http.Client{Transport: seen}
	})
	upload, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
		Bucket: aws.String("source"), Key: aws.String(`quotes/"u"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		ask        func() error
	}{
		{"upload", "<Key>quotes/&quot;u&quot;</Key>", func() error { return nil }},
		{"part copy", "<ETag>&quot;", func() error {
			_, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
				Bucket: aws.String("source"), Key: upload.Key, UploadId: upload.UploadId,
				PartNumber: aws.Int32(1), CopySource: aws.String("source/quotes/%22x%22"),
			})
			return err
		}},
		{"listing", "<Key>quotes/&quot;x&quot;</Key>", func() error {
			_, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
				Bucket: aws.String("source"), Prefix: aws.String(`quotes/"`),
			})
			return err
		}},
		{"listing in another region", "<ETag>&quot;", func() error {
			_, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
				Bucket: aws.String(elsewhere), Prefix: aws.String("quotes/"),
			}, func(o *s3.Options) { o.Region = far })
			return err
		}},
		{"copy", "<ETag>&quot;", func() error {
			_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
				Bucket: aws.String("source"), Key: aws.String("quotes/copy"),
				CopySource: aws.String("source/quotes/%22x%22"),
			})
			return err
		}},
		{"completion", "<ETag>&quot;", func() error {
			parts, err := c.ListParts(t.Context(), &s3.ListPartsInput{
				Bucket: aws.String("source"), Key: upload.Key, UploadId: upload.UploadId,
			})
			if err != nil {
				return err
			}
			_, err = c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
				Bucket: aws.String("source"), Key: upload.Key, UploadId: upload.UploadId,
				MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
					{PartNumber: aws.Int32(1), ETag: parts.Parts[0].ETag},
				}},
			})
			return err
		}},
		{"object", object, func() error {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("source"), Key: aws.String("quotes/object"),
				Body: strings.NewReader(object), ContentType: aws.String("application/xml"),
			})
			if err != nil {
				return err
			}
			_, err = get(t, c, "source", "quotes/object")
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.ask(); err != nil {
				t.Fatal(err)
			}
			got := string(seen.body)
			if !strings.Contains(got, tt.want) || got != object && strings.Contains(got, "&#34;") {
				t.Errorf("got %s, want %s in it", got, tt.want)
			}
		})
	}
}
