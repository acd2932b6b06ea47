package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/gateway"
	"synapse-migrate/migrate/sandbox/identity"
	"synapse-migrate/migrate/sandbox/outside"
	"synapse-migrate/migrate/sandbox/sts"
	"synapse-migrate/synapse/emulator"
)

// Description says all that is needed to use a sandbox.
type Description = describe.Description

// region is the one that all buckets but one are in.
const region = "us-east-1"

// loopback is any free port that only this machine reaches.
const loopback = "127.0.0.1:0"

// Options say how to run a sandbox. The zero value is a useful one, without
// Synapse's throttles.
type Options struct {
	// Listen is Synapse's address; empty is a free port of the loopback
	// interface. S3 and STS always take such ports.
	Listen string
	// S3 is another S3 server, which may have an STS; nil runs the sandbox's
	// own. Folder and CopyLimitBytes are of no use with it, and what was asked
	// of S3 is not counted.
	S3 *OtherS3
	// Folder is where S3 keeps its objects; empty is a temporary folder,
	// removed by Close. Synapse's state is in memory in any case.
	Folder string
	// Throttle switches Synapse's limits on: 3 requests in flight and 600
	// in 60 s.
	Throttle bool
	// TokenLife is how long credentials live at most that STS issues,
	// Synapse's included; 0 is as long as was asked for, which in Synapse's
	// case is 12 h. Lives are rounded up to seconds.
	TokenLife time.Duration
	// CopyLimitBytes is the largest source of an S3 copy in one call; 0 is
	// S3's 5 GiB.
	CopyLimitBytes int64
	// Previews has Synapse write preview objects into the buckets of new
	// file handles, as the real one does.
	Previews bool
	// OlderBuckets makes the owner's destination bucket one as from before
	// April 2023: its Object Ownership is "bucket owner preferred", and its
	// policy refuses objects that are written without the ACL
	// bucket-owner-full-control.
	OlderBuckets bool
	// Load fills a bucket from a directory; nil doesn't.
	Load *Load
	// Sample makes a sample project; nil doesn't.
	Sample *describe.SampleRequest
	// Now is the clock of Synapse and of the credentials' expiry; nil is
	// time.Now.
	Now    func() time.Time
	Logger zerolog.Logger
}

// Sandbox is a running sandbox.
type Sandbox struct {
	description Description
	synapse     *emulator.Emulator
	gateway     *gateway.Gateway
	outside     *outside.Server
	identity    *identity.Store
	tokenLife   atomic.Int64                           // time.Duration
	samples     atomic.Pointer[describe.SampleProject] // the latest
	servers     []*http.Server
	failed      chan error
	logger      zerolog.Logger
}

// Start starts everything and prepares the data; the context bounds only
// that. Only one sandbox may run in a process, and it changes the process's
// working directory: programs should run it in a process of its own.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	s := &Sandbox{
		identity: identity.New(o.Now), failed: make(chan error, 4), logger: o.Logger,
	}
	s.tokenLife.Store(int64(o.TokenLife))
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the sandbox: %w", err), s.Close())
	}
	return s, nil
}

func (s *Sandbox) start(ctx context.Context, o Options) error {
	load, err := o.Load.resolve() // before the working directory changes
	if err != nil {
		return err
	}
	people := s.addIdentities()
	aws, err := s.startS3(ctx, o, people)
	if err != nil {
		return err
	}
	if o.S3 == nil { // its STS knows who may ask for keys
		if err := s.serveEarthdata(); err != nil {
			return err
		}
	}
	s.newSynapse(o, awsbackend.New(aws))
	address, err := s.serve(loopback, s.outside)
	if err != nil {
		return err
	}
	s.outside.SetEndpoint(address)
	listen := o.Listen
	if listen == "" {
		listen = loopback
	}
	if s.description.SynapseEndpoint, err = s.serve(listen, s.handler()); err != nil {
		return err
	}
	if err := s.prepare(ctx, load, o.Sample); err != nil {
		return err
	}
	if o.OlderBuckets {
		if err := s.makeOlder(ctx); err != nil {
			return fmt.Errorf("making bucket %s an older one: %w", destinationBucket, err)
		}
	}
	s.synapse.SetThrottle(o.Throttle)
	s.synapse.ResetCalls()
	s.resetS3Counts()
	return nil
}

