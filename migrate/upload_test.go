package migrate

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// parts is a plan with an upload of so many parts, the last one short.
func parts(n int) *world {
	w := newWorld()
	data := strings.Repeat("part", (n-1)*int(synapse.MinPartSizeBytes)/4) + "rest"
	plan{w}.item(planner.ActionUpload, "x", data, known)
	return w
}

// oneByOne sends the parts of an upload one after the other.
var oneByOne = Options{UploadPartSizeBytes: synapse.MinPartSizeBytes, PartConcurrency: 1}

// slowParts is a PartClient whose requests take a while.
func slowParts(w *world, takes time.Duration) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if err := sleep(r.Context(), takes); err != nil {
			return nil, err
		}
		return w.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// uploaded checks that the object has arrived whole.
func uploaded(t *testing.T, w *world) {
	t.Helper()
	e := w.entries[1]
	if e.State != checkpoint.StateDone {
		t.Fatalf("item is %s: %+v", e.State, e.Failure)
	}
	h := w.handles[e.FileHandleID]
	if got := md5Hex(w.objects["dest/"+h.Key].data); got != e.Source.ETag {
		t.Errorf("object has MD5 %s, want %s", got, e.Source.ETag)
	}
}

// TestPartURLsAreAskedForInBatches, whichever part is the first to need one.
func TestPartURLsAreAskedForInBatches(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		w := parts(5)
		w.run(t, Options{
			UploadPartSizeBytes: synapse.MinPartSizeBytes, PartConcurrency: concurrency,
		})
		uploaded(t, w)
		if n := w.count("part urls"); n != 1 {
			t.Errorf("%d at once: asked %d times for URLs, want once", concurrency, n)
		}
	}
}

// TestOldPartURLsAreRenewed: parts take so long that the URLs of the batch
// grow old before their turn comes.
func TestOldPartURLsAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := parts(4)
		d := w.deps()
		d.PartClient = slowParts(w, 6*time.Minute)
		if _, err := Run(t.Context(), oneByOne, d); err != nil {
			t.Fatal(err)
		}
		uploaded(t, w)
		if urls, puts := w.count("part urls"), w.count("put part"); urls != 2 || puts != 4 {
			t.Errorf("%d batches of URLs and %d requests, want 2 and 4", urls, puts)
		}
	})
}

// TestRefusedPartURLsAreRenewed: a URL expires on its way.
func TestRefusedPartURLsAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := parts(3)
		d := w.deps()
		slow := 16 * time.Minute
		d.PartClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			defer func() { slow = 0 }()
			return slowParts(w, slow).Transport.RoundTrip(r)
		})}
		if _, err := Run(t.Context(), oneByOne, d); err != nil {
			t.Fatal(err)
		}
		uploaded(t, w)
		if urls, puts := w.count("part urls"), w.count("put part"); urls != 2 || puts != 4 {
			t.Errorf("%d batches of URLs and %d requests, want 2 and 4", urls, puts)
		}
	})
}

// TestAddedPartsAreNotSentAgain goes on with an upload, with other options.
func TestAddedPartsAreNotSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := parts(3)
		w.at = first("add part 3 of x", 1, fault{killBefore: true})
		if _, err := Run(t.Context(), oneByOne, w.deps()); err == nil {
			t.Fatal("wasn't killed")
		}
		w.revive()
		w.run(t, Options{UploadPartSizeBytes: 1 << 30})
		uploaded(t, w)
		for part, want := range map[string]int{"x at 0": 1, "x at 5242880": 1, "x at 10485760": 2} {
			if got := w.openings[part]; got != want {
				t.Errorf("part %s was read %d times, want %d", part, got, want)
			}
		}
	})
}

