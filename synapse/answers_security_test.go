package synapse

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/synapse/paging"
)

// forever is an answer without an end; it counts what is read of it.
type forever struct{ read int64 }

func (f *forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	f.read += int64(len(p))
	return len(p), nil
}

// An answer without an end is broken off, and asked for once only where the
// call may not be repeated.
func TestEndlessAnswersAreBrokenOff(t *testing.T) {
	for _, status := range []int{200, 201, 400, 404} {
		var body forever
		c, err := New(Options{Token: "secret", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Request: r,
				Body: io.NopCloser(&body)}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		_, err = fetch[Entity](t.Context(), c, create(nil, "/repo/v1/entity"))
		var e *Error
		if !errors.As(err, &e) || status < 300 && !errors.Is(err, ErrAnswerTooLarge) {
			t.Errorf("%d: got %v", status, err)
		}
		if body.read > maxAnswerBytes+1<<20 {
			t.Errorf("%d: %d bytes were read", status, body.read)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestChildrenInACircle(t *testing.T) {
	calls := 0
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls > 5 {
			_, _ = io.WriteString(w, `{"page":[]}`)
			return
		}
		_, _ = io.WriteString(w, `{"page":[{"id":"syn1"}],"nextPageToken":"50a50"}`)
	}, Options{})
	var last error
	for _, err := range c.Children(t.Context(), "syn1") {
		last = err
	}
	if !errors.Is(last, paging.ErrCircle) || calls != 2 {
		t.Errorf("got %v after %d calls, want %v after 2", last, calls, paging.ErrCircle)
	}
	if last != nil && strings.Count(last.Error(), "listing the children") != 1 {
		t.Errorf("%q doesn't say once what was done", last)
	}
}

// A listing whose tokens come again after others would never end either.
func TestChildrenInAWiderCircle(t *testing.T) {
	calls := 0
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		next := map[bool]string{true: "a", false: "b"}[strings.Contains(string(body), `"b"`)]
		if calls++; calls > 20 {
			next = ""
		}
		_, _ = io.WriteString(w, `{"page":[{"id":"syn1"}],"nextPageToken":"`+next+`"}`)
	}, Options{})
	var last error
	for _, err := range c.Children(t.Context(), "syn1") {
		last = err
	}
	if !errors.Is(last, paging.ErrCircle) || calls > 10 {
		t.Errorf("got %v after %d calls, want %v", last, calls, paging.ErrCircle)
	}
}

// An answer about several things that leaves one out is none: the rest would be
// taken for all.
func TestAnswersThatLeaveOneOut(t *testing.T) {
	answers := map[string]string{
		"/repo/v1/restrictionInformation/batch":          `{"restrictionInformation":[{"restrictionLevel":"OPEN"}]}`,
		"/file/v1/fileHandle/batch":                      `{"requestedFiles":[{"fileHandleId":"1"}]}`,
		"/file/v1/file/multipart/77/presigned/url/batch": `{"partPresignedUrls":[{"partNumber":1,"uploadPresignedUrl":"https://a"}]}`,
	}
	calls := map[string]func(context.Context, *Client) error{
		"restrictions": func(ctx context.Context, c *Client) error {
			_, err := c.RestrictionInformationBatch(ctx, []string{"syn1", "syn2"})
			return err
		},
		"file handles": func(ctx context.Context, c *Client) error {
			_, err := c.FileHandles(ctx, BatchFileRequest{RequestedFiles: make([]FileHandleAssociation, 2)})
			return err
		},
		"part URLs": func(ctx context.Context, c *Client) error {
			_, err := c.PartURLs(ctx, "77", PartURLsRequest{PartNumbers: []int64{1, 2}})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // it is asked for again, after a while
				c, err := New(Options{Token: "secret", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r,
						Body: io.NopCloser(strings.NewReader(answers[r.URL.Path]))}, nil
				})})
				if err == nil {
					err = call(t.Context(), c)
				}
				if !errors.Is(err, ErrNotSynapse) {
					t.Errorf("got %v, want %v", err, ErrNotSynapse)
				}
			})
		})
	}
}

// The token goes to nobody who can't prove who they are.
func TestCertificatesAreChecked(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the token went to a stranger: %t", r.Header.Get("Authorization") != "")
	}))
	defer server.Close()
	c, err := New(Options{Endpoint: server.URL, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = fetch[Entity](t.Context(), c, create(nil, "/repo/v1/entity"))
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want an error about the certificate", err)
	}
}
