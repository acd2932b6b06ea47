package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// shelf serves files to who has the right signature.
type shelf struct {
	*httptest.Server
	files map[string]string
	// generation is that of the signatures which are good.
	generation atomic.Int64
}

// planted is part of every signature.
const planted = "Planted0Signature"

func newShelf(t *testing.T, files map[string]string) *shelf {
	s := &shelf{files: files}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// url is a file's URL, signed now.
func (s *shelf) url(path string) string {
	return fmt.Sprintf("%s/%s?sig=%s%d", s.URL, path, planted, s.generation.Load())
}

// ServeHTTP answers by the first segment of the path: how it shall be served.
func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	content, found := s.files[path]
	how, _, _ := strings.Cut(path, "/")
	switch {
	case r.URL.Query().Get("sig") != fmt.Sprintf("%s%d", planted, s.generation.Load()):
		http.Error(w, "no access for "+r.URL.String(), http.StatusForbidden)
	case !found:
		http.NotFound(w, r)
	case how == "whole":
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write([]byte(content))
	case how == "endless": // its size is not told
		w.(http.Flusher).Flush()
		_, _ = w.Write([]byte(content))
	case how == "elsewhere":
		http.Redirect(w, r, "ftp://example.org/"+path, http.StatusFound)
	default:
		if how == "tagged" {
			w.Header().Set("ETag", `"`+sumOf(content)+`"`)
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	}
}

func sumOf(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

// listed writes a list as CSV, path to further cells behind the URL.
func (s *site) listed(name string, shelf *shelf, rows map[string]string) {
	s.t.Helper()
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, "%s,in/%s%s\n", shelf.url(path), path, rows[path])
	}
	s.write(name, b.String())
}

// plain are rows without size and MD5.
func plain(files map[string]string) map[string]string {
	rows := map[string]string{}
	for path := range files {
		rows[path] = ""
	}
	return rows
}

// below is what the files are at the destination.
func below(files map[string]string) map[string]string {
	all := map[string]string{}
	for path, content := range files {
		all["in/"+path] = content
	}
	return all
}

// secretless fails the test where anything in the working directory, or an
// output, holds a signature.
func (s *site) secretless(outputs ...outcome) {
	s.t.Helper()
	files, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "list") || f.IsDir() {
			continue
		}
		content, err := os.ReadFile(s.path(f.Name()))
		if err != nil {
			s.t.Fatal(err)
		}
		outputs = append(outputs, outcome{stdout: string(content), stderr: f.Name()})
	}
	for _, format := range []string{"text", "json", "csv", "html"} {
		outputs = append(outputs, s.want(exitDone, "report", "--format", format))
	}
	for _, o := range outputs {
		for _, secret := range []string{planted, "X-Amz-Signature", "?sig="} {
			if strings.Contains(o.stdout+o.stderr, secret) {
				s.t.Errorf("%q shows %s", o.stderr, secret)
			}
		}
	}
}

func TestURLs(t *testing.T) {
	s := newSite(t, "--throttle=false")
	files := map[string]string{
		"tagged/a": "content of a", "bare/b": "content of b", "whole/c": "content of c", "tagged/empty": "",
		"tagged/large": strings.Repeat("0123456789abcdef", 2<<20), // 32 MiB, in parts
		"bare/large":   strings.Repeat("fedcba9876543210", 1<<20),
	}
	rows := plain(files)
	for path, content := range files {
		rows[path] = fmt.Sprintf(",%d,%s", len(content), sumOf(content))
	}
	rows["bare/b"], rows["tagged/large"] = "", ",,"+strings.ToUpper(sumOf(files["tagged/large"]))
	files["endless/d"], rows["endless/d"] = "content of d", ",12"
	web := newShelf(t, files)
	s.listed("list.csv", web, rows)
	o := s.want(exitDone, "urls", "list.csv", "--to", s.External.ID, "--yes", fast, "--part-size=5MiB",
		"--log-level", "debug", "--log-file", "run.log")
	s.holds(s.External.ID, wanted(below(files), ""))
	s.secretless(o)
	for _, want := range []string{"7 URLs of", "read from the URLs and written to S3", "MD5 from: list 5, passing 2"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the report doesn't say %q:\n%s", want, o.stdout)
		}
	}
}

