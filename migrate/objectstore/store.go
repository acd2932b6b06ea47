package objectstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/document"
	"synapse-migrate/migrate/transfer"
)

const (
	defaultRegion          = "us-east-1"
	defaultConcurrency     = 32
	defaultPartConcurrency = 4
)

// Options say how S3 is reached. Only Credentials must be given.
type Options struct {
	// Credentials sign every request. A provider with a method Refresh, as
	// credentials.Renewing has, is asked to renew when S3 answers that what
	// it gave has expired; the Name of one that has that method stands in
	// the errors of requests that were denied.
	Credentials aws.CredentialsProvider
	// Region of the buckets; empty is us-east-1.
	Region string
	// Endpoint is the base URL of an S3 that is not AWS; empty is AWS.
	Endpoint string
	// AWS are the settings of the AWS tools that hold for the rest: which of
	// AWS's endpoints, whom to trust, how often to try. Its own region, endpoint
	// and path style are not used: those are Region, Endpoint and PathStyle.
	AWS credentials.AWS
	// PathStyle puts the bucket into the path rather than the host name.
	PathStyle bool
	// ETags says what the server's ETags are; empty is what its operator
	// documents, see ETags.
	ETags ETags
	// RequesterPays agrees to pay for requests to other people's buckets.
	RequesterPays bool
	// Encryption is asked for in what is written.
	Encryption Encryption
	// ACL is given to what is written: BucketOwnerFullControl, or empty for
	// none. A bucket that doesn't take it is written without.
	ACL string
	// Concurrency is the largest number of requests in flight, those of
	// Mover.Unchanged apart; 0 is 32.
	Concurrency int
	// PartSizeBytes is the size of one part of a multipart upload or copy;
	// 0 is 8 MiB below 1 GiB and 128 MiB from there on, and a single request
	// up to 16 MiB. It grows where an object would have more than 10,000
	// parts. 5 MiB to 5 GiB.
	PartSizeBytes int64
	// PartConcurrency is the number of parts of one object in flight, and
	// of ranges read at once to hash it; 0 is 4. Streaming one object holds
	// as many parts in memory at most.
	PartConcurrency int
	// CopyLimitBytes is the largest object copied in one request; 0 is
	// 5 GiB, CopyObject's documented limit. Larger ones go in parts.
	CopyLimitBytes int64
	// MaxRetryDelay bounds the pause before a request is tried again, which
	// doubles from attempt to attempt; 0 is 20 seconds.
	MaxRetryDelay time.Duration
	// HTTPClient sends the requests; nil is one with enough idle
	// connections for Concurrency that trusts whom AWS says.
	HTTPClient HTTPClient
	// Logger is told of retries and renewals; the zero value discards.
	Logger zerolog.Logger
}

// HTTPClient sends one request; http.Client does.
type HTTPClient interface {
	Do(*http.Request) (*http.Response, error)
}

// Store is one way to reach S3. It is safe for concurrent use.
type Store struct {
	options   Options
	client    *s3.Client
	transport *transport
	// aside is for looks that nothing may hold up.
	aside  *transport
	payer  types.RequestPayer
	quirks quirks
}

// New checks the options and returns a Store. It makes no request.
func New(o Options) (*Store, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	t := newTransport(o.HTTPClient, o.Concurrency, o.Logger)
	s := &Store{options: o, transport: t, aside: t.beside()}
	if o.RequesterPays {
		s.payer = types.RequestPayerRequester
	}
	s.client = s3.NewFromConfig(o.AWS.Config(), func(so *s3.Options) {
		so.Region, so.Credentials, so.UsePathStyle = o.Region, tracked{o.Credentials}, o.PathStyle
		so.HTTPClient, so.Retryer, so.Logger = t, newRetryer(o.MaxRetryDelay), logging.Nop{}
		so.DisableLogOutputChecksumValidationSkipped = true
		// What is written has a checksum by itself, and what is read is compared.
		so.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		so.ResponseChecksumValidation = aws.ResponseChecksumValidation(0)
		o.reach(so)
		so.APIOptions = append(so.APIOptions, renewal{o.Credentials, o.Logger}.install, noticeSkew,
			document.Expect("S3", wanted))
		if p, ok := o.Credentials.(named); ok {
			so.APIOptions = append(so.APIOptions, signer(p.Name()).install)
		}
	})
	return s, nil
}

