package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/compare"
)

const mebibyte int64 = 1 << 20

// cutStream is an object that is streamed in parts, of which four are under
// way at once.
type cutStream struct{ sizeBytes, partBytes int64 }

// partsAtOnce is --part-concurrency unless it is given.
const partsAtOnce = 4

// killedAt90 streams an object, kills the process with SIGKILL once the
// source has sent nine tenths of it, and lets it end: no more is read again
// than what was under way, the MD5 is right, and so are the bytes.
func (c cutStream) killedAt90(s *site, more ...string) {
	t := s.t
	t.Helper()
	source, endpoint := newMadeUp(t, c.sizeBytes, c.sizeBytes/10*9)
	s.write("migrate.yaml", madeUpConfiguration(endpoint))
	args := append([]string{"bucket", "s3://" + madeUpBucket + "/raw/", "--to", s.External.ID,
		"--yes", "--no-progress", fast}, more...)

	cmd := s.command(args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-source.reached:
	case err := <-ended:
		t.Fatalf("the run ended before it was killed: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	first := source.bytes()
	close(source.resumed)

	began := time.Now()
	s.want(exitDone, args...)
	took := time.Since(began)
	again, window := source.bytes()-c.sizeBytes, partsAtOnce*c.partBytes
	if again < 0 || again > window {
		t.Errorf("%d bytes were read again, want at most %d, %d parts", again, window, partsAtOnce)
	}
	sum := source.md5(t)
	s.holds(s.External.ID, map[string]compare.Want{"large.bin": {MD5: sum, SizeBytes: c.sizeBytes}})
	if got := s.readBack(s.External.BaseKey + "/large.bin"); got != sum {
		t.Errorf("the object's MD5 is %s, want %s", got, sum)
	}
	t.Logf("%d MiB in parts of %d MiB: killed after %d MiB were read; resumed and ended in %v; "+
		"%d bytes (%.1f MiB, %.2f %%) were read again, one window is %d MiB; MD5 %s",
		c.sizeBytes/mebibyte, c.partBytes/mebibyte, first/mebibyte, took.Round(time.Millisecond),
		again, float64(again)/float64(mebibyte), 100*float64(again)/float64(c.sizeBytes), window/mebibyte, sum)
}

// readBack is the MD5 of an object in the destination's bucket.
func (s *site) readBack(key string) string {
	s.t.Helper()
	got, err := s.S3(s.Root).GetObject(context.Background(), &s3.GetObjectInput{Bucket: &s.Destination, Key: &key})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	sum := md5.New()
	if _, err := io.Copy(sum, got.Body); err != nil {
		s.t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// make test-large does the same with 10 GiB.
func TestStreamKilledAt90GoesOn(t *testing.T) {
	c := cutStream{sizeBytes: 120*mebibyte + 12345, partBytes: 5 * mebibyte}
	c.killedAt90(newSite(t, "--throttle=false"), "--part-size=5MiB")
}
