package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"synapse-migrate/migrate/checkpoint"
)

// runSuffix ends the names of run files.
const runSuffix = ".migrate"

// runFileFor is the default run file of a destination folder.
func runFileFor(folder string) string {
	return strings.ToLower(folder) + runSuffix
}

// findRunFile is the run file that --run names, or the only one in the
// working directory.
func findRunFile(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	found, err := filepath.Glob("*" + runSuffix)
	if err != nil {
		return "", err
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", hinted(errors.New("no run file in this directory"),
			"migrate bucket, project, local and urls make one; --run names one elsewhere")
	default:
		return "", usagef("several run files here (%s): name one with --run", strings.Join(found, ", "))
	}
}

// errForeign: a run file names the configuration, which may name programs to
// run, what to write where, and the files to send.
var errForeign = errors.New("others may have written this run file, and what it says would be done in your name")

// checkOwn refuses a run file that others may have written, or a file beside
// it that SQLite takes for a part of it
// (https://www.sqlite.org/tempfiles.html, read November 2026). What isn't
// there is nobody's.
func checkOwn(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		link, err := os.Lstat(path + suffix)
		if err != nil {
			continue
		}
		info, err := os.Stat(path + suffix)
		if foreign(link) || err == nil && foreign(info) {
			return hinted(fmt.Errorf("%s: %w", path+suffix, errForeign), "if you trust it, make a copy of your own "+
				"and name that with --run")
		}
	}
	return nil
}

// openOwn opens a run file to act on what it says.
func openOwn(ctx context.Context, path string) (*checkpoint.File, error) {
	if err := checkOwn(path); err != nil {
		return nil, err
	}
	return checkpoint.Open(ctx, path)
}

// readRunFile opens a run file beside whoever writes to it.
func readRunFile(ctx context.Context, flag string) (*checkpoint.File, string, error) {
	path, err := findRunFile(flag)
	if err != nil {
		return nil, "", err
	}
	file, err := checkpoint.OpenReadOnly(ctx, path)
	if err != nil {
		return nil, "", err
	}
	return file, path, nil
}
