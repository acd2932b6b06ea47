package auth

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

// readFile reads a small file.
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxFileBytes {
		return "", fmt.Errorf("reading %s: larger than %d bytes", path, maxFileBytes)
	}
	return string(b), nil
}

// readableByOthers warns of a file that holds a secret and that others may
// read. Windows has no such bits.
func readableByOthers(path string) []string {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return []string{fmt.Sprintf(
		"%s holds an access token and is open to others (mode %04o): chmod 600",
		path, info.Mode().Perm())}
}
