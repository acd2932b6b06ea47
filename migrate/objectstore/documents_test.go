package objectstore

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/document"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// No call of the client is without a row that says what its answer must be.
func TestEveryAnswerIsWanted(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`\.client\.([A-Z]\w+)\(`)
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range calls.FindAllStringSubmatch(string(text), -1) {
			found[match[1]] = true
		}
	}
	for name := range found {
		if _, ok := wanted[name]; !ok {
			t.Errorf("nothing is said about the answer to %s", name)
		}
	}
	for name := range wanted {
		if !found[name] {
			t.Errorf("%s is not called", name)
		}
	}
}

// operations calls each operation once, as far as its answer goes.
func operations(s *Store, m *Mover) map[string]func(t *testing.T) error {
	planned := planner.Object{Bucket: sourceBucket, Key: "k", ETag: "e", SizeBytes: 9}
	started := func() *upload {
		return &upload{request: request(planned, "k"), store: s, sums: map[int32][]byte{},
			state: transfer.Upload{UploadID: "u", PartSizeBytes: 9, Parts: []transfer.Part{{Number: 1, ETag: "e"}}}}
	}
	whole := part{number: 1, length: 9}
	return map[string]func(t *testing.T) error{
		"ListObjectsV2": func(t *testing.T) error { return list(t, s) },
		"ListParts": func(t *testing.T) error {
			_, err := s.listParts(t.Context(), request(planned, "k"))
			return err
		},
		"ListMultipartUploads": func(t *testing.T) error {
			for _, err := range s.LeftUploads(t.Context(), sourceBucket, "") {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"CopyObject": func(t *testing.T) error {
			_, err := m.copyWhole(t.Context(), request(planned, "k"))
			return err
		},
		"UploadPartCopy": func(t *testing.T) error { return m.copyPart(t.Context(), started(), whole) },
		"CreateMultipartUpload": func(t *testing.T) error {
			_, err := m.create(t.Context(), request(planned, "k"), transfer.Upload{}, &s3.CreateMultipartUploadInput{})
			return err
		},
		"CompleteMultipartUpload": func(t *testing.T) error {
			_, err := started().complete(t.Context())
			return err
		},
		"GetObjectTagging": func(t *testing.T) error {
			_, err := s.client.GetObjectTagging(t.Context(),
				&s3.GetObjectTaggingInput{Bucket: aws.String(sourceBucket), Key: aws.String("k")})
			return failure("GetObjectTagging", sourceBucket, "k", err)
		},
		"GetBucketCors": func(t *testing.T) error {
			_, err := s.BucketCORS(t.Context(), sourceBucket)
			return err
		},
		"GetBucketOwnershipControls": func(t *testing.T) error {
			_, err := s.ObjectOwnership(t.Context(), sourceBucket)
			return err
		},
		"GetBucketPolicy": func(t *testing.T) error {
			_, err := s.BucketPolicy(t.Context(), sourceBucket)
			return err
		},
		"HeadObject": func(t *testing.T) error {
			_, err := s.Head(t.Context(), sourceBucket, "k")
			return err
		},
		"GetObject": func(t *testing.T) error {
			_, err := s.ReadSmall(t.Context(), sourceBucket, "k", 10)
			return err
		},
		"PutObject": func(t *testing.T) error {
			_, err := s.PutNew(t.Context(), sourceBucket, "k", "text")
			return err
		},
		"UploadPart": func(t *testing.T) error {
			return started().send(t.Context(), whole, []byte("123456789"), &meters{})
		},
		"HeadBucket": func(t *testing.T) error {
			_, err := s.Region(t.Context(), sourceBucket)
			return err
		},
		"DeleteObject": func(t *testing.T) error {
			_, err := s.client.DeleteObject(t.Context(),
				&s3.DeleteObjectInput{Bucket: aws.String(sourceBucket), Key: aws.String("k")})
			return failure("DeleteObject", sourceBucket, "k", err)
		},
		"AbortMultipartUpload": func(t *testing.T) error { return s.AbortUpload(t.Context(), sourceBucket, "k", "u") },
		"PutBucketPolicy":      func(t *testing.T) error { return s.SetBucketPolicy(t.Context(), sourceBucket, "{}") },
		"PutBucketCors":        func(t *testing.T) error { return s.SetBucketCORS(t.Context(), sourceBucket, nil) },
	}
}

// What a proxy, a login or a broken server sends with the status of success is
// no answer to any operation.
func TestOtherDocuments(t *testing.T) {
	page := http.Header{"Content-Type": {"text/html"}}
	answers := []struct {
		name   string
		header http.Header
		body   string
		// documents is true where only those mind that have a document.
		documents bool
	}{
		{"a page", page, "<!DOCTYPE html><html><body>Access to this site is blocked</body></html>", false},
		{"a page that isn't called one", http.Header{}, "<html>portal</html>", false},
		{"nothing", http.Header{"Content-Type": {"application/xml"}}, "", true},
		{"another document", http.Header{}, "<ListAllMyBucketsResult></ListAllMyBucketsResult>", true},
	}
	f := newFixture(t, nil)
	for name, call := range operations(f.source, f.mover) {
		for _, a := range answers {
			t.Run(name+"/"+a.name, func(t *testing.T) {
				want := wanted[name]
				if a.documents && len(want.Roots) == 0 && !want.JSON && !want.ETag {
					t.Skip("it has no document")
				}
				answers := 0
				answer := answering(200, a.header, func() io.Reader {
					answers++
					return strings.NewReader(a.body)
				})
				f.from.before, f.to.before = answer, answer
				if name == "HeadObject" || name == "HeadBucket" {
					a.body = "" // and the type alone tells
				}
				if name == "HeadBucket" && a.header.Get("Content-Type") != "text/html" {
					t.Skip("nothing can be seen of it")
				}
				err := call(t)
				if !errors.Is(err, document.ErrOther) {
					t.Fatalf("got %v, want %v", err, document.ErrOther)
				}
				if answers != maxAttempts {
					t.Errorf("was asked for %d times, want %d", answers, maxAttempts)
				}
				for _, word := range []string{name, "not an answer of S3", "status 200 from 127.0.0.1:"} {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("%q is not in: %v", word, err)
					}
				}
			})
		}
	}
}

// A document that ends too early is none, wherever it ends.
func TestCutDocuments(t *testing.T) {
	documents := map[string]string{
		"ListObjectsV2": "<?xml version=\"1.0\"?>\n<ListBucketResult><IsTruncated>false</IsTruncated>" +
			"<Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>",
		"ListParts":                  "<ListPartsResult><Part><PartNumber>1</PartNumber><Size>5</Size></Part></ListPartsResult>",
		"ListMultipartUploads":       "<ListMultipartUploadsResult><Upload><Key>a</Key></Upload></ListMultipartUploadsResult>",
		"CopyObject":                 "<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>",
		"UploadPartCopy":             "<CopyPartResult><ETag>&quot;e&quot;</ETag></CopyPartResult>",
		"CreateMultipartUpload":      "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
		"CompleteMultipartUpload":    "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>",
		"GetObjectTagging":           "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
		"GetBucketCors":              "<CORSConfiguration><CORSRule><ID>a</ID></CORSRule></CORSConfiguration>",
		"GetBucketOwnershipControls": "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>",
		"GetBucketPolicy":            `{"Statement": [{"Sid": "a"}]}`,
	}
	f := newFixture(t, func(o *Options) { o.MaxRetryDelay = 1 })
	calls := operations(f.source, f.mover)
	for name, text := range documents {
		t.Run(name, func(t *testing.T) {
			for end := 0; end <= len(text); end++ {
				answer := answering(200, http.Header{}, func() io.Reader { return strings.NewReader(text[:end]) })
				f.from.before, f.to.before = answer, answer
				if err := calls[name](t); (err == nil) != (end == len(text)) {
					t.Errorf("%q: %v", text[:end], err)
				}
			}
		})
	}
	for name, want := range wanted {
		if _, ok := documents[name]; !ok && (want.JSON || len(want.Roots) > 0) {
			t.Errorf("%s is not cut", name)
		}
	}
}

// pages serves a listing of ten keys in pages of three. Edit changes what it
// says, page by page.
func pages(edit func(page int, text string) string) func(*http.Request) (*http.Response, error) {
	keys := []string{"p/0", "p/1", "p/2", "p/3", "p/4", "p/5", "p/6", "p/7", "p/8", "p/9"}
	asked := 0
	return func(r *http.Request) (*http.Response, error) {
		asked++
		q := r.URL.Query()
		after := q.Get("start-after")
		if token := q.Get("continuation-token"); token != "" {
			after = strings.TrimPrefix(token, "after ")
		}
		var b strings.Builder
		first := 0
		for first < len(keys) && keys[first] <= after {
			first++
		}
		last := min(first+3, len(keys))
		fmt.Fprintf(&b, "<ListBucketResult><IsTruncated>%t</IsTruncated>", last < len(keys))
		for _, key := range keys[first:last] {
			fmt.Fprintf(&b, "<Contents><Key>%s</Key><Size>1</Size></Contents>", key)
		}
		if last < len(keys) {
			fmt.Fprintf(&b, "<NextContinuationToken>after %s</NextContinuationToken>", keys[last-1])
		}
		b.WriteString("</ListBucketResult>")
		return answering(200, http.Header{}, func() io.Reader { return strings.NewReader(edit(asked, b.String())) })(r)
	}
}

// A listing is whole or an error, whatever its pages say.
func TestListingIsWholeOrFails(t *testing.T) {
	token := regexp.MustCompile(`<NextContinuationToken>[^<]*</NextContinuationToken>`)
	truncated := regexp.MustCompile(`<IsTruncated>[^<]*</IsTruncated>`)
	tests := []struct {
		name string
		edit func(page int, text string) string
		want error // nil for all ten
	}{
		{"as AWS does", func(_ int, text string) string { return text }, nil},
		{"no token", func(_ int, text string) string { return token.ReplaceAllString(text, "") }, nil},
		{"no token on page 2", func(page int, text string) string {
			if page != 2 {
				return text
			}
			return token.ReplaceAllString(text, "")
		}, nil},
		{"a token, and not said to be cut short", func(_ int, text string) string {
			return truncated.ReplaceAllString(text, "")
		}, nil},
		{"neither token nor keys", func(page int, text string) string {
			return "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"
		}, errNoWay},
		{"a page on page 2", func(page int, text string) string {
			if page < 2 {
				return text
			}
			return "<!DOCTYPE html><html></html>"
		}, document.ErrOther},
		{"nothing on page 2", func(page int, text string) string {
			if page < 2 {
				return text
			}
			return ""
		}, document.ErrOther},
		{"the prefix is not heeded", func(page int, text string) string {
			return strings.ReplaceAll(text, "<Key>p/4", "<Key>q/4")
		}, errForeign},
		{"start-after is not heeded", func(page int, text string) string {
			return strings.ReplaceAll(token.ReplaceAllString(text, ""), "<Key>p/4", "<Key>p/1")
		}, errForeign},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.from.before = pages(tt.edit)
			found, err := 0, error(nil)
			for page, e := range f.source.List(t.Context(), sourceBucket, "p/", "") {
				found, err = found+len(page), e
			}
			if !errors.Is(err, tt.want) || err == nil && found != 10 {
				t.Errorf("%d of 10 keys, %v, want %v", found, err, tt.want)
			}
		})
	}
}

