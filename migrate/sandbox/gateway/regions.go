package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
)

// A versitygw is one region's. For buckets elsewhere there is one more
// server for each of their regions, over the same objects; the first one
// hands requests over to it, so that one endpoint serves all regions, as
// far as clients can see. A server's inside can only be had from a request
// to it, and so each of them listens for a moment on a port of its own.

// regions are the servers of buckets in other regions than the gateway's.
type regions struct {
	byBucket map[string]func(fiber.Ctx)
}

// newRegions makes the servers, one for each region.
func newRegions(o Options, be backend.Backend) (*regions, error) {
	all := &regions{byBucket: map[string]func(fiber.Ctx){}}
	byRegion := map[string]func(fiber.Ctx){}
	for bucket, region := range o.Elsewhere {
		if byRegion[region] == nil {
			app, err := newRegion(o, region, be)
			if err != nil {
				return nil, fmt.Errorf("region %s: %w", region, err)
			}
			handler := app.Handler()
			byRegion[region] = func(ctx fiber.Ctx) { handler(ctx.RequestCtx()) }
		}
		all.byBucket[bucket] = byRegion[region]
	}
	return all, nil
}

// newRegion makes the server of one region.
func newRegion(o Options, region string, be backend.Backend) (*fiber.App, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	inside, ready := &inside{}, make(chan struct{})
	server, err := s3api.New(be, middlewares.RootUserConfig{
		Access: o.Root.Key.AccessKeyID, Secret: o.Root.Key.SecretAccessKey,
	}, region, iam{o.Identity}, nil, nil, nil, nil,
		s3api.WithQuiet(), s3api.WithDisableACL(), s3api.WithMpMaxParts(maxParts),
		s3api.WithConcurrencyLimiter(connections, connections),
		s3api.WithOnListen(func() { close(ready) }),
		s3api.WithMiddleware("/", inside.middleware),
		s3api.WithMiddleware("/", likeAWS{iam{o.Identity}, be, region}.middleware))
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ServeMultiPort([]string{address}) }()
	select {
	case err := <-ended:
		return nil, err
	case <-ready:
	}
	err = errors.Join(probe("http://"+address), server.ShutDown())
	<-ended // says that the listener is closed
	return inside.get(), err
}

// probe sends a request, whatever the answer.
func probe(address string) error {
	response, err := http.Get(address)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// inside remembers the application that a request came to.
type inside struct {
	mu  sync.Mutex
	app *fiber.App
}

func (i *inside) middleware(ctx fiber.Ctx) error {
	i.mu.Lock()
	if i.app == nil {
		i.app = ctx.App()
	}
	i.mu.Unlock()
	return ctx.Next()
}

func (i *inside) get() *fiber.App {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.app
}

// middleware hands requests for buckets elsewhere over.
func (r *regions) middleware(ctx fiber.Ctx) error {
	bucket, _ := split(ctx.Path())
	handle := r.byBucket[bucket]
	if handle == nil {
		return ctx.Next()
	}
	handle(ctx)
	return nil
}
