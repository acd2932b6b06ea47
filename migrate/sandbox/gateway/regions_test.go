package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/sandbox/identity"
)

// in is a principal's client that signs for a region.
func in(region string, p identity.Principal) *s3.Client {
	options := client(p).Options()
	options.Region = region
	return s3.New(options)
}

const elsewhere, far = "elsewhere", "eu-west-1"

// makeElsewhere makes the bucket in the other region once.
func makeElsewhere(t *testing.T) {
	t.Helper()
	_, err := in(far, root).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String(elsewhere),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(far),
		},
	})
	var exists *types.BucketAlreadyOwnedByYou
	if err != nil && !errors.As(err, &exists) {
		t.Fatal(err)
	}
}

func TestAnotherRegion(t *testing.T) {
	makeElsewhere(t)
	there, here := in(far, owner), client(owner)
	put(t, there, elsewhere, "dir/a", "text")
	if got, err := get(t, there, elsewhere, "dir/a"); got != "text" || err != nil {
		t.Errorf("read %q, %v; want text", got, err)
	}
	if _, err := get(t, here, elsewhere, "dir/a"); code(err) != "400 AuthorizationHeaderMalformed" {
		t.Errorf("reading with the home region's signature: %s", code(err))
	}
	if _, err := get(t, there, "source", "dir/a"); code(err) != "400 AuthorizationHeaderMalformed" {
		t.Errorf("reading at home with the other region's signature: %s", code(err))
	}
	if _, err := get(t, in(far, foreign), elsewhere, "dir/a"); code(err) != "403 AccessDenied" {
		t.Errorf("reading without a right: %s", code(err))
	}
	page, err := there.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(elsewhere)})
	if err != nil || len(page.Contents) != 1 {
		t.Errorf("listing: %v, %v; want one key", page, err)
	}
}

// TestCopiesBetweenRegions: S3 itself copies from one region to another.
func TestCopiesBetweenRegions(t *testing.T) {
	makeElsewhere(t)
	put(t, in(far, owner), elsewhere, "copied", "across")
	_, err := client(owner).CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("destination"), Key: aws.String("from-far"),
		CopySource: aws.String(elsewhere + "/copied"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := get(t, client(owner), "destination", "from-far"); got != "across" || err != nil {
		t.Errorf("copied %q, %v; want across", got, err)
	}
}

func TestHeadBucketNamesTheRegion(t *testing.T) {
	makeElsewhere(t)
	tests := []struct {
		name, bucket, want string
		client             *s3.Client
		status             int
	}{
		{"at home", "source", "us-east-1", client(owner), 200},
		{"elsewhere", elsewhere, far, in(far, owner), 200},
		{"signed for the wrong region", elsewhere, far, client(owner), 400},
		{"at home, signed for another region", "source", "us-east-1", in(far, owner), 400},
		{"without a right", elsewhere, far, in(far, foreign), 403},
		{"missing", "nowhere", "", client(owner), 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := tt.client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &tt.bucket})
			status, region := 200, ""
			var refusal *awshttp.ResponseError
			switch {
			case errors.As(err, &refusal):
				status = refusal.HTTPStatusCode()
				region = refusal.Response.Header.Get("X-Amz-Bucket-Region")
			case err != nil:
				t.Fatal(err)
			default:
				region = aws.ToString(out.BucketRegion)
			}
			if status != tt.status || region != tt.want {
				t.Errorf("status %d and region %q, want %d and %q", status, region, tt.status, tt.want)
			}
		})
	}
}

func TestPresignedElsewhere(t *testing.T) {
	makeElsewhere(t)
	put(t, in(far, owner), elsewhere, "signed", "by URL")
	signed, err := s3.NewPresignClient(in(far, owner)).PresignGetObject(t.Context(),
		&s3.GetObjectInput{Bucket: aws.String(elsewhere), Key: aws.String("signed")},
		s3.WithPresignExpires(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Get(signed.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body strings.Builder
	if _, err := io.Copy(&body, response.Body); err != nil || body.String() != "by URL" {
		t.Errorf("read %q, %v", &body, err)
	}
}

func TestCountsElsewhere(t *testing.T) {
	makeElsewhere(t)
	server.ResetCounts()
	put(t, in(far, owner), elsewhere, "counted", "12345")
	if got := server.Counts().Principals["owner"]; got.Requests["put"] != 1 || got.BytesIn != 5 {
		t.Errorf("counts %+v, want one put of 5 bytes", got)
	}
}

// TestRegionsAtOnce: requests for both regions don't get in each other's way.
func TestRegionsAtOnce(t *testing.T) {
	makeElsewhere(t)
	var group sync.WaitGroup
	for i := range 16 {
		bucket, c := "source", client(owner)
		if i%2 == 0 {
			bucket, c = elsewhere, in(far, owner)
		}
		group.Go(func() {
			key := fmt.Sprint("at-once-", i)
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: &bucket, Key: &key, Body: strings.NewReader(key),
			})
			if err != nil {
				t.Errorf("putting %s into %s: %v", key, bucket, err)
			}
			if got, err := get(t, c, bucket, key); got != key || err != nil {
				t.Errorf("%s of %s: %q, %v", key, bucket, got, err)
			}
		})
	}
	group.Wait()
}
