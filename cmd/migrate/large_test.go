//go:build minio && large

package main

import "testing"

// TestLargeStreamKilledAt90GoesOn is TestStreamKilledAt90GoesOn with an object
// of the size that matters, parts as they are by default, and MinIO.
func TestLargeStreamKilledAt90GoesOn(t *testing.T) {
	s, m := minioSite(t)
	c := cutStream{sizeBytes: 10<<10*mebibyte + 12345, partBytes: 128 * mebibyte}
	c.killedAt90(s)
	t.Logf("%d bytes of it were written to MinIO", m.in.Load())
}
