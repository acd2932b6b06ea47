package objectstore

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/transfer"
)

// writeCalls are the SDK's operations that write objects or settings of buckets.
var writeCalls = map[string]bool{
	"PutObject": true, "CopyObject": true, "CreateMultipartUpload": true, "UploadPart": true,
	"UploadPartCopy": true, "CompleteMultipartUpload": true, "PutObjectAcl": true, "PutObjectTagging": true,
}

// TestWritesTakeOnePath finds writes that bypass write.go, and with it the checksum, the encryption and the ACL. What
// stands in for the servers writes as their users do.
func TestWritesTakeOnePath(t *testing.T) {
	found := map[string]int{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		at, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (at == "migrate/sandbox" || at == "cmd/sandbox" || strings.HasPrefix(entry.Name(), ".t")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if method, ok := call.Fun.(*ast.SelectorExpr); ok && writeCalls[method.Sel.Name] {
				found[filepath.ToSlash(at)]++
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found["migrate/objectstore/write.go"] < 6 {
		t.Errorf("the SDK's writes are called in %v, want all in migrate/objectstore/write.go", found)
	}
}

// begins reports whether a request begins an object: those carry the ACL and the encryption.
func begins(r *http.Request) bool {
	q := r.URL.Query()
	return r.Method == "PUT" && !q.Has("partNumber") || r.Method == "POST" && q.Has("uploads")
}

func checksums(r *http.Request) bool {
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") && name != "X-Amz-Checksum-Mode" {
			return true
		}
	}
	return r.Header.Get("X-Amz-Sdk-Checksum-Algorithm") != ""
}

// writeRefusal answers a request that a kind of bucket refuses; nil lets it pass.
type writeRefusal func(*http.Request) *http.Response

func refuse(status int, code string, when func(*http.Request) bool) writeRefusal {
	return func(r *http.Request) *http.Response {
		if r.Method != "PUT" && r.Method != "POST" || !when(r) {
			return nil
		}
		return reply(r, status, code)
	}
}

func withHeader(name string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Header.Get(name) != "" }
}

func without(name string) func(*http.Request) bool {
	return func(r *http.Request) bool { return begins(r) && r.Header.Get(name) == "" }
}

// buckets are kinds of buckets, with what is not sent to them in the end, and how many warnings say so.
var buckets = []struct {
	name     string
	refuses  []writeRefusal
	acl, sum bool
	// refused is how many requests are: each only once.
	warnings, refused int
}{
	{"takes everything", nil, true, true, 0, 0},
	{"wants the ACL", []writeRefusal{refuse(403, "AccessDenied", without("X-Amz-Acl"))}, true, true, 0, 0},
	{"wants encryption", []writeRefusal{refuse(403, "AccessDenied", without("X-Amz-Server-Side-Encryption"))},
		true, true, 0, 0},
	{"with Object Lock", []writeRefusal{refuse(400, "InvalidRequest", func(r *http.Request) bool {
		return begins(r) && r.Method == "PUT" && r.Header.Get("X-Amz-Copy-Source") == "" &&
			!checksums(r) && r.Header.Get("Content-Md5") == ""
	})}, true, true, 0, 0},
	{"refuses ACLs", []writeRefusal{refuse(400, "AccessControlListNotSupported", withHeader("X-Amz-Acl"))},
		false, true, 1, 1},
	{"doesn't know ACLs", []writeRefusal{refuse(501, "NotImplemented", withHeader("X-Amz-Acl"))}, false, true, 1, 1},
	{"doesn't take the ACL's value", []writeRefusal{refuse(400, "InvalidArgument", withHeader("X-Amz-Acl"))},
		false, true, 1, 1},
	{"grants no PutObjectAcl", []writeRefusal{refuse(403, "AccessDenied", withHeader("X-Amz-Acl"))}, false, true, 1, 1},
	{"refuses checksums", []writeRefusal{refuse(501, "NotImplemented", checksums)}, true, false, 1, 2},
	{"doesn't know this checksum", []writeRefusal{refuse(400, "InvalidArgument", checksums)}, true, false, 1, 2},
	{"refuses both", []writeRefusal{refuse(501, "NotImplemented", withHeader("X-Amz-Acl")),
		refuse(501, "NotImplemented", checksums)}, false, false, 2, 3},
}