// startS3 starts S3 and STS, or finds those of somebody else.
func (s *Sandbox) startS3(ctx context.Context, o Options, people people) (_ awsbackend.Options, err error) {
	if o.S3 != nil {
		if err := o.S3.check(o.TokenLife); err != nil {
			return awsbackend.Options{}, err
		}
		return s.useOther(ctx, *o.S3)
	}
	s.gateway, err = gateway.Start(gateway.Options{
		Folder: o.Folder, Region: region, Identity: s.identity, Root: people.root,
		CopyLimitBytes: o.CopyLimitBytes,
		Elsewhere:      map[string]string{elsewhereBucket: elsewhereRegion},
	})
	if err != nil {
		return awsbackend.Options{}, err
	}
	s.description.S3Endpoint, s.description.Sessions = s.gateway.Endpoint(), describe.SessionsScoped
	s.description.ETags = "md5"
	s.description.STSEndpoint, err = s.serve(loopback, sts.New(sts.Options{
		Identity: s.identity, Region: region, Logger: o.Logger, LongestLife: s.longestLife,
	}))
	return awsbackend.Options{
		S3Endpoint: s.description.S3Endpoint, STSEndpoint: s.description.STSEndpoint,
		Region: region, Regions: map[string]string{elsewhereBucket: elsewhereRegion},
		RoleARN:         people.synapseRole,
		AccessKeyID:     people.synapse.Key.AccessKeyID,
		SecretAccessKey: people.synapse.Key.SecretAccessKey,
	}, err
}

// longestLife is how long credentials live at most; 0 is as long as asked for.
func (s *Sandbox) longestLife() time.Duration { return time.Duration(s.tokenLife.Load()) }

// newSynapse makes the emulator; its throttles are off until everything is
// prepared.
func (s *Sandbox) newSynapse(o Options, aws *awsbackend.Backend) {
	var vendor emulator.Vendor = aws
	if o.S3 != nil {
		vendor = otherVendor{aws, o.S3.Keys, s.description.Sessions, s.longestLife}
	}
	s.outside = outside.New(aws, o.Now)
	s.synapse = emulator.New(emulator.Options{
		Storage: s.outside, Vendor: vendor, Now: o.Now, Bucket: synapseBucket, Logger: o.Logger,
		Previews: o.Previews,
	})
}

// headerTimeout bounds how long a client may take to send a request's head.
const headerTimeout = time.Minute

// serve listens and returns the base URL.
func (s *Sandbox) serve(address string, handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	s.servers = append(s.servers, server)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return "http://" + listener.Addr().String(), nil
}

// Describe says how to use the sandbox.
func (s *Sandbox) Describe() Description { return s.description }

// Synapse is the emulator behind the endpoint.
func (s *Sandbox) Synapse() *emulator.Emulator { return s.synapse }

// s3Counts is what S3 was asked so far; nothing where it is another one's.
func (s *Sandbox) s3Counts() describe.S3Counts {
	if s.gateway == nil {
		return describe.S3Counts{}
	}
	return s.gateway.Counts()
}

func (s *Sandbox) resetS3Counts() {
	if s.gateway != nil {
		s.gateway.ResetCounts()
	}
}

// setTokenLife sets how long credentials live at most that are issued from
// now on; 0 is as long as was asked for.
func (s *Sandbox) setTokenLife(life time.Duration) { s.tokenLife.Store(int64(life)) }

// Wait returns when the context ends, with nil, or when a server fails.
func (s *Sandbox) Wait(ctx context.Context) error {
	var ended <-chan struct{} // never, where there is no gateway
	if s.gateway != nil {
		ended = s.gateway.Done()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("serving: %w", err)
	case <-ended:
		return errors.New("serving: the S3 gateway ended by itself")
	}
}

// Close ends everything, open connections too, and removes what was kept in
// a temporary folder.
func (s *Sandbox) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	if s.gateway != nil {
		errs = append(errs, s.gateway.Close())
	}
	return errors.Join(errs...)
}
