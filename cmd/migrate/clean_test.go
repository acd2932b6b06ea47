package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// begin begins a multipart upload with one part, and returns its ID.
func (s *site) begin(bucket, key string) string {
	s.t.Helper()
	client := s.S3(s.Root)
	made, err := client.CreateMultipartUpload(s.t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err == nil {
		_, err = client.UploadPart(s.t.Context(), &s3.UploadPartInput{
			Bucket: &bucket, Key: &key, UploadId: made.UploadId, PartNumber: aws.Int32(1),
			Body: strings.NewReader(strings.Repeat("x", 2048)),
		})
	}
	if err != nil {
		s.t.Fatalf("beginning an upload of %q: %v", key, err)
	}
	return *made.UploadId
}

// uploads are the keys of the multipart uploads of a bucket.
func (s *site) uploads(bucket string) map[string]bool {
	s.t.Helper()
	out, err := s.S3(s.Root).ListMultipartUploads(s.t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		s.t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, u := range out.Uploads {
		keys[*u.Key] = true
	}
	return keys
}

// saveUpload has a run file remember an upload of its first item.
func (s *site) saveUpload(name string, uploadID string) *checkpoint.File {
	s.t.Helper()
	return s.save(name, transfer.Upload{UploadID: uploadID, PartSizeBytes: 5 << 20})
}

// save has a run file remember a transfer of its first item.
func (s *site) save(name string, u transfer.Upload) *checkpoint.File {
	s.t.Helper()
	ctx := context.Background()
	file, err := checkpoint.Open(ctx, s.path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = file.Close() })
	for item, err := range file.Items(ctx, planner.Filter{Limit: 1}) {
		if err == nil {
			err = file.SaveUpload(ctx, item.ID, u)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return file
}

func TestCleanAbortsWhatWasLeftBehindAndNothingElse(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	s.fill(s.Source, map[string]string{"raw/a.txt": "a", "raw/b.txt": "b"})
	s.fill(s.Destination, map[string]string{s.External.BaseKey + "/there.txt": "there"})
	source := "s3://" + s.Source + "/raw/"
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--dry-run")
	base := s.External.BaseKey
	mine, older := base+"/a.txt", base+"/of an earlier run.bin"
	beside, other := base+"-2/not below.bin", base+"/b.txt"
	own := s.begin(s.Destination, mine)
	for _, key := range []string{older, beside} {
		s.begin(s.Destination, key)
	}
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--run", "other.migrate", "--dry-run")
	locked := s.saveUpload("other.migrate", s.begin(s.Destination, other))
	run := runFileFor(s.External.ID)
	held := s.saveUpload(run, own)
	before := s.objects()

	o := s.want(exitFailed, "clean", "--run", run, "--yes", "--older-than", "0s")
	if !strings.Contains(o.stderr, "in use") || len(s.uploads(s.Destination)) != 4 {
		t.Errorf("a run file in use was cleaned:\n%s", o.stderr)
	}
	_ = held.Close()

	o = s.want(exitDone, "clean", "--run", run, "--older-than", "0s", "--dry-run")
	if !strings.Contains(o.stdout, "item 1 of this run") || !strings.Contains(o.stdout, "2 multipart uploads") ||
		!strings.Contains(o.stdout, "4.0 KiB") {
		t.Errorf("got\n%s\nwant this run's upload and the earlier one with their sizes", o.stdout)
	}
	s.want(exitUsage, "clean", "--run", run, "--older-than", "0s")
	if n := len(s.uploads(s.Destination)); n != 4 {
		t.Errorf("%d uploads after a dry run and a question that nobody answered, want 4", n)
	}

	o = s.want(exitDone, "clean", "--run", run, "--yes")
	if left := s.uploads(s.Destination); left[mine] || !left[older] {
		t.Errorf("left are %v, want all but this run's own: the others are young\n%s", left, o.stdout)
	}
	s.want(exitDone, "clean", "--run", run, "--yes", "--older-than", "0s")
	left := s.uploads(s.Destination)
	if left[older] || !left[beside] || !left[other] || len(left) != 2 {
		t.Errorf("left are %v, want %q, which is not below the base key, and %q, which another run file has",
			left, beside, other)
	}
	s.cleanUnanswered(run, mine, older)
	after := s.objects()
	for key := range before {
		if after[key] != before[key] {
			t.Errorf("the object %q changed", key)
		}
	}
	_ = locked.Close()
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--yes", fast)
	s.holds(s.External.ID, wanted(map[string]string{"raw/a.txt": "a", "raw/b.txt": "b"}, "raw/"))
}

// cleanUnanswered has two young uploads begin, the first after this run asked for one of its key and got no answer.
// Only that one is named as the run's, and it goes only where that is asked for.
func (s *site) cleanUnanswered(run, mine, stranger string) {
	s.t.Helper()
	file := s.save(run, transfer.Upload{Asked: time.Now()})
	_ = file.Close()
	s.begin(s.Destination, mine)
	s.begin(s.Destination, stranger)
	o := s.want(exitDone, "clean", "--run", run, "--yes")
	if left := s.uploads(s.Destination); !left[mine] || !strings.Contains(o.stderr, "--unanswered") {
		s.t.Errorf("left are %v, want %q among them, and to be told how it goes\n%s", left, mine, o.stderr)
	}
	o = s.want(exitDone, "clean", "--run", run, "--yes", "--unanswered")
	if left := s.uploads(s.Destination); left[mine] || !left[stranger] ||
		!strings.Contains(o.stdout, "probably item 1 of this run") {
		s.t.Errorf("left are %v, want %q alone gone\n%s", left, mine, o.stdout)
	}
}

func TestCleanSaysWhatItCannotSee(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, map[string]string{"raw/a.txt": "a"})
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--dry-run")
	s.begin(s.Destination, s.External.BaseKey+"/hidden.bin")
	held := s.saveUpload(runFileFor(s.External.ID), s.begin(s.Destination, s.External.BaseKey+"/a.txt"))
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	// The keys of the foreign bucket's owner reach this one as little as the
	// folder's do.
	o := s.with(s.ForeignKeys).want(exitDone, "clean", "--yes", "--older-than", "0s")
	if !strings.Contains(o.stderr, "can't be seen") || !strings.Contains(o.stderr, "--profile") {
		t.Errorf("nobody says what can't be seen:\n%s", o.stderr)
	}
	if left := s.uploads(s.Destination); len(left) != 1 || !left[s.External.BaseKey+"/hidden.bin"] {
		t.Errorf("left are %v, want the one that can't be seen\n%s", left, o.stdout)
	}
}
