package faults

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
)

// Hosts of the network: addresses of this machine, to which plain HTTP is
// allowed. Synapse reaches S3 by its own way, which no fault befalls.
const (
	hostSynapse  = "127.0.0.1"
	hostS3       = "127.0.0.2"
	hostInternal = "127.0.0.3"
)

// dialer connects a client to a host.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// transport is one client's.
func (d dialer) transport(t *testing.T) *http.Transport {
	transport := &http.Transport{DialContext: d, DisableCompression: true, MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// inMemory serves each handler at its host, and connects without a network.
func inMemory(t *testing.T, handlers map[string]http.Handler) dialer {
	return newNetwork(t, handlers).dial
}

// network joins clients and servers by connections in memory.
type network struct {
	hosts map[string]*host
}

// newNetwork serves each handler at its host's name until the test ends.
func newNetwork(t *testing.T, handlers map[string]http.Handler) *network {
	n := &network{hosts: map[string]*host{}}
	for name, handler := range handlers {
		h := &host{conns: make(chan net.Conn), closed: make(chan struct{})}
		n.hosts[name] = h
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(h) }()
		t.Cleanup(func() { _ = server.Close() })
	}
	return n
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	h := n.hosts[name]
	if h == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	client, server := net.Pipe()
	select {
	case h.conns <- server:
		return client, nil
	case <-h.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// host is a net.Listener.
type host struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (h *host) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *host) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *host) Addr() net.Addr { return &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)} }
