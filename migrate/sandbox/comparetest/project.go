// Package comparetest is for tests alone: it compares a migrated sample
// project with the truth about it, and looks whether its source was left
// alone, as package compare does for plain folders.
package comparetest

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/describe"
)

// Migration says what was done with a sample project, and so what must be
// found.
type Migration struct {
	// Options say where to look: Folder is the destination, Token that of a
	// user who may read and download everything there. A walk asks Synapse
	// once a file and more for its versions: it is slow with throttles on.
	compare.Options
	// From is the entity ID of the project or folder that was migrated;
	// empty is the project. What lies below it is expected below the
	// destination.
	From string
	// Move expects the same entity IDs; without it, new ones.
	Move bool
	// Latest expects the current versions alone. In a move the older ones
	// stay as they are.
	Latest bool
	// Provenance is keep, link or none; empty is keep. A move keeps it in
	// any case.
	Provenance string
	// BaseKey is that of the destination: every key must be below it.
	BaseKey string
	// Mirrored expects each object that was not below the base key before at
	// the key that mirrors its path.
	Mirrored bool
	// Without are the IDs of files that must not be there: those that were
	// blocked, or left out by options. External URLs never are.
	Without map[string]bool
}

// Project compares a migrated project with the truth about it: paths, bytes
// (read with the destination's own read_only credentials), file handles,
// descriptions, annotations with their types, versions with labels and
// comments, provenance, and entity IDs. It names every difference, sorted;
// an empty list means that the migration is right. The error is of a
// comparison that could not be made.
func Project(
	ctx context.Context, m Migration, truth describe.SampleProject,
) ([]string, error) {
	c := &checker{migration: m, files: map[string]describe.SampleFile{},
		folders: map[string]describe.SampleFolder{}, mirrors: map[string][]string{}}
	if err := c.expect(truth); err != nil {
		return nil, err
	}
	tree, err := walkProject(ctx, m.Options)
	if err != nil {
		return nil, err
	}
	c.compareFolders(tree)
	c.compareFiles(tree)
	for _, other := range tree.others {
		c.say(other, "is neither a file nor a folder")
	}
	sort.Strings(c.diff)
	return c.diff, nil
}

// checker collects the differences between what is wanted and what is.
type checker struct {
	migration Migration
	files     map[string]describe.SampleFile // by the path that is wanted
	folders   map[string]describe.SampleFolder
	mirrors   map[string][]string // keys by the file handle in the source
	diff      []string
}

func (c *checker) say(path, format string, args ...any) {
	c.diff = append(c.diff, fmt.Sprintf("%q: ", path)+fmt.Sprintf(format, args...))
}

// equal says so when something isn't as wanted.
func (c *checker) equal(path, what string, got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.say(path, "%s is %v, want %v", what, got, want)
	}
}

// expect finds out which files and folders are wanted, and where.
func (c *checker) expect(truth describe.SampleProject) error {
	prefix, err := prefixOf(c.migration.From, truth)
	if err != nil {
		return err
	}
	for _, f := range truth.Folders {
		if path, below := strings.CutPrefix(f.Path, prefix); below {
			c.folders[path] = f
		}
	}
	for _, f := range truth.Files {
		path, below := strings.CutPrefix(f.Path, prefix)
		if below && f.Kind != describe.KindURL && !c.migration.Without[f.ID] {
			c.files[path] = f
			c.mirror(path, f)
		}
	}
	return nil
}

// prefixOf is the path of what was migrated, with a slash; empty for the
// whole project.
func prefixOf(id string, truth describe.SampleProject) (string, error) {
	if id == "" || id == truth.ID {
		return "", nil
	}
	for _, f := range truth.Folders {
		if f.ID == id {
			return f.Path + "/", nil
		}
	}
	return "", fmt.Errorf("%s is not a folder of %s", id, truth.ID)
}

func (c *checker) compareFolders(tree projectTree) {
	for path, want := range c.folders {
		got, there := tree.folders[path]
		if !there {
			c.say(path, "folder is missing")
			continue
		}
		c.equal(path, "description", got.Entity.Description, want.Description)
		c.annotations(path, got.Annotations.Annotations, want.Annotations)
	}
	for path := range tree.folders {
		if _, wanted := c.folders[path]; !wanted {
			c.say(path, "folder is not wanted")
		}
	}
}

func (c *checker) annotations(path string, got, want map[string]describe.SampleValue) {
	for key, w := range want {
		g, there := got[key]
		if !there {
			c.say(path, "annotation %s is missing", key)
			continue
		}
		c.equal(path, "annotation "+key, fmt.Sprintf("%s %q", g.Type, g.Value),
			fmt.Sprintf("%s %q", w.Type, w.Value))
	}
	for key := range got {
		if _, wanted := want[key]; !wanted {
			c.say(path, "annotation %s is not wanted", key)
		}
	}
}

func (c *checker) compareFiles(tree projectTree) {
	for path, want := range c.files {
		got, there := tree.files[path]
		if !there {
			c.say(path, "file is missing")
			continue
		}
		c.compareFile(path, got, want)
	}
	for path, got := range tree.files {
		if _, wanted := c.files[path]; !wanted {
			c.say(path, "file is not wanted (%s)", got.ID)
		}
	}
}
