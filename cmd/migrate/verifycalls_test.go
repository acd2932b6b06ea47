package main

import (
	"fmt"
	"testing"
)

// TestVerifyCallsForAThousandFiles prints what verify asks of Synapse and of
// S3, by the sandbox's counters.
func TestVerifyCallsForAThousandFiles(t *testing.T) {
	const files, folders, perPage = 1000, 10, 50
	s := newSite(t, "--throttle=false")
	objects := make(map[string]string, files)
	for n := range files {
		objects[fmt.Sprintf("%s/folder-%d/%04d.txt", s.External.BaseKey, n%folders, n)] = fmt.Sprint(n)
	}
	s.fill(s.Destination, objects)
	s.want(exitDone, "bucket", "s3://"+s.Destination+"/"+s.External.BaseKey+"/", "--to", s.External.ID, "--yes", fast)
	for _, tt := range []struct {
		read string
		// gets are the objects that are read.
		gets int64
	}{{"none", 0}, {"all", files}} {
		s.ResetCounts()
		s.finds(nil, "--read", tt.read)
		calls, requests := s.Calls(), s.S3Counts().Sum().Requests
		t.Logf("--read %s, %d files in %d folders: %d calls of Synapse, %d HEAD, %d GET and %d lists of S3",
			tt.read, files, folders, calls.Total(), requests["head"], requests["get"], requests["list"])
		// A bundle for each file, a page for each 50 children, the
		// destination's own page, who am I, and credentials.
		const want = files + files/perPage + 1 + 2
		if got := calls.Total(); got != want {
			t.Errorf("--read %s: %d calls of Synapse, want %d: %v", tt.read, got, want, calls.ByStatus)
		}
		// The objects and owner.txt are one more than a page holds.
		const pages = 2
		if requests["head"] != files || requests["get"] != tt.gets || requests["list"] != pages {
			t.Errorf("--read %s: S3 was asked %v, want %d HEAD, %d GET and %d lists",
				tt.read, requests, files, tt.gets, pages)
		}
	}
}
