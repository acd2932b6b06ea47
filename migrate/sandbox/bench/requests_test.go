package bench

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestOperation(t *testing.T) {
	for _, c := range []struct{ method, target, source, want string }{
		{"GET", "/b?list-type=2&prefix=a%2F", "", "ListObjects"},
		{"GET", "/b/?delimiter=&max-keys=1000&prefix=", "", "ListObjects"},
		{"GET", "/b/?location", "", "other"},
		{"GET", "/", "", "other"},
		{"HEAD", "/b/", "", "HeadBucket"},
		{"HEAD", "/b/k?partNumber=1", "", "HeadObject"},
		{"GET", "/b/k/with/slashes", "", "GetObject"},
		{"GET", "/b/k?tagging", "", "other"},
		{"GET", "/b/k?uploadId=u", "", "other"},
		{"PUT", "/b/k", "", "PutObject"},
		{"PUT", "/b/k?tagging", "", "other"},
		{"PUT", "/b/k", "/b/source", "CopyObject"},
		{"PUT", "/b/k?partNumber=1&uploadId=u", "", "UploadPart"},
		{"PUT", "/b/k?partNumber=1&uploadId=u", "b/source", "UploadPartCopy"},
		{"POST", "/b/k?uploads=", "", "CreateMultipartUpload"},
		{"POST", "/b/k?uploadId=u", "", "CompleteMultipartUpload"},
		{"DELETE", "/b/k?uploadId=u", "", "other"},
	} {
		t.Run(c.method+" "+c.target+" "+c.source, func(t *testing.T) {
			req := httptest.NewRequest(c.method, c.target, nil)
			if c.source != "" {
				req.Header.Set("X-Amz-Copy-Source", c.source)
			}
			if got := Operation(req); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestRecorderCounts sends requests through a recorder: the server sees the
// host that the client asked for, and bytes are those of objects alone.
func TestRecorderCounts(t *testing.T) {
	var hosts []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts = append(hosts, r.Host)
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/b/gone" {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, "12345")
	}))
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	recorder := NewRecorder(address)
	front := httptest.NewServer(recorder)
	defer front.Close()
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/b/k", ""}, {"GET", "/b/gone", ""}, {"PUT", "/b/k", "abc"}, {"GET", "/b?list-type=2", ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), r.method, front.URL+r.path, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	calls, bytes := recorder.Take()
	want := map[string]int64{"GetObject": 2, "PutObject": 1, "ListObjects": 1}
	if !maps.Equal(calls, want) || bytes != 8 {
		t.Errorf("got %v and %d bytes, want %v and 8", calls, bytes, want)
	}
	if calls, bytes := recorder.Take(); len(calls) != 0 || bytes != 0 {
		t.Errorf("taken twice: %v and %d bytes", calls, bytes)
	}
	if hosts[0] != strings.TrimPrefix(front.URL, "http://") {
		t.Errorf("host %s, want the recorder's, %s", hosts[0], front.URL)
	}
}