// The same for uploads and parts, which name the next page by markers.
func TestMarkersLeftOut(t *testing.T) {
	const none = "<IsTruncated>true</IsTruncated>"
	f := newFixture(t, nil)
	calls := operations(f.source, f.mover)
	for name, text := range map[string]string{
		"ListParts":            "<ListPartsResult>" + none + "</ListPartsResult>",
		"ListMultipartUploads": "<ListMultipartUploadsResult>" + none + "</ListMultipartUploadsResult>",
	} {
		f.from.before = answering(200, http.Header{}, func() io.Reader { return strings.NewReader(text) })
		if err := calls[name](t); !errors.Is(err, errNoWay) {
			t.Errorf("%s: got %v, want %v", name, err, errNoWay)
		}
	}
	asked := 0
	f.from.before = func(r *http.Request) (*http.Response, error) {
		asked++
		text := "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>" +
			"<Upload><Key>a</Key><UploadId>1</UploadId></Upload></ListMultipartUploadsResult>"
		if q := r.URL.Query(); q.Get("key-marker") == "a" && q.Get("upload-id-marker") == "1" {
			text = "<ListMultipartUploadsResult><Upload><Key>b</Key><UploadId>2</UploadId></Upload></ListMultipartUploadsResult>"
		}
		return answering(200, http.Header{}, func() io.Reader { return strings.NewReader(text) })(r)
	}
	var keys []string
	for u, err := range f.source.LeftUploads(t.Context(), sourceBucket, "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, u.Key)
	}
	if strings.Join(keys, " ") != "a b" || asked != 2 {
		t.Errorf("got %v after %d pages, want a and b after 2", keys, asked)
	}
}