// TestPartTroubles: what one part may meet, and how often it is tried.
func TestPartTroubles(t *testing.T) {
	tests := []struct {
		name   string
		effect string
		times  int
		f      fault
		want   checkpoint.State
	}{
		{"cut", "put part 1 of x", 3, fault{before: io.ErrUnexpectedEOF}, checkpoint.StateDone},
		{"always cut", "put part 1 of x", 99, fault{before: io.ErrUnexpectedEOF}, checkpoint.StateFailed},
		{"answer lost", "put part 1 of x", 1, fault{after: io.ErrUnexpectedEOF}, checkpoint.StateDone},
		{"source gone", "open x at 0", 99, fault{before: transfer.ErrNotFound}, checkpoint.StateFailed},
		{"source cut", "open x at 0", 3, fault{before: io.ErrUnexpectedEOF}, checkpoint.StateDone},
		{"add lost", "add part 1 of x", 1, fault{after: errLost}, checkpoint.StateDone},
		{"complete lost", "complete x", 1, fault{after: errLost}, checkpoint.StateDone},
		{"refused", "add part 1 of x", 99, fault{before: refuse(403, "no")}, checkpoint.StateFailed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				plan{w}.item(planner.ActionUpload, "x", "bytes", known)
				w.at = first(test.effect, test.times, test.f)
				w.run(t, Options{})
				if got := w.entries[1]; got.State != test.want {
					t.Errorf("item is %s: %+v, want %s", got.State, got.Failure, test.want)
				}
				if n := w.count(test.effect); n > DefaultAttempts {
					t.Errorf("tried %d times", n)
				}
			})
		})
	}
}

// TestPartNotAdded: the temporary object isn't what was announced; the part
// is sent again.
func TestPartNotAdded(t *testing.T) {
	for damages, want := range map[int]checkpoint.State{
		1: checkpoint.StateDone, DefaultAttempts: checkpoint.StateFailed,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			plan{w}.item(planner.ActionUpload, "x", "bytes", known)
			w.at = first("put part 1 of x", damages, fault{then: func() {
				for _, u := range w.uploads {
					u.temporary[1] = []byte("bytEs")
				}
			}})
			w.run(t, Options{})
			got := w.entries[1]
			if got.State != want {
				t.Errorf("after %d damages item is %s: %+v, want %s", damages, got.State, got.Failure, want)
			}
			if want == checkpoint.StateFailed && !strings.Contains(got.Failure.Cause, "does not match") {
				t.Errorf("failure %+v doesn't say what the server said", got.Failure)
			}
		})
	}
}

// brokenReader is a source whose bodies break off.
type brokenReader struct {
	mover
	err error
}

func (b brokenReader) Open(
	ctx context.Context, o planner.Object, first, length int64,
) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader("by"), broken{b.err})), nil
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

// TestSourceBreaksWhileSent is the source's failure, not the upload's.
func TestSourceBreaksWhileSent(t *testing.T) {
	for _, cause := range []error{transfer.ErrChanged, io.ErrUnexpectedEOF} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			plan{w}.item(planner.ActionUpload, "x", "bytes", known)
			d := w.deps()
			d.Source = brokenReader{mover{w}, cause}
			if _, err := Run(t.Context(), Options{}, d); err != nil {
				t.Fatal(err)
			}
			got := w.entries[1]
			if got.State != checkpoint.StateFailed {
				t.Fatalf("item is %s, want failed", got.State)
			}
			if f := got.Failure; f.Side != checkpoint.SideSource || f.Operation != "read part" {
				t.Errorf("failure %+v, want the source's, of read part", f)
			}
		})
	}
}

// TestPresignedURLsStaySecret, whatever goes wrong with them.
func TestPresignedURLsStaySecret(t *testing.T) {
	answer := func(status int, body string) roundTrip {
		return func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "s3.test" {
				t.Errorf("redirected to %s", r.URL.Host)
			}
			_, _ = io.Copy(io.Discard, r.Body)
			return &http.Response{
				StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)),
				Header: http.Header{"Location": {"https://elsewhere.test/?SECRET"}},
			}, nil
		}
	}
	tests := map[string]roundTrip{
		"connection": func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("connection refused")
		},
		"refused": answer(403, "<Error><Code>SignatureDoesNotMatch</Code>"+
			"<StringToSign>SECRET</StringToSign></Error>"),
		"broken":   answer(500, "<html>SECRET</html>"),
		"redirect": answer(302, ""),
		"early": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Request: r, Body: http.NoBody}, nil
		},
	}
	for name, client := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				plan{w}.item(planner.ActionUpload, "x", "bytes", known)
				d := w.deps()
				d.PartClient = partClient(client)
				if _, err := Run(t.Context(), Options{}, d); err != nil {
					t.Fatal(err)
				}
				got := w.entries[1]
				if got.State != checkpoint.StateFailed || strings.Contains(got.Failure.Cause, "SECRET") {
					t.Errorf("item is %s: %+v", got.State, got.Failure)
				}
				if got.Failure.Operation != "upload part" {
					t.Errorf("failed at %q, want upload part", got.Failure.Operation)
				}
			})
		})
	}
}