// reach sets where the requests go.
func (o Options) reach(so *s3.Options) {
	so.BaseEndpoint = nil
	if o.AWS.S3.DualStack {
		so.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	so.UseAccelerate, so.UseARNRegion = o.AWS.S3.Accelerate, !o.AWS.S3.OwnRegionOnly
	if o.Endpoint != "" {
		so.BaseEndpoint = aws.String(o.Endpoint)
		so.APIOptions = append(so.APIOptions, signLess)
		// Only AWS has these.
		so.EndpointOptions.UseDualStackEndpoint, so.UseAccelerate = aws.DualStackEndpointStateUnset, false
	}
}

// ErrFIPS means that FIPS endpoints are wanted, and that the endpoint is not
// AWS's.
var ErrFIPS = errors.New("AWS's FIPS endpoints are wanted (use_fips_endpoint or AWS_USE_FIPS_ENDPOINT), " +
	"and this endpoint is not one of them")

// check refuses options that cannot work.
func (o Options) check() error {
	if o.Credentials == nil {
		return fmt.Errorf("object store: no credentials")
	}
	if o.Endpoint != "" {
		u, err := url.Parse(o.Endpoint)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("object store: endpoint %q is no http or https URL", o.Endpoint)
		}
		if o.AWS.FIPS() {
			return fmt.Errorf("S3 endpoint %s: %w", o.Endpoint, ErrFIPS)
		}
	}
	if p := o.PartSizeBytes; p != 0 && (p < minPartBytes || p > maxPartBytes) {
		return fmt.Errorf("object store: part size %d is not between 5 MiB and 5 GiB", p)
	}
	if !o.ETags.Known() {
		return fmt.Errorf("object store: ETags %q: want %s or %s", o.ETags, ETagsMD5, ETagsOpaque)
	}
	if o.Concurrency < 0 || o.PartConcurrency < 0 || o.CopyLimitBytes < 0 {
		return fmt.Errorf("object store: negative limit")
	}
	return nil
}

// withDefaults fills in what was left zero.
func (o Options) withDefaults() Options {
	if o.Region == "" {
		o.Region = defaultRegion
	}
	if o.Concurrency == 0 {
		o.Concurrency = defaultConcurrency
	}
	if o.PartConcurrency == 0 {
		o.PartConcurrency = defaultPartConcurrency
	}
	if o.CopyLimitBytes == 0 {
		o.CopyLimitBytes = copyLimitBytes
	}
	if o.MaxRetryDelay == 0 {
		o.MaxRetryDelay = retry.DefaultMaxBackoff
	}
	if o.HTTPClient == nil {
		o.HTTPClient = newHTTPClient(o.Concurrency, o.AWS.Roots())
	}
	return o
}

// newHTTPClient keeps a connection for each request that may be in flight
// and gives bodies as they are stored, compressed ones too. It trusts the
// roots; nil is the system's.
func newHTTPClient(concurrency int, roots *x509.CertPool) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	t.MaxIdleConns = 2 * concurrency
	t.MaxIdleConnsPerHost = 2 * concurrency
	t.DisableCompression = true
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// unsigned leaves the payload out of the signature where TLS and a checksum
// already guard it, which saves a SHA-256 over every byte.
func (s *Store) unsigned(o *s3.Options) {
	if s.options.AWS.S3.SignPayloads {
		return
	}
	if s.options.Endpoint == "" || strings.HasPrefix(s.options.Endpoint, "https://") {
		o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
	}
}

// Counters are what a Store has done so far.
type Counters struct {
	// Calls are requests sent, by operation, retries included.
	Calls map[string]int64
	// Refused are answers 429 and 503.
	Refused int64
	// BytesRead and BytesWritten are object data, headers and XML left out,
	// retries included.
	BytesRead, BytesWritten int64
}

// Counters returns a snapshot.
func (s *Store) Counters() Counters { return s.transport.counters.snapshot() }

// ReadSmall returns the beginning of an object, at most limit bytes of it.
// An error wraps transfer.ErrNotFound or transfer.ErrDenied where that is
// the case.
func (s *Store) ReadSmall(ctx context.Context, bucket, key string, limit int64) ([]byte, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), RequestPayer: s.payer,
	})
	if err != nil {
		return nil, failure("GetObject", bucket, key, err)
	}
	defer func() { _ = out.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(out.Body, limit))
	return text, failure("GetObject", bucket, key, err)
}

// PutNew writes a small text object where there is none, and returns its
// ETag; else the error wraps transfer.ErrExists.
func (s *Store) PutNew(ctx context.Context, bucket, key, text string) (etag string, err error) {
	if s.unguarded(transfer.Request{}) {
		if _, err := s.Look(ctx, bucket, key); err == nil {
			return "", fmt.Errorf("writing %q: %w", location(bucket, key), transfer.ErrExists)
		} else if !errors.Is(err, transfer.ErrNotFound) {
			return "", err
		}
	}
	out, err := s.putObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key),
		ContentType: aws.String("text/plain; charset=utf-8"), IfNoneMatch: aws.String("*"),
	}, payload{data: []byte(text)})
	if errors.Is(err, errCondition) {
		return "", fmt.Errorf("writing %q: %w", location(bucket, key), transfer.ErrExists)
	} else if err != nil {
		return "", err
	}
	return unquote(aws.ToString(out.ETag)), nil
}

// Remove deletes an object if it still has that ETag, as Mover.Remove does.
func (s *Store) Remove(ctx context.Context, bucket, key, etag string) error {
	return s.remove(ctx, bucket, key, etag)
}
