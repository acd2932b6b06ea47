package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/planner/rules"
)

// versionFile is a version of a file as Synapse tells of it.
type versionFile struct {
	VersionNumber int64
	ContentMD5    string `json:"contentMd5"`
}

// keeps fails the test unless the file's versions, the oldest first, download
// as these contents, each under its own MD5.
func (s *site) keeps(id string, contents ...string) {
	s.t.Helper()
	var page struct{ Results []versionFile }
	s.Synapse(s.t, s.Owner, http.MethodGet, "/repo/v1/entity/"+id+"/version?limit=50", nil, &page)
	if len(page.Results) != len(contents) {
		s.t.Errorf("%s has %d versions, want %d", id, len(page.Results), len(contents))
		return
	}
	for _, v := range page.Results {
		want := contents[v.VersionNumber-1]
		sum := md5.Sum([]byte(want))
		got := s.download(fmt.Sprintf("/repo/v1/entity/%s/version/%d/file", id, v.VersionNumber))
		if got != want || v.ContentMD5 != hex.EncodeToString(sum[:]) {
			s.t.Errorf("version %d of %s is %q, of MD5 %s; want %q", v.VersionNumber, id, got, v.ContentMD5, want)
		}
	}
}

// download follows a path of Synapse's to an object.
func (s *site) download(path string) string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.SynapseEndpoint+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.Owner.Token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("downloading %s: status %d, %v", path, answer.StatusCode, err)
	}
	return string(text)
}

// replaceAll plans and runs with --if-exists replace in a run file of its own,
// and compares the calls of the run with the plan's. A plan reckons with eight
// calls to examine the destination, of which a run makes some when it begins.
func (s *site) replaceAll(runFile string, begun, kept int64, args ...string) {
	s.t.Helper()
	args = append(args, "--if-exists", "replace", "--run", runFile, fast, "--no-progress")
	s.want(exitDone, append(args, "--dry-run")...)
	r := s.jsonReport("--run", runFile)
	for _, f := range r.Plan.Findings {
		switch f.Rule {
		case rules.ObjectsVersionKept:
			kept -= f.Count
		case rules.ObjectsObjectReplaced:
			s.t.Errorf("%s: the plan loses %d objects", runFile, f.Count)
		}
	}
	if kept != 0 {
		s.t.Errorf("%s: the plan keeps %d versions too few", runFile, kept)
	}
	s.ResetCounts()
	s.want(exitDone, append(args, "--yes")...)
	calls := s.Calls()
	if got, want := calls.Total()-begun, r.Plan.Cost.SynapseCalls-8; got != want {
		s.t.Errorf("%s took %d calls, and the plan said %d: %v", runFile, got, want, calls.ByStatus)
	}
}

// round is what the source holds at a time.
func round(n int) map[string]string {
	return map[string]string{
		"in/a.txt":      strings.Repeat("a", n),
		"in/deep/b.txt": strings.Repeat(fmt.Sprintf("content %d of b\n", n), n),
	}
}

// contents are what the first n rounds held at a key.
func contents(key string, n int) (all []string) {
	for i := range n {
		all = append(all, round(i + 1)[key])
	}
	return all
}

// TestReplacedFilesKeepTheirVersions: copied and streamed from a bucket, and
// from a project, over three rounds.
func TestReplacedFilesKeepTheirVersions(t *testing.T) {
	s := newSite(t, "--throttle=false")
	for way, more := range map[string]string{
		"copied": "--dest-credentials source", "streamed": "--action stream",
	} {
		t.Run(way, func(t *testing.T) {
			flags := []string{"--action stream", "--layout mirrored", "--layout mirrored --versions all"}
			begun := int64(3) // who the caller is, the folder's sharing, and credentials
			if way == "copied" {
				begun, flags = 2, nil
			}
			s := *s
			s.t = t
			from := s.stsFolder("from "+way, "from-"+way)
			args := append([]string{"bucket", "s3://" + s.Source + "/in/", "--to", from.ID}, strings.Fields(more)...)
			projects := map[string]describe.Folder{}
			for _, flags := range flags {
				projects[flags] = s.stsFolder(way+flags, way+strings.ReplaceAll(flags, " ", ""))
			}
			for n := 1; n <= 3; n++ {
				s.fill(s.Source, round(n))
				kept := int64(2)
				if n == 1 {
					kept = 0
				}
				s.replaceAll(fmt.Sprint(way, n, ".migrate"), begun, kept, args...)
				s.keepAll(from.ID, n)
				for flags, to := range projects {
					s.replaceAll(fmt.Sprint(way, flags, n, ".migrate"), 3, kept, append([]string{
						"project", from.ID, "--to", to.ID, "--accept-access-change",
					}, strings.Fields(flags)...)...)
					s.keepAll(to.ID, n)
				}
			}
			for flags := range projects {
				s.want(exitDone, "verify", "--run", fmt.Sprint(way, flags, 3, ".migrate"), fast)
			}
			s.want(exitDone, "verify", "--run", way+"3.migrate", fast)
		})
	}
}

// keepAll compares all versions of all files of a folder after n rounds.
func (s *site) keepAll(folder string, n int) {
	s.t.Helper()
	ids := s.ids(folder)
	for key := range round(n) {
		s.keeps(ids[strings.TrimPrefix(key, "in/")], contents(key, n)...)
	}
}
