package migrate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// partSender sends the parts of one upload or copy. It is safe for concurrent
// use.
type partSender struct {
	run    *run
	source planner.Object
	// request is what started the upload, and finds it again.
	request synapse.MultipartRequest
	// anew is true where it has just been begun anew.
	anew     bool
	uploadID string
	plan     partPlan
	urls     *partURLs
	// md5 is the object's, in lower-case hex.
	md5 string
	// passing is set where the parts are sent one by one, to be hashed.
	passing *passing
	// bring brings part n where its URL says, and returns what Synapse is to
	// find there: the MD5 in hex, or the ETag of a copy.
	bring func(ctx context.Context, u heldURL, n int64) (string, error)
}

// send sends part n and has it added. A part is sent again, a number of
// times, when its way was cut, its URL refused or the part not found right:
// an upload may have ten thousand, and one must not end them all. One that lies
// where Synapse looks for it is not sent again because Synapse is down.
func (s *partSender) send(ctx context.Context, n int64) error {
	sum := "" // of the part as it was sent, until it is added
	log := s.run.options.Logger.With().Int64("part", n).Logger()
	return s.run.effects.Part(ctx, log, func(ctx context.Context) (err error) {
		if sum == "" {
			if sum, err = s.put(ctx, n); err != nil {
				return err
			}
		}
		if err := s.add(ctx, n, sum); err != nil {
			if !effect.Paused(err) {
				sum = ""
			}
			return err
		}
		return nil
	})
}

// add has part n added once it lies where Synapse looks for it.
func (s *partSender) add(ctx context.Context, n int64, sum string) error {
	result, err := effect.Call(ctx, s.run.effects, opAddPart,
		func(ctx context.Context) (synapse.AddPartResult, error) {
			return s.run.deps.Synapse.AddPart(ctx, s.uploadID, n, sum)
		})
	if err == nil && result.AddPartState != synapse.AddSuccess {
		return effect.Fail(opAddPart, fmt.Errorf("%w: %s", effect.ErrNotAdded, result.ErrorMessage))
	}
	return err
}

// put brings part n where a URL says, and returns what Synapse is to find there.
func (s *partSender) put(ctx context.Context, n int64) (string, error) {
	u, err := s.url(ctx, n)
	if err != nil {
		return "", err
	}
	return s.bring(ctx, u, n)
}

// url returns a URL for part n that is young enough, asking for the next
// batch if need be. Others wait meanwhile, since the batch is theirs too.
func (s *partSender) url(ctx context.Context, n int64) (heldURL, error) {
	select {
	case s.urls.turn <- struct{}{}:
		defer func() { <-s.urls.turn }()
	case <-ctx.Done():
		return heldURL{}, ctx.Err()
	}
	if u, ok := s.urls.take(n, time.Now()); ok {
		return s.checked(u)
	}
	askedOn := time.Now()
	got, err := effect.Call(ctx, s.run.effects, opURLs, func(ctx context.Context) (synapse.PartURLs, error) {
		return s.run.deps.Synapse.PartURLs(ctx, s.uploadID, synapse.PartURLsRequest{
			UploadID: s.uploadID, PartNumbers: s.urls.next(n),
		})
	})
	if err != nil {
		return heldURL{}, err
	}
	s.urls.put(got.PartPresignedURLs, askedOn)
	u, ok := s.urls.take(n, askedOn)
	if !ok {
		return u, effect.Fail(opURLs, fmt.Errorf("answer without part %d", n))
	}
	return s.checked(u)
}

// checked is the URL, if it may be used.
func (s *partSender) checked(u heldURL) (heldURL, error) {
	if err := s.run.options.mayUse(u.UploadPresignedURL); err != nil {
		return heldURL{}, effect.Fail(opURLs, err)
	}
	return u, nil
}

// putBytes sends the bytes of part n, and returns their MD5 in hex.
func (s *partSender) putBytes(ctx context.Context, u heldURL, n int64) (string, error) {
	first, length := s.plan.extent(n)
	open, stop := context.WithCancel(ctx)
	defer stop()
	body, err := effect.Call(open, s.run.effects, opOpenPart.From(s.source), func(ctx context.Context) (io.ReadCloser, error) {
		return s.run.deps.Reader.Open(ctx, s.source, first, length)
	})
	if err != nil {
		return "", err
	}
	reading, err := s.reading(body)
	if err != nil {
		return "", errors.Join(err, body.Close())
	}
	_, err = effect.Call(ctx, s.run.effects, opPutPart, func(ctx context.Context) ([]byte, error) {
		return putPart(ctx, s.run.deps.PartClient, u.PartURL, reading, length)
	})
	reading.end(stop)
	_ = body.Close()
	bytes, sum, broken := reading.outcome()
	s.run.meter.add(Bytes{Read: bytes})
	switch {
	case broken != nil:
		return "", effect.Fail(opOpenPart, broken)
	case err != nil:
		return "", err
	case bytes != length:
		return "", effect.Fail(opPutPart, fmt.Errorf("answered after %d of %d bytes", bytes, length))
	}
	s.run.meter.add(Bytes{Written: length})
	if s.plan.count() == 1 && sum != s.md5 {
		return "", effect.Fail(opOpenPart, transfer.ErrMD5)
	}
	s.run.meter.arrive(length)
	if s.passing != nil {
		s.passing.sent = reading.whole
	}
	return sum, nil
}

