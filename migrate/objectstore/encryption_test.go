package objectstore

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
)

// encrypting makes a wire lead to a bucket that encrypts with a key of KMS:
// the ETag of what was written whole is no MD5. The server behind it doesn't
// know KMS, and mustn't hear of it.
func encrypting(w *wire) {
	w.before = func(req *http.Request) (*http.Response, error) {
		req.Header.Del("X-Amz-Server-Side-Encryption")
		req.Header.Del("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")
		return nil, nil
	}
	w.after = func(req *http.Request, resp *http.Response) (*http.Response, error) {
		resp.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
		if req.URL.Path == "/to/s" {
			resp.Header.Set("ETag", `"00000000000000000000000000000000"`)
		}
		return resp, nil
	}
}

func TestWhatIsWrittenIsEncrypted(t *testing.T) {
	tests := []struct {
		name       string
		encryption Encryption
		sse, key   string
	}{
		{"the bucket's default", Encryption{}, "", ""},
		{"AES256", Encryption{SSE: "AES256"}, "AES256", ""},
		{"the account's key", Encryption{SSE: "aws:kms"}, "aws:kms", ""},
		{"a key of KMS", Encryption{SSE: "aws:kms", KMSKeyID: "alias/lab"}, "aws:kms", "alias/lab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.Encryption, o.CopyLimitBytes = tt.encryption, 6*mib })
			f.dest.options.PartSizeBytes = 5 * mib
			if strings.HasPrefix(tt.encryption.SSE, "aws:kms") {
				encrypting(f.to)
			}
			small := f.put(t, sourceBucket, "small", noise(1000), nil)
			large := f.put(t, sourceBucket, "large", noise(7<<20), nil)
			for _, req := range []transfer.Request{request(small, "s"), request(large, "l")} {
				res, err := f.mover.Stream(t.Context(), req)
				if err != nil || res.MD5 != md5Of(f.get(t, sourceBucket, req.Source.Key)) {
					t.Fatalf("streaming %s: got %+v, %v", req.Source.Key, res, err)
				}
				req.Key += "-copy"
				if _, err := f.mover.Copy(t.Context(), req); err != nil {
					t.Fatalf("copying %s: %v", req.Source.Key, err)
				}
			}
			writes := append(f.to.requests("PUT", "/to/s?"), f.to.requests("PUT", "/to/s-copy")...)
			writes = append(writes, f.to.requests("POST", "?uploads")...)
			if len(writes) != 4 {
				t.Fatalf("%d requests begin an object, want 4", len(writes))
			}
			for _, w := range writes {
				sse := w.Header.Get("X-Amz-Server-Side-Encryption")
				key := w.Header.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")
				if sse != tt.sse || key != tt.key {
					t.Errorf("%s %s: got %q with key %q, want %q with %q", w.Method, w.URL, sse, key, tt.sse, tt.key)
				}
			}
		})
	}
}

func TestDenialNamesTheCredentials(t *testing.T) {
	tests := []struct {
		name, code string
		status     int
		want       string
	}{
		{"denied", "AccessDenied", 403, `403 AccessDenied "told so" (with profile "lab")`},
		{"refused", "InvalidAccessKeyId", 403, `403 InvalidAccessKeyId "told so" (with profile "lab")`},
		{"not there", "NoSuchKey", 404, `404 NoSuchKey "told so"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) {
				o.Credentials = credentials.NewRenewing(`profile "lab"`, o.Credentials, credentials.Options{})
			})
			o := f.put(t, sourceBucket, "k", noise(10), nil)
			f.from.before = func(r *http.Request) (*http.Response, error) { return reply(r, tt.status, tt.code), nil }
			_, err := f.mover.Hash(t.Context(), o, nil)
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) ||
				!strings.Contains(err.Error(), `"s3://from/k"`) {
				t.Errorf("got %v, want it to end in %s", err, tt.want)
			}
		})
	}
}

func TestAnonymousRequestsAreNotSigned(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Credentials = credentials.NewRenewing("nobody", aws.AnonymousCredentials{}, credentials.Options{})
	})
	o := f.put(t, sourceBucket, "k", noise(10), nil)
	if _, err := f.mover.Hash(t.Context(), o, nil); err != nil {
		t.Fatal(err)
	}
	for _, r := range f.from.requests("GET") {
		if a := r.Header.Get("Authorization"); a != "" {
			t.Errorf("signed with %q", a)
		}
	}
	f.from.before = func(r *http.Request) (*http.Response, error) { return reply(r, 403, "AccessDenied"), nil }
	if _, err := f.mover.Hash(t.Context(), o, nil); !errors.Is(err, transfer.ErrDenied) ||
		!strings.HasSuffix(err.Error(), "(with nobody)") {
		t.Errorf("got %v, want it denied to nobody", err)
	}
}
