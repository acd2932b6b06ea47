package main

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// madeUp is an S3 with one bucket of one object, whose bytes it makes up as
// they are asked for, and counts.
type madeUp struct {
	size  int64
	noise []byte

	mu     sync.Mutex
	served int64
	// until is where serving pauses; reached is closed then, and it goes on
	// once resumed is closed.
	until            int64
	reached, resumed chan struct{}
	halt             sync.Once
}

const (
	madeUpBucket = "made-up"
	madeUpKey    = "raw/large.bin"
	// madeUpETag is that of a multipart upload: no MD5.
	madeUpETag = `"0123456789abcdef0123456789abcdef-2"`
	// madeUpBlock is how many bytes are the same but for their number.
	madeUpBlock = 1 << 20
)

// newMadeUp serves an object of so many bytes, and pauses for good once it has
// sent until of them.
func newMadeUp(t *testing.T, size, until int64) (*madeUp, string) {
	t.Helper()
	m := &madeUp{
		size: size, noise: make([]byte, madeUpBlock), until: until,
		reached: make(chan struct{}), resumed: make(chan struct{}),
	}
	_, _ = rand.NewChaCha8([32]byte{1}).Read(m.noise)
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return m, server.URL
}

// ServeHTTP answers as S3 does to listing, heads and reads.
func (m *madeUp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/" + madeUpBucket, "/" + madeUpBucket + "/":
		w.Header().Set("Content-Type", "application/xml")
		_, _ = fmt.Fprintf(w, `<ListBucketResult><Name>%s</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>`+
			`<Contents><Key>%s</Key><Size>%d</Size><ETag>%s</ETag><StorageClass>STANDARD</StorageClass>`+
			`<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents></ListBucketResult>`,
			madeUpBucket, madeUpKey, m.size, madeUpETag)
	case "/" + madeUpBucket + "/" + madeUpKey:
		w.Header().Set("ETag", madeUpETag)
		w.Header().Set("Content-Type", "application/octet-stream")
		modified := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		http.ServeContent(counting{w, m}, r, "", modified, m.object())
	default:
		http.NotFound(w, r)
	}
}

// counting counts the bytes of an answer's body.
type counting struct {
	http.ResponseWriter
	*madeUp
}

func (c counting) Write(data []byte) (int, error) {
	if c.count(int64(len(data))) {
		c.halt.Do(func() { close(c.reached) })
		<-c.resumed
	}
	return c.ResponseWriter.Write(data)
}

// count adds to what was served, and reports whether that is where to pause.
func (m *madeUp) count(bytes int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.served += bytes
	return m.served >= m.until
}

// bytes are those that were served so far.
func (m *madeUp) bytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.served
}

// object are the bytes.
func (m *madeUp) object() *io.SectionReader { return io.NewSectionReader(m, 0, m.size) }

// ReadAt makes bytes up: noise with the block's number at its head.
func (m *madeUp) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) && off < m.size {
		var head [8]byte
		binary.BigEndian.PutUint64(head[:], uint64(off/madeUpBlock))
		from := m.noise[off%madeUpBlock:]
		if at := off % madeUpBlock; at < int64(len(head)) {
			from = head[at:]
		}
		from = from[:min(int64(len(from)), m.size-off)]
		read := copy(p[n:], from)
		n, off = n+read, off+int64(read)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// md5 is the object's.
func (m *madeUp) md5(t *testing.T) string {
	t.Helper()
	sum := md5.New()
	if n, err := io.Copy(sum, m.object()); err != nil || n != m.size {
		t.Fatalf("%d bytes were made up, %v", n, err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// configuration is a configuration file's rule for the bucket.
func madeUpConfiguration(endpoint string) string {
	return strings.Join([]string{
		"buckets:", "  - bucket: " + madeUpBucket, "    endpoint: " + endpoint,
		"    region: us-east-1", "    credentials: {kind: default}", "",
	}, "\n")
}