func TestWritesWithoutWhatABucketRefuses(t *testing.T) {
	for _, tt := range buckets {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			f := newFixture(t, func(o *Options) {
				o.ACL, o.Encryption = BucketOwnerFullControl, Encryption{SSE: "AES256"}
				o.CopyLimitBytes, o.Logger = 80<<10, zerolog.New(&log)
			})
			f.dest.options.PartSizeBytes = 64 << 10
			small := f.put(t, sourceBucket, "small", noise(1000), nil)
			large := f.put(t, sourceBucket, "large", noise(100<<10), nil)
			refused := 0
			f.to.before = func(r *http.Request) (*http.Response, error) {
				for _, answer := range tt.refuses {
					if resp := answer(r); resp != nil {
						refused++
						return resp, nil
					}
				}
				return nil, nil
			}
			f.dest.options.PartConcurrency = 1
			for _, round := range []string{"1", "2"} { // the second time nothing is asked in vain
				before := len(f.to.requests(""))
				if _, err := f.dest.PutNew(t.Context(), destBucket, "probe"+round, "text"); err != nil {
					t.Fatal(err)
				}
				for _, req := range []transfer.Request{request(small, "s"+round), request(large, "l"+round)} {
					res, err := f.mover.Stream(t.Context(), req)
					if err != nil || res.MD5 != md5Of(f.get(t, destBucket, req.Key)) {
						t.Fatalf("streaming %s: got %+v, %v", req.Source.Key, res, err)
					}
					req.Key += "-copy"
					if _, err := f.mover.Copy(t.Context(), req); err != nil {
						t.Fatalf("copying %s: %v", req.Source.Key, err)
					}
				}
				if round == "2" {
					checkExtras(t, f.to.requests("")[before:], tt.acl, tt.sum)
				}
				if n := strings.Count(log.String(), `"level":"warn"`); n != tt.warnings {
					t.Errorf("%d warnings, want %d:\n%s", n, tt.warnings, &log)
				}
				if refused != tt.refused {
					t.Errorf("%d requests were refused, want %d", refused, tt.refused)
				}
			}
		})
	}
}

// checkExtras looks at what writes had.
func checkExtras(t *testing.T, sent []*http.Request, acl, sum bool) {
	t.Helper()
	n := 0
	for _, r := range sent {
		if r.Method != "PUT" && r.Method != "POST" {
			continue
		}
		n++
		if begins(r) {
			if got := r.Header.Get("X-Amz-Acl"); (got == BucketOwnerFullControl) != acl {
				t.Errorf("%s %s: ACL %q, want one: %t", r.Method, r.URL, got, acl)
			}
			if got := r.Header.Get("X-Amz-Server-Side-Encryption"); got != "AES256" {
				t.Errorf("%s %s: encryption %q, want AES256", r.Method, r.URL, got)
			}
		}
		// A copy's parts have no checksums that a completion could be made of.
		completed := r.Method == "POST" && r.URL.Query().Has("uploadId") && !strings.HasSuffix(r.URL.Path, "-copy")
		if completed && checksums(r) != sum {
			t.Errorf("%s %s: checksum %t, want %t", r.Method, r.URL, checksums(r), sum)
		}
		if r.Method == "PUT" && r.Header.Get("X-Amz-Copy-Source") == "" {
			if checksums(r) != sum || !sum && r.Header.Get("Content-Md5") == "" {
				t.Errorf("%s %s: checksum %t, want %t, else Content-MD5: %v", r.Method, r.URL, checksums(r), sum, r.Header)
			}
		}
	}
	// The probe, a whole object, a copy of it; an upload of two parts, and a copy of it.
	if n != 3+2*4 {
		t.Errorf("%d writes, want 11", n)
	}
}

func TestDenialOfTheWriteItself(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.ACL = BucketOwnerFullControl })
	if _, err := f.dest.PutNew(t.Context(), destBucket, "a", "text"); err != nil {
		t.Fatal(err)
	}
	f.to.before = func(r *http.Request) (*http.Response, error) { return reply(r, 403, "AccessDenied"), nil }
	before := len(f.to.requests("PUT"))
	_, err := f.dest.PutNew(t.Context(), destBucket, "b", "text")
	if n := len(f.to.requests("PUT")) - before; !errors.Is(err, transfer.ErrDenied) || n != 1 {
		t.Errorf("got %v after %d requests, want it denied after 1: the ACL was taken before", err, n)
	}
}

// TestContentTypeIsNotLeftToTheServer: what a directory holds may have none.
func TestContentTypeIsNotLeftToTheServer(t *testing.T) {
	f := newFixture(t, nil)
	_, put := f.dest.putObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(destBucket), Key: aws.String("a")},
		payload{data: []byte("x")})
	_, create := f.dest.createUpload(t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: aws.String(destBucket), Key: aws.String("b"), ContentType: aws.String("")})
	if put != nil || create != nil {
		t.Fatal(put, create)
	}
	for _, r := range f.to.requests("") {
		if got := r.Header.Get("Content-Type"); got != "application/octet-stream" {
			t.Errorf("%s %s: content type %q, want application/octet-stream", r.Method, r.URL, got)
		}
	}
}
