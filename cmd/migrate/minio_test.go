//go:build minio

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/miniotest"
	"synapse-migrate/migrate/sandbox/sandboxtest"
	"synapse-migrate/synapse/emulator"
)

// meter stands between migrate and S3 and counts the object data that
// passes: bodies of PUT requests, and of answers to GET requests for keys.
type meter struct {
	in, out atomic.Int64
}

// countedBody adds what is read to a count.
type countedBody struct {
	io.ReadCloser
	count *atomic.Int64
}

func (c countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.count.Add(int64(n))
	return n, err
}

// isObject reports whether a request is for a key rather than a bucket.
func isObject(r *http.Request) bool {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return key != ""
}

func startMeter(t *testing.T, endpoint string) (*meter, string) {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	m := &meter{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = p.In.Host // the signature covers it
			if p.In.Method == http.MethodPut && isObject(p.In) && p.Out.Body != nil {
				p.Out.Body = countedBody{p.Out.Body, &m.in}
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Method == http.MethodGet && isObject(r.Request) {
				r.Body = countedBody{r.Body, &m.out}
			}
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return m, server.URL
}

// minioSite is a site whose S3 and STS are MinIO's, and whose Synapse runs
// in the test.
func minioSite(t *testing.T) (*site, *meter) {
	t.Helper()
	server := miniotest.Start(t)
	backend := awsbackend.New(awsbackend.Options{
		S3Endpoint: server.Endpoint, Region: miniotest.Region,
		AccessKeyID: server.RootUser, SecretAccessKey: server.RootSecret,
		DropPolicyActions: []string{"s3:PutObjectAcl"}, S3ActionsOnly: true,
	})
	e := emulator.New(emulator.Options{Storage: backend, Vendor: backend, Bucket: "synapse-storage"})
	service := httptest.NewServer(e)
	t.Cleanup(service.Close)
	m, s3Endpoint := startMeter(t, server.Endpoint)
	owner := e.AddUser(emulator.User{Name: "owner", Certified: true})
	s := &site{t: t, dir: t.TempDir(), Instance: &sandboxtest.Instance{}}
	s.Description = describe.Description{
		SynapseEndpoint: service.URL, S3Endpoint: server.Endpoint, Region: miniotest.Region,
		Owner:  describe.User{ID: owner, Name: "owner", Token: e.AddToken(owner, nil, 0)},
		Root:   describe.Keys{AccessKeyID: server.RootUser, SecretAccessKey: server.RootSecret},
		Source: "lab-source", Destination: "lab-destination", SynapseBucket: "synapse-storage",
	}
	s.OwnerKeys = s.Root
	s.Description.Project = e.AddProject(owner, "MinIO")
	for _, bucket := range []string{s.Source, s.Destination, s.SynapseBucket} {
		if _, err := s.root().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append([]string{childVariable + "=1", "HOME=" + s.dir, "PATH=" + os.Getenv("PATH")},
		append(s.Environment(), "AWS_ENDPOINT_URL_S3="+s3Endpoint, "MIGRATE_ETAGS=md5")...) // MinIO makes such ETags
	s.External = s.stsFolder("External", "study/data")
	return s, m
}

func (s *site) root() *s3.Client {
	return s3.New(s3.Options{
		Region: s.Region, BaseEndpoint: aws.String(s.S3Endpoint), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(s.Root.AccessKeyID, s.Root.SecretAccessKey, ""),
	})
}

// sizes sums up what is wanted.
func sizes(want map[string]compare.Want) (sum int64) {
	for _, w := range want {
		sum += w.SizeBytes
	}
	return sum
}

func TestMinIOServerSideCopyMovesNoBytesThroughTheProcess(t *testing.T) {
	s, m := minioSite(t)
	objects := study("raw/", 200)
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID,
		"--dest-credentials", "source", "--yes", fast)
	s.holds(s.External.ID, wanted(objects, "raw/"))
	if m.in.Load() != 0 || m.out.Load() != 0 {
		t.Errorf("%d bytes of object data went out and %d came in, want 0", m.in.Load(), m.out.Load())
	}
	s.report("server-side copy", len(objects), m)
}

func TestMinIORegisterInPlaceMovesNoBytes(t *testing.T) {
	s, m := minioSite(t)
	objects := study(s.External.BaseKey+"/", 200)
	s.fill(s.Destination, objects)
	s.want(exitDone, "bucket", "s3://"+s.Destination+"/"+s.External.BaseKey+"/", "--to", s.External.ID, "--yes", fast)
	s.holds(s.External.ID, wanted(objects, s.External.BaseKey+"/"))
	if m.in.Load() != 0 || m.out.Load() != 0 {
		t.Errorf("%d bytes of object data went out and %d came in, want 0", m.in.Load(), m.out.Load())
	}
	s.report("register", len(objects), m)
}

func TestMinIOStreamWithSynapsesCredentials(t *testing.T) {
	s, m := minioSite(t)
	objects := study("raw/", 200)
	objects["raw/large.bin"] = string(bytes.Repeat([]byte("0123456789abcdef"), 2<<20)) // 32 MiB, in parts
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast, "--part-size=5MiB")
	want := wanted(objects, "raw/")
	s.holds(s.External.ID, want)
	if m.out.Load() != sizes(want) {
		t.Errorf("read %d bytes, want each of %d once", m.out.Load(), sizes(want))
	}
	s.report("stream", len(objects), m)
}

func (s *site) report(what string, objects int, m *meter) {
	s.t.Logf("%s: %d objects, %d bytes read, %d bytes written", what, objects, m.out.Load(), m.in.Load())
}
