package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxSecretBytes bounds a file that holds one secret.
const maxSecretBytes = 64 << 10

// The schemes of references.
const (
	schemeEnv  = "env"
	schemeFile = "file"
)

// ErrNoSecret is wrapped where a reference leads to nothing: an empty or
// unset variable, an empty file.
var ErrNoSecret = errors.New("is not set")

// Reference says where a secret is. It prints as what it refers to, never
// as the secret. The zero value refers to nothing.
type Reference struct {
	// scheme is env or file, and empty for a plain value.
	scheme, target string
}

// Env refers to an environment variable.
func Env(name string) Reference { return Reference{schemeEnv, name} }

// File refers to a file, which others must not be able to read.
func File(path string) Reference { return Reference{schemeFile, path} }

// Plain is a value that is no secret.
func Plain(text string) Reference { return Reference{"", text} }

// IsZero reports whether there is nothing referred to.
func (r Reference) IsZero() bool { return r == Reference{} }

// IsVariable reports whether it refers to an environment variable.
func (r Reference) IsVariable() bool { return r.scheme == schemeEnv }

// String is env:NAME, file:PATH, or "plain".
func (r Reference) String() string {
	switch {
	case r.IsZero():
		return ""
	case r.scheme == "":
		return "plain"
	}
	return r.scheme + ":" + r.target
}

// GoString is String.
func (r Reference) GoString() string { return r.String() }

// Resolve reads what is referred to, without white space around it. The
// error of a missing one wraps ErrNoSecret; it names the reference and
// never what is in it. The zero Reference is the empty text.
func (r Reference) Resolve() (string, error) {
	text := r.target
	switch r.scheme {
	case schemeEnv:
		text = os.Getenv(r.target)
	case schemeFile:
		var err error
		if text, err = readSecret(r.target); err != nil {
			return "", err
		}
	default:
		return text, nil
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("%s %w", r, ErrNoSecret)
	}
	return text, nil
}

// readSecret reads a small file that is closed to others.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("reading a secret: %s is not a file", path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s holds a secret and is open to others (mode %04o): chmod 600 it",
			path, info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	if len(b) > maxSecretBytes {
		return "", fmt.Errorf("reading a secret: %s is larger than %d bytes", path, maxSecretBytes)
	}
	return string(b), nil
}

// parseReference reads env:NAME or file:PATH; false for anything else. A
// relative path is one from the folder, and ~/ is the home folder.
func parseReference(text, folder string) (Reference, bool) {
	scheme, target, found := strings.Cut(text, ":")
	switch {
	case !found || target == "" || strings.ContainsAny(target, "\x00\n"):
		return Reference{}, false
	case scheme == schemeEnv && variable.MatchString(target):
		return Env(target), true
	case scheme == schemeFile:
		return File(place(target, folder)), true
	}
	return Reference{}, false
}

// place makes a path absolute.
func place(path, folder string) string {
	if rest, found := strings.CutPrefix(path, "~/"); found {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
