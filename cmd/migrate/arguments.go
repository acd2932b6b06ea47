package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// commandArgument is what the run file calls the command that it was made
// with.
const commandArgument = "command"

// The commands that make run files.
const (
	commandBucket  = "bucket"
	commandProject = "project"
)

// difference names the first argument, by name, in which a run file differs
// from a command line; empty when there is none. A run file of another
// command differs in that alone.
func difference(file, command map[string]string) string {
	if have, want := file[commandArgument], command[commandArgument]; have != want {
		return fmt.Sprintf("migrate %s, not migrate %s", have, want)
	}
	all := map[string]string{}
	maps.Copy(all, file)
	maps.Copy(all, command)
	delete(all, configurationArgument) // what it says is said elsewhere
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if file[name] == command[name] {
			continue
		}
		word := "--" + name
		if name == "source" { // an argument, not a flag
			word = "the source"
		}
		return fmt.Sprintf("%s %q, not %q", word, brief(file[name]), brief(command[name]))
	}
	return ""
}

// brief cuts a long list of IDs.
func brief(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
