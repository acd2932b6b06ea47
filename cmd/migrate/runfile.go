package main

import (
	"context"
	"errors"
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

// openOwn opens a run file to act on what it says.
func openOwn(ctx context.Context, path string) (*checkpoint.File, error) {
	if err := checkpoint.CheckOwner(path); err != nil {
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
