// Package outside serves the content that Synapse reaches without S3: a stand-in
// for Google Cloud Storage, and a proxy in front of a user's own files. Both
// answer only unexpired signed URLs, such as Synapse hands out. Everything is in
// memory.
package outside

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"synapse-migrate/synapse/emulator"
)

// Paths below the server's address.
const (
	pathGoogle = "/google/"
	pathProxy  = "/proxy/"
)

// Server serves both. It is an http.Handler and, in front of another one, an
// emulator.Storage; safe for concurrent use.
type Server struct {
	// Storage answers for all buckets but those of Google.
	emulator.Storage

	now      func() time.Time
	key      []byte // of Google's signatures
	proxyKey string
	mu       sync.Mutex
	endpoint string
	files    map[string]file // by path below the address
}

type file struct {
	content     []byte
	contentType string
}

// New returns a server in front of an S3; a nil clock is time.Now.
func New(s3 emulator.Storage, now func() time.Time) *Server {
	if now == nil {
		now = time.Now
	}
	return &Server{
		Storage: s3, now: now, key: []byte(rand.Text()), proxyKey: rand.Text() + rand.Text(),
		files: map[string]file{},
	}
}

// SetEndpoint says at which address clients reach the server.
func (s *Server) SetEndpoint(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = address
}

// ProxyURL and ProxyKey are what a proxy's storage location says.
func (s *Server) ProxyURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint + strings.TrimSuffix(pathProxy, "/")
}

// ProxyKey signs the proxy's URLs.
func (s *Server) ProxyKey() string { return s.proxyKey }

// AddGoogle puts an object into a bucket of Google Cloud, which need not be
// there before.
func (s *Server) AddGoogle(bucket, key, contentType string, content []byte) {
	s.add(pathGoogle+bucket+"/"+key, file{content, contentType})
}

// AddProxied puts a file behind the proxy, by the path that its file handle
// has and the upload type of its location.
func (s *Server) AddProxied(uploadType, path, contentType string, content []byte) {
	path = strings.TrimPrefix(path, "/")
	s.add(pathProxy+strings.ToLower(uploadType)+"/"+path, file{content, contentType})
}

func (s *Server) add(path string, f file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = f
}

func (s *Server) file(path string) (file, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, there := s.files[path]
	return f, there
}

// isGoogle reports whether a bucket is one of Google's.
func (s *Server) isGoogle(bucket string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.files {
		if strings.HasPrefix(path, pathGoogle+bucket+"/") {
			return true
		}
	}
	return false
}

// Head looks at an object.
func (s *Server) Head(ctx context.Context, bucket, key string) (emulator.ObjectInfo, error) {
	if !s.isGoogle(bucket) {
		return s.Storage.Head(ctx, bucket, key)
	}
	f, there := s.file(pathGoogle + bucket + "/" + key)
	if !there {
		return emulator.ObjectInfo{}, fmt.Errorf("looking at gs://%s/%s: %w",
			bucket, key, emulator.ErrNoObject)
	}
	return emulator.ObjectInfo{
		SizeBytes: int64(len(f.content)), ETag: f.etag(), ContentType: f.contentType,
	}, nil
}

// PresignGet makes a URL that downloads an object.
func (s *Server) PresignGet(
	ctx context.Context, bucket, key, contentType, disposition string, life time.Duration,
) (string, error) {
	if !s.isGoogle(bucket) {
		return s.Storage.PresignGet(ctx, bucket, key, contentType, disposition, life)
	}
	query := url.Values{"X-Goog-Algorithm": {"GOOG4-HMAC-SHA256"}}
	query.Set("X-Goog-Expires", strconv.FormatInt(s.now().Add(life).Unix(), 10))
	if contentType != "" {
		query.Set("response-content-type", contentType)
	}
	if disposition != "" {
		query.Set("response-content-disposition", disposition)
	}
	path := (&url.URL{Path: pathGoogle + bucket + "/" + key}).EscapedPath()
	query.Set("X-Goog-Signature", s.googleSignature(path, query))
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoint + path + "?" + query.Encode(), nil
}

func (s *Server) googleSignature(path string, query url.Values) string {
	signed := maps.Clone(query)
	signed.Del("X-Goog-Signature")
	return sign(sha256.New, s.key, path+"?"+signed.Encode())
}

func sign(kind func() hash.Hash, key []byte, text string) string {
	mac := hmac.New(kind, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func (f file) etag() string {
	sum := md5.Sum(f.content)
	return hex.EncodeToString(sum[:])
}

// ServeHTTP gives bytes for a good signature, ranges of them too.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	var refusal string
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		refusal = "MethodNotAllowed"
	case strings.HasPrefix(r.URL.Path, pathGoogle):
		refusal = s.checkGoogle(r, query)
	case strings.HasPrefix(r.URL.Path, pathProxy):
		refusal = s.checkProxy(r, query)
	}
	f, there := s.file(r.URL.Path)
	switch {
	case refusal != "":
		http.Error(w, refusal, http.StatusForbidden)
		return
	case !there:
		http.Error(w, "NoSuchKey", http.StatusNotFound)
		return
	}
	contentType := f.contentType
	if override := query.Get("response-content-type"); override != "" {
		contentType = override
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("ETag", `"`+f.etag()+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

// checkGoogle says what is wrong with a signed URL, empty for nothing.
func (s *Server) checkGoogle(r *http.Request, query url.Values) string {
	want := s.googleSignature(r.URL.EscapedPath(), query)
	if !hmac.Equal([]byte(want), []byte(query.Get("X-Goog-Signature"))) {
		return "SignatureDoesNotMatch"
	}
	return s.checkTime(query.Get("X-Goog-Expires"), time.Second)
}

// checkProxy is the proxy's own check of what Synapse has signed
// (UrlSignerUtils of Synapse, October 2024).
func (s *Server) checkProxy(r *http.Request, query url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name != "hmacSignature" {
			pairs = append(pairs, name+"="+query.Get(name))
		}
	}
	host, _, _ := strings.Cut(r.Host, ":")
	want := sign(sha1.New, []byte(s.proxyKey),
		"GET "+host+" "+r.URL.EscapedPath()+"?"+strings.Join(pairs, "&"))
	if !hmac.Equal([]byte(want), []byte(query.Get("hmacSignature"))) {
		return "signature does not match"
	}
	return s.checkTime(query.Get("expiration"), time.Millisecond)
}

// checkTime compares an expiry, counted in units since 1970, with the clock.
func (s *Server) checkTime(expires string, unit time.Duration) string {
	n, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || s.now().After(time.Unix(0, 0).Add(time.Duration(n)*unit)) {
		return "ExpiredToken"
	}
	return ""
}
