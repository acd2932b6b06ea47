//go:build unix

package gateway

import (
	"os"
	"strconv"
	"syscall"
)

// hangUp ends the connections that clients have to a local TCP port. It
// finds them among the process's open files, since the gateway shows no
// connection before its first request.
func hangUp(port int) error {
	folder, err := os.Open("/dev/fd")
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		file, err := strconv.Atoi(name)
		if err != nil || !accepted(file, port) {
			continue
		}
		_ = syscall.Shutdown(file, syscall.SHUT_RDWR) // it may have ended by now
	}
	return nil
}

// accepted reports whether an open file is a connection to the port.
func accepted(file, port int) bool {
	local, err := syscall.Getsockname(file)
	if err != nil {
		return false
	}
	if _, err := syscall.Getpeername(file); err != nil {
		return false // it listens, or has ended
	}
	switch address := local.(type) {
	case *syscall.SockaddrInet4:
		return address.Port == port
	case *syscall.SockaddrInet6:
		return address.Port == port
	}
	return false
}
