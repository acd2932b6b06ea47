package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"synapse-migrate/migrate/fileowner"
)

// fileName is the configuration file's name in the working directory.
const fileName = "migrate.yaml"

// errForeign is wrapped where the configuration in the working directory
// belongs to somebody else: it can name programs to run, so it is used only
// when it is named.
var errForeign = errors.New("belongs to another user: name it with --config if it is to be used")

// Find is the configuration file to use: migrate.yaml in a folder (empty is
// the working directory), else migrate/config.yaml in the user's
// configuration folder, else none, which is empty.
func Find(folder string) (string, error) {
	here := filepath.Join(folder, fileName)
	switch info, err := os.Stat(here); {
	case err == nil && fileowner.Foreign(info):
		return "", fmt.Errorf("%s %w", here, errForeign)
	case err == nil:
		return here, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("looking for a configuration: %w", err)
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return "", nil // a user without a home has no configuration there
	}
	there := filepath.Join(home, "migrate", "config.yaml")
	switch _, err := os.Stat(there); {
	case err == nil:
		return there, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("looking for a configuration: %w", err)
	}
	return "", nil
}

// Load reads a configuration file. An empty path is no file, and gives a
// Config without rules. What is wrong in the file is an *Error.
func Load(path string) (Config, error) { return load(path, false) }

// LoadFound reads the configuration file that Find has found, as Load does,
// and refuses it when the file that was opened belongs to somebody else: in a
// folder of several people it may no longer be the one that was found.
func LoadFound(path string) (Config, error) { return load(path, true) }

// load reads a configuration file: found by ourselves, or named by the user.
func load(path string, found bool) (Config, error) {
	if path == "" {
		return Config{}, nil
	}
	content, err := read(path, found)
	if err != nil {
		return Config{}, fmt.Errorf("reading the configuration: %w", err)
	}
	c, err := Parse(path, content)
	if err != nil {
		return Config{}, err
	}
	sum := sha256.Sum256(content)
	c.Digest = hex.EncodeToString(sum[:])
	return c, nil
}

// read reads a file that nobody else may change: it can name programs to
// run. One that was found is this user's own.
func read(path string, found bool) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if found && fileowner.Foreign(info) {
		return nil, fmt.Errorf("%s %w", path, errForeign)
	}
	if fileowner.OthersWrite(info) {
		return nil, fmt.Errorf("%s can be changed by others (mode %04o): chmod go-w it",
			path, info.Mode().Perm())
	}
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}