// A server that heeds neither conditions nor ranges gives no bytes of another
// object or of another place.
func TestBytesOfSomethingElse(t *testing.T) {
	o := planner.Object{Bucket: sourceBucket, Key: "k", ETag: "e", SizeBytes: 4}
	tests := []struct {
		name          string
		status        int
		header        http.Header
		first, length int64
		want          error
	}{
		{"the object", 200, http.Header{"Etag": {`"e"`}}, 0, 4, nil},
		{"the range", 206, http.Header{"Etag": {`"e"`}, "Content-Range": {"bytes 1-2/4"}}, 1, 2, nil},
		{"another object", 200, http.Header{"Etag": {`"f"`}}, 0, 4, transfer.ErrChanged},
		{"no ETag", 200, http.Header{}, 0, 4, document.ErrOther},
		{"the whole instead of a range", 200, http.Header{"Etag": {`"e"`}}, 1, 2, transfer.ErrNoRanges},
		{"another range", 206, http.Header{"Etag": {`"e"`}, "Content-Range": {"bytes 0-1/4"}}, 1, 2, transfer.ErrNoRanges},
		{"a range of a longer one", 206, http.Header{"Etag": {`"e"`}, "Content-Range": {"bytes 1-2/5"}}, 1, 2, transfer.ErrChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.from.before = answering(tt.status, tt.header, func() io.Reader { return strings.NewReader("abcd"[:tt.length]) })
			buf := make([]byte, tt.length)
			if _, err := fill(t.Context(), f.source, o, tt.first, buf, nil); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
