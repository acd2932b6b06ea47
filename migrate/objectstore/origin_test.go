package objectstore

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/planner"
)

// TestOriginIsRecorded streams objects of which no digest is known, and looks
// at what the copies say of their source; user metadata stays what it was.
func TestOriginIsRecorded(t *testing.T) {
	for name, size := range map[string]int{"whole": 10, "in parts": 2 * minPartBytes} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, streamOptions)
			o := f.put(t, sourceBucket, "a b", noise(size), func(in *s3.PutObjectInput) {
				in.Metadata = map[string]string{"colour": "blue", planner.OriginKey: "s3://forged/k?etag=e"}
				in.ContentType = aws.String("text/x-odd")
			})
			o.ETag = "a random one"
			f.from.before = func(r *http.Request) (*http.Response, error) { r.Header.Del("If-Match"); return nil, nil }
			f.from.after = func(_ *http.Request, resp *http.Response) (*http.Response, error) {
				resp.Header.Set("ETag", `"a random one"`)
				return resp, nil
			}
			req := request(o, "k")
			req.RecordOrigin = true
			if _, err := f.mover.Stream(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			d, err := f.dest.Head(t.Context(), destBucket, "k")
			if err != nil || d.UserMetadata["colour"] != "blue" || d.ContentType != "text/x-odd" {
				t.Fatalf("got %+v, %v", d, err)
			}
			source := planner.Content{Detail: unproven(o)}
			there := planner.Content{Detail: planner.Detail{
				Object: planner.Object{SizeBytes: o.SizeBytes}, PartsCount: -1, UserMetadata: d.UserMetadata,
			}}
			if c := planner.Compare(source, there, false); c.By != planner.ByOrigin {
				t.Errorf("got %v by %q", c, d.UserMetadata[planner.OriginKey])
			}
		})
	}
}

// TestCopiesKeepOrigin copies server-side, which leaves metadata to S3 unless
// all of it is given anew.
func TestCopiesKeepOrigin(t *testing.T) {
	parts := func(o *Options) { o.CopyLimitBytes, o.PartSizeBytes = minPartBytes, minPartBytes }
	tests := []struct {
		name   string
		size   int
		edit   func(*Options)
		forged bool // the source says that it was written from elsewhere
		asked  bool
		wrote  bool // the copy has a record of its source
	}{
		{"no digest", 10, nil, false, true, true},
		{"no digest, in parts", 2 * minPartBytes, parts, false, true, true},
		{"not asked for", 10, nil, false, false, false},
		{"a digest", 10, func(o *Options) { o.ETags = ETagsMD5 }, false, true, false},
		{"a digest, and a record of its own", 10, func(o *Options) { o.ETags = ETagsMD5 }, true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, tt.edit)
			o := f.put(t, sourceBucket, "a b", noise(tt.size), func(in *s3.PutObjectInput) {
				in.Metadata = map[string]string{"colour": "blue"}
				if tt.forged {
					in.Metadata[planner.OriginKey] = "s3://forged/k?etag=e"
				}
				in.ContentType, in.CacheControl = aws.String("text/x-odd"), aws.String("no-store")
			})
			req := request(o, "k")
			req.RecordOrigin = tt.asked
			if _, err := f.mover.Copy(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			out, err := f.dest.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(destBucket), Key: aws.String("k")})
			if err != nil || out.Metadata["colour"] != "blue" || aws.ToString(out.ContentType) != "text/x-odd" ||
				aws.ToString(out.CacheControl) != "no-store" {
				t.Errorf("the copy has lost something: %+v, %v", out, err)
			}
			there := planner.Content{Detail: planner.Detail{Object: planner.Object{SizeBytes: o.SizeBytes}, UserMetadata: out.Metadata}}
			c := planner.Compare(planner.Content{Detail: unproven(o)}, there, false)
			if wrote := c.By == planner.ByOrigin; wrote != tt.wrote {
				t.Errorf("recorded: %t by %q, want %t", wrote, out.Metadata[planner.OriginKey], tt.wrote)
			}
		})
	}
}
