package action

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/webpage"
)

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
	case response.StatusCode == http.StatusOK && code == "" && webpage.Typed(response.Header.Get("Content-Type")):
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
