package objectstore

import (
	"fmt"
	"net/http"
	"testing"
)

// Some servers don't take a part's number with HEAD. What they have is looked
// at all the same, and how it was uploaded is not known.
func TestServersWithoutPartNumbers(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotImplemented} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.ETags = ETagsMD5 })
			o := f.put(t, sourceBucket, "k", noise(1000), nil)
			asked, etag := 0, ""
			f.from.before = func(r *http.Request) (*http.Response, error) {
				if r.Method != http.MethodHead {
					return nil, nil
				}
				if asked++; r.URL.Query().Has("partNumber") {
					return reply(r, status, ""), nil
				}
				return nil, nil
			}
			f.from.after = func(_ *http.Request, resp *http.Response) (*http.Response, error) {
				if etag != "" {
					resp.Header.Set("ETag", etag)
				}
				return resp, nil
			}
			for _, want := range []int{3, 1} { // found out once
				asked = 0
				d, err := f.source.Head(t.Context(), sourceBucket, "k")
				if err != nil || d.SizeBytes != 1000 || d.PartsCount != -1 || d.ProvenMD5() != "" {
					t.Errorf("got %+v, %v, want an object of which nobody knows how it was uploaded", d, err)
				}
				if asked != want {
					t.Errorf("asked %d times, want %d", asked, want)
				}
			}
			etag = `"0123456789abcdef0123456789abcdef-2"`
			if d, err := f.source.Head(t.Context(), sourceBucket, "k"); err != nil || d.PartsCount != 2 {
				t.Errorf("got %d parts, %v, want the 2 that the ETag tells", d.PartsCount, err)
			}
			etag = ""
			res, err := f.mover.Stream(t.Context(), request(o, "copy"))
			if err != nil || res.MD5 != md5Of(f.get(t, destBucket, "copy")) {
				t.Errorf("streaming: got %+v, %v", res, err)
			}
		})
	}
}

// Where nothing is there, and where nobody may look, is said as ever.
func TestRefusalsThatAreNoPartNumbers(t *testing.T) {
	f := newFixture(t, nil)
	for _, want := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest} {
		asked := 0
		f.from.before = func(r *http.Request) (*http.Response, error) {
			asked++
			return reply(r, want, ""), nil
		}
		_, err := f.source.Head(t.Context(), sourceBucket, "k")
		if got := status(err); got != want || asked > 2 {
			t.Errorf("got %d after %d requests, want %d: %v", got, asked, want, err)
		}
	}
}
