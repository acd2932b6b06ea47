package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/identity"
)

// defaultCopyLimitBytes is the largest object that CopyObject and
// UploadPartCopy take in one call (S3 user guide, November 2026).
const defaultCopyLimitBytes int64 = 5 << 30

// maxParts is S3's limit of parts in one multipart upload.
const maxParts = 10_000

// connections is how many clients may talk to the gateway at once.
const connections = 4096

// Options say how to run the gateway. Identity is required.
type Options struct {
	// Folder is where objects are kept; empty makes a temporary one, which
	// Close removes.
	Folder string
	// Region is what requests must be signed for; empty is us-east-1.
	Region string
	// Elsewhere are buckets in other regions, with their regions.
	Elsewhere map[string]string
	// Listen is the address; empty is a free port of the loopback
	// interface.
	Listen string
	// Identity knows the users and sessions, Root the one with all rights.
	Identity *identity.Store
	Root     identity.Principal
	// CopyLimitBytes is the largest source of a copy in one call; 0 is AWS's
	// limit, 5 GiB.
	CopyLimitBytes int64
}

// Gateway is a running S3 server.
type Gateway struct {
	endpoint  string
	port      int
	counter   *counter
	cancel    context.CancelFunc
	done      chan struct{}
	err       error
	temporary *temporary // nil where the folder is to stay
	// working is the directory that the process was in before.
	working string
}

// Start runs a gateway until Close. It changes the working directory of the
// process, and only one may run in a process.
func Start(o Options) (*Gateway, error) {
	g := &Gateway{counter: newCounter(o.Identity), done: make(chan struct{})}
	working, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	g.working = working
	folder, err := g.folder(o.Folder)
	if err != nil {
		return nil, err
	}
	if err := g.start(o, folder); err != nil {
		return nil, fmt.Errorf("starting the S3 gateway: %w", err)
	}
	return g, nil
}

func (g *Gateway) folder(path string) (string, error) {
	if path == "" {
		made, err := newTemporary()
		if err != nil {
			return "", err
		}
		g.temporary = made
		return made.path, nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

func (g *Gateway) start(o Options, folder string) error {
	store, err := newStore(folder, orDefault(o.CopyLimitBytes, defaultCopyLimitBytes))
	if err != nil {
		return err
	}
	address := o.Listen
	if address == "" {
		if address, err = freeAddress(); err != nil {
			return err
		}
	}
	if g.port, err = portOf(address); err != nil {
		return err
	}
	g.endpoint = "http://" + address
	elsewhere, err := newRegions(o, listing{store})
	if err != nil {
		return err
	}
	ready := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	g.cancel = cancel
	go func() {
		defer close(g.done)
		g.err = embedgw.RunVersityGW(ctx, listing{store}, g.config(o, store, elsewhere, address, ready))
	}()
	select {
	case <-ready:
		return nil
	case <-g.done:
		_ = g.clean()
		return g.err
	}
}

// newStore keeps objects in a folder, and what is to be known about them in
// extended attributes or, where the file system has none, in files.
func newStore(folder string, copyLimitBytes int64) (*posix.Posix, error) {
	options := posix.PosixOpts{
		CopyObjectThreshold: copyLimitBytes, ValidateBucketNames: true, ForceNoObjLockFile: true,
	}
	objects, side := filepath.Join(folder, "objects"), filepath.Join(folder, "metadata")
	for _, path := range []string{objects, side} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
	}
	attributes := meta.XattrMeta{}
	if attributes.Test(objects) == nil {
		return posix.New(objects, attributes, options)
	}
	files, err := meta.NewSideCar(side)
	if err != nil {
		return nil, err
	}
	options.SideCarDir = side
	return posix.New(objects, files, options)
}

func (g *Gateway) config(
	o Options, be backend.Backend, elsewhere *regions, address string, ready chan struct{},
) *embedgw.Config {
	return &embedgw.Config{
		RootUserAccess: o.Root.Key.AccessKeyID, RootUserSecret: o.Root.Key.SecretAccessKey,
		Region: o.Region, Ports: []string{address}, IAMService: iam{o.Identity},
		MaxConnections: connections, MaxRequests: connections, MultipartMaxParts: maxParts,
		KeepAlive: true, Quiet: true, DisableACLs: true,
		S3Options: []s3api.Option{
			s3api.WithOnListen(func() { close(ready) }),
			s3api.WithMiddleware("/", quotes),
			s3api.WithMiddleware("/", g.counter.middleware),
			s3api.WithMiddleware("/", elsewhere.middleware),
			s3api.WithMiddleware("/", likeAWS{iam{o.Identity}, be, regionOf(o)}.middleware),
		},
	}
}

// regionOf is the gateway's own region.
func regionOf(o Options) string {
	if o.Region == "" {
		return "us-east-1"
	}
	return o.Region
}

func orDefault(n, otherwise int64) int64 {
	if n == 0 {
		return otherwise
	}
	return n
}

// freeAddress finds a port that nobody listens on. The gateway can't be
// given a listener, only an address.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// Endpoint is the base URL, for clients that use path style.
func (g *Gateway) Endpoint() string { return g.endpoint }

// Counts is what was asked so far.
func (g *Gateway) Counts() describe.S3Counts { return g.counter.snapshot() }

// ResetCounts begins anew.
func (g *Gateway) ResetCounts() { g.counter.reset() }

// Done is closed when the gateway has ended, by Close or by itself.
func (g *Gateway) Done() <-chan struct{} { return g.done }

// grace is how long Close lets requests under way take. A client that is
// slower, or has a connection open that it never used, is hung up on; the
// gateway by itself would wait 10 s for both.
const grace = 500 * time.Millisecond

// Close ends the gateway and its clients' connections, and removes the
// objects if their folder was temporary.
func (g *Gateway) Close() error {
	g.cancel()
	hung := g.hangUp()
	<-g.done
	return errors.Join(hung, g.clean(), g.err)
}

// hangUp ends connections that are still open after the time of grace.
func (g *Gateway) hangUp() error {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-g.done:
		return nil
	case <-timer.C:
		return hangUp(g.port)
	}
}

func (g *Gateway) clean() error {
	if err := os.Chdir(g.working); err != nil {
		return err
	}
	if g.temporary == nil {
		return nil
	}
	return g.temporary.remove()
}