func TestPresignedURLsIntoManagedFolder(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	content := study("x/", 10)
	content["x/large"] = strings.Repeat("0123456789abcdef", 1<<20) // 16 MiB
	s.fill(s.Foreign, content)
	signer := s3.NewPresignClient(s.S3(s.ForeignKeys))
	var b strings.Builder
	for key := range content {
		signed, err := signer.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &s.Foreign, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		row, _ := json.Marshal(map[string]any{"url": signed.URL, "path": key, "md5": sumOf(content[key])})
		fmt.Fprintf(&b, "%s\n", row)
	}
	s.write("list.jsonl", b.String())
	o := s.want(exitDone, "urls", "list.jsonl", "--to", s.Managed.ID, "--yes", fast, "--part-size=5MiB",
		"--log-level", "debug", "--log-file", "run.log")
	s.holds(s.Managed.ID, wanted(content, ""))
	s.secretless(o)
	if strings.Contains(o.stdout, "MD5 from: read") {
		t.Errorf("URLs were read for MD5s that the list says:\n%s", o.stdout)
	}
}

func TestURLsWithOtherBytesFail(t *testing.T) {
	s := newSite(t, "--throttle=false")
	files := map[string]string{
		"bare/right": "right", "bare/wrong": "wrong", "tagged/large": strings.Repeat("x", 12<<20),
	}
	web := newShelf(t, files)
	s.listed("list.csv", web, map[string]string{
		"bare/right": ",," + sumOf("right"), "bare/wrong": ",," + sumOf("else"), "tagged/large": ",," + sumOf("else"),
	})
	for _, folder := range []string{s.External.ID, s.Managed.ID} {
		o := s.want(exitIncomplete, "urls", "list.csv", "--to", folder, "--run", folder+".run", "--yes", fast,
			"--part-size=5MiB")
		if !strings.Contains(o.stdout, "MD5 differs from the plan's") {
			t.Errorf("the report doesn't say what happened:\n%s", o.stdout)
		}
		s.holds(folder, wanted(map[string]string{"in/bare/right": "right"}, ""))
	}
}