// reading is the body of a part that is to be sent.
func (s *partSender) reading(from io.Reader) (b *partBody, err error) {
	b = &partBody{from: from, sum: md5.New()}
	if s.passing != nil {
		b.whole, err = s.passing.hash()
	}
	return b, err
}

// partBody is a part's bytes on their way, with their MD5. Its lock is for
// an answer that comes while the request is still being sent: the client goes
// on reading for a while after that.
type partBody struct {
	ended atomic.Bool

	mu   sync.Mutex
	from io.Reader
	sum  hash.Hash
	// whole is the hash over the object up to here; nil for none.
	whole hash.Hash
	bytes int64
	err   error
}

// Read reads on, and hashes what it reads.
func (b *partBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended.Load() {
		return 0, errPartEnded
	}
	n, err := b.from.Read(p)
	b.sum.Write(p[:n])
	if b.whole != nil {
		b.whole.Write(p[:n])
	}
	b.bytes += int64(n)
	if err != nil && err != io.EOF && !b.ended.Load() {
		b.err = err
	}
	return n, err
}

// errPartEnded is what who reads on is told.
var errPartEnded = errors.New("part is answered already")

// end lets nobody read on. It stops a read that is under way, which is no
// fault of the source then, and returns once there is none.
func (b *partBody) end(stop context.CancelFunc) {
	b.ended.Store(true)
	stop()
	b.mu.Lock()
	defer b.mu.Unlock()
}

// outcome is how many bytes passed, their MD5 in hex, and why reading ended
// early, if it did.
func (b *partBody) outcome() (bytes int64, sum string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes, hex.EncodeToString(b.sum.Sum(nil)), b.err
}

// putPart sends a body of that length to a presigned URL, and returns S3's
// answer. No error of it holds the URL, whose query is a secret.
func putPart(
	ctx context.Context, c *http.Client, u synapse.PartURL, body io.Reader, length int64,
) ([]byte, error) {
	var payload io.Reader = http.NoBody // without one, it would be sent in chunks
	if length > 0 {
		payload = io.NopCloser(body)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, u.UploadPresignedURL, payload)
	if err != nil {
		return nil, errors.New("presigned URL can't be read")
	}
	request.ContentLength = length
	for name, value := range u.SignedHeaders {
		if strings.EqualFold(name, "Host") {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	response, err := c.Do(request)
	var where *url.Error
	if errors.As(err, &where) {
		return nil, where.Err
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return checkPut(response)
}

// maxAnswerBytes is how much of S3's answer is read.
const maxAnswerBytes = 4 << 10

// putRefusal is S3's refusal of what a presigned URL was used for.
type putRefusal struct {
	status int
	code   string
	// kind is what that amounts to; nil where another attempt may do better.
	kind error
}

// Error names status and code.
func (e *putRefusal) Error() string {
	text := strings.TrimSpace(fmt.Sprintf("status %d %s", e.status, e.code))
	if e.kind != nil {
		text = e.kind.Error() + ": " + text
	}
	return text
}

// Unwrap is the kind.
func (e *putRefusal) Unwrap() error { return e.kind }

// HTTPStatusCode is the answer's status.
func (e *putRefusal) HTTPStatusCode() int { return e.status }

// checkPut makes an error of a refusal, with S3's code. The rest of S3's
// answer may repeat what was signed, and is left out.
func checkPut(response *http.Response) ([]byte, error) {
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	refusal := &putRefusal{status: response.StatusCode, code: s3Code(answer)}
	switch code := refusal.code; {
	case response.StatusCode == http.StatusOK && code == "" && isPage(response.Header):
		refusal.kind = errPage
	case response.StatusCode == http.StatusOK && code == "":
		return answer, nil
	case code == "NoSuchUpload":
		return nil, effect.ErrNoUpload
	case response.StatusCode == http.StatusForbidden, code == "ExpiredToken":
		refusal.kind = effect.ErrURLRefused
	case response.StatusCode == http.StatusPreconditionFailed, code == "PreconditionFailed":
		refusal.kind = transfer.ErrChanged
	case code == "SlowDown", response.StatusCode == http.StatusTooManyRequests,
		response.StatusCode == http.StatusServiceUnavailable:
		refusal.kind = transfer.ErrThrottled
	}
	return nil, refusal
}

// errPage: a proxy or a login answered in S3's place. Nothing was sent.
var errPage = errors.New("not an answer of S3: an HTML page")

// isPage reports whether an answer is one for people.
func isPage(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "text/html"
}

// s3Code is the code in S3's error document, quoted; empty if there is none.
func s3Code(answer []byte) string {
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
	}
	if xml.Unmarshal(answer, &document) != nil {
		return ""
	}
	for _, c := range document.Code {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '.' {
			return ""
		}
	}
	return document.Code
}
