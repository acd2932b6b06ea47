package objectstore

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/planner"
)

// TestOriginIsRecorded streams an object in parts, and looks at what the copy
// says of its source; user metadata stays what it was.
func TestOriginIsRecorded(t *testing.T) {
	f := newFixture(t, streamOptions)
	o := f.put(t, sourceBucket, "a b", noise(2*minPartBytes), func(in *s3.PutObjectInput) {
		in.Metadata = map[string]string{"colour": "blue", planner.OriginKey: "s3://forged/k?etag=e"}
		in.ContentType = aws.String("text/x-odd")
	})
	req := request(o, "k")
	req.RecordOrigin = true
	if _, err := f.mover.Stream(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	d, err := f.mover.destination.Head(t.Context(), destBucket, "k")
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
}