func TestURLsThatCantBeMigrated(t *testing.T) {
	s := newSite(t, "--throttle=false")
	files := map[string]string{
		"bare/ok": "ok", "bare/short": "12345", "endless/x": "x", "whole/large": strings.Repeat("x", 17<<20),
		"elsewhere/y": "y", "bare/twice": "1", "bare/login": "<!DOCTYPE html><form>", "whole/login": "<html>",
	}
	web := newShelf(t, files)
	bad := fmt.Sprintf("%s/bare/ok?sig=%sold", web.URL, planted)
	s.write("list.tsv", strings.Join([]string{
		"path\tnote\turl\tsize",
		"ok\tthe good one\t" + web.url("bare/ok") + "\t",
		"gone\t\t" + web.url("bare/gone") + "\t",
		"refused\t\t" + bad + "\t",
		"granule.nc\t\t" + web.url("bare/login") + "\t",
		"whole.nc\t\t" + web.url("whole/login") + "\t",
		"short\t\t" + web.url("bare/short") + "\t6",
		"no-size\t\t" + web.url("endless/x") + "\t",
		"no-ranges\t\t" + web.url("whole/large") + "\t",
		"elsewhere\t\t" + web.url("elsewhere/y") + "\t",
		"twice\t\t" + web.url("bare/twice") + "\t",
		"twice\t\t" + web.url("bare/ok") + "\t",
		"../up\t\t" + web.url("bare/ok") + "\t",
		"/abs\t\t" + web.url("bare/ok") + "\t",
		"a=b\t\t" + web.url("bare/ok") + "\t",
	}, "\r\n"))
	o := s.want(exitIncomplete, "urls", "list.tsv", "--to", s.External.ID, "--yes", fast, "--log-level", "debug")
	s.holds(s.External.ID, wanted(map[string]string{"ok": "ok"}, ""))
	s.secretless(o)
	want := map[string]planner.RuleID{
		"granule.nc": rules.SourceURLPage, "whole.nc": rules.SourceURLPage,
		"gone": rules.SourceURLGone, "refused": rules.SourceURLRefused,
		"short": rules.SourceURLOtherSize, "no-size": rules.SourceURLNoSize,
		"no-ranges": rules.SourceURLNoRanges, "elsewhere": rules.SourceURLNotRead,
		"twice": rules.SourceURLPathTwice, "../up": rules.SourceURLPathUnsafe,
		"/abs": rules.SourceURLPathUnsafe, "a=b": rules.NamesInvalid,
	}
	if got := s.ruled(); !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestURLRunsGoOnWithFreshURLs(t *testing.T) {
	s := newSite(t, "--throttle=false")
	files := map[string]string{}
	for path, content := range study("bare/", 300) {
		files[path] = content
	}
	names := map[string]string{} // URLs need no blanks
	for path, content := range files {
		names[strings.NewReplacer(" ", "_", "(", "", ")", "").Replace(path)] = content
	}
	web := newShelf(t, names)
	s.listed("list.csv", web, plain(names))
	o := s.signalled(s.Calls().Total()+120, []syscall.Signal{syscall.SIGINT},
		"urls", "list.csv", "--to", s.External.ID, "--yes", fast)
	if o.code != exitInterrupted {
		t.Fatalf("exit %d, want %d\n%s%s", o.code, exitInterrupted, o.stdout, o.stderr)
	}
	refused := s.want(exitFailed, "resume", fast)
	if !strings.Contains(refused.stderr, "migrate urls FILE") {
		t.Errorf("got %q, want it to say that the list is needed", refused.stderr)
	}
	web.generation.Add(1) // what was signed before has expired
	s.want(exitIncomplete, "urls", "list.csv", "--to", s.External.ID, "--yes", fast)
	s.listed("list2.csv", web, plain(names))
	last := s.want(exitDone, "urls", "list2.csv", "--to", s.External.ID, "--yes", fast, "--retry-failed")
	s.holds(s.External.ID, wanted(below(names), ""))
	s.secretless(o, refused, last)

	delete(names, slices.Sorted(maps.Keys(names))[0])
	s.listed("list3.csv", web, plain(names))
	other := s.want(exitFailed, "urls", "list3.csv", "--to", s.External.ID, "--yes", fast)
	if !strings.Contains(other.stderr, "list of 299 URLs") {
		t.Errorf("got %q, want it to refuse another list", other.stderr)
	}
}

func TestURLListMistakes(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.write("empty.csv", "\n")
	s.write("header.csv", "url,file\nhttps://example.org/a?"+planted+",a\n")
	s.write("scheme.csv", "https://example.org/a,a\nftp://example.org/b?"+planted+",b\n")
	s.write("user.csv", "https://me:"+planted+"@example.org/a,a\n")
	s.write("md5.csv", "https://example.org/a?"+planted+",a,,"+planted+"\n")
	s.write("keys.jsonl", `{"url":"https://example.org/a","path":"a","`+planted+`":1}`)
	s.write("long.csv", "https://example.org/a?"+strings.Repeat(planted, 1<<13)+",a\n")
	tests := []struct{ file, want string }{
		{"gone.csv", "no such file"},
		{"empty.csv", "there is no URL in it"},
		{"header.csv", "line 1: want the columns url, path"},
		{"scheme.csv", "line 2: want an https URL"},
		{"user.csv", "line 1: want an https URL without a user name"},
		{"md5.csv", "line 1: the MD5 is not 32 hex digits"},
		{"keys.jsonl", "line 1: want one JSON object with the keys"},
		{"long.csv", "line 1: it is longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			o := s.want(exitUsage, "urls", tt.file, "--to", s.External.ID, "--yes")
			if !strings.Contains(o.stderr, tt.want) || strings.Contains(o.stderr, planted) {
				t.Errorf("got %q, want %q", o.stderr, tt.want)
			}
		})
	}
}
