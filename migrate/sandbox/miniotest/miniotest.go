// Package miniotest starts a MinIO server for tests: an S3 and an STS that
// this module didn't write. The binary is a process of its own, named by
// the environment variable MINIO_BINARY (make test-minio sets it).
package miniotest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Region is the region that the server answers for.
const Region = "us-east-1"

// Server is a running MinIO. S3 and STS share one endpoint.
type Server struct {
	Endpoint             string
	RootUser, RootSecret string
}

// startLimit bounds how long the server may take to answer.
const startLimit = 60 * time.Second

// Start runs a server on a free port of the loopback interface, with its
// data in a folder of the test's, and ends it with the test. It fails the
// test when MINIO_BINARY isn't set.
func Start(t testing.TB) Server {
	t.Helper()
	binary := os.Getenv("MINIO_BINARY")
	if binary == "" {
		t.Fatal("MINIO_BINARY is not set; run make test-minio")
	}
	address := freeAddress(t)
	s := Server{Endpoint: "http://" + address, RootUser: "miniotest", RootSecret: "miniotest-secret"}
	server := exec.Command(binary, "server", t.TempDir(), "--address", address, "--quiet")
	server.Env = append(os.Environ(), "MINIO_ROOT_USER="+s.RootUser,
		"MINIO_ROOT_PASSWORD="+s.RootSecret, "MINIO_BROWSER=off", "MINIO_UPDATE=off")
	if err := server.Start(); err != nil {
		t.Fatalf("starting MinIO: %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	if err := waitReady(s.Endpoint + "/minio/health/ready"); err != nil {
		t.Fatal(err)
	}
	return s
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// waitReady asks until the server answers 200.
func waitReady(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("MinIO did not become ready within %s: %w", startLimit, ctx.Err())
		case <-tick.C:
		}
	}
}
