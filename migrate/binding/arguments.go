package binding

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
)

// What a run file calls two of its arguments: the command that it was made
// with, and its source, which is no flag.
const (
	Command = "command"
	Source  = "source"
)

// configuration is what the run file remembers of the configuration that a
// plan was made with. It is no flag: another configuration goes on with the
// same plan.
const configuration = "configuration"

// Arguments refuses a run file that was made with other arguments, and names
// the first one that differs.
func Arguments(path string, header planner.Header, now map[string]string) error {
	if d := difference(header.Arguments, now); d != "" {
		return mismatch(KindArguments, path, "%s was planned with %s", path, d)
	}
	return nil
}

// difference names the first argument, by name, in which a run file differs
// from a command line; empty when there is none. A run file of another
// command differs in that alone.
func difference(file, command map[string]string) string {
	if have, want := file[Command], command[Command]; have != want {
		return fmt.Sprintf("migrate %s, not migrate %s", have, want)
	}
	all := map[string]string{}
	maps.Copy(all, file)
	maps.Copy(all, command)
	delete(all, configuration) // what it says is said elsewhere
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if file[name] == command[name] {
			continue
		}
		word := "--" + name
		if name == Source {
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

// nameOf names a configuration by its file and content; empty where there is
// none.
func nameOf(c config.Config) string {
	if c.Path == "" {
		return ""
	}
	return c.Path + " " + c.Digest
}

// With are the arguments of a plan with its configuration.
func With(arguments map[string]string, c config.Config) map[string]string {
	all := maps.Clone(arguments)
	if is := nameOf(c); is != "" {
		all[configuration] = is
	}
	return all
}

// Changed says what has become of the configuration since a plan was made;
// empty where it is the same.
func Changed(header planner.Header, c config.Config) string {
	was, is := header.Arguments[configuration], nameOf(c)
	const stays = "; buckets are now reached as it says, and the plan stays as it was made"
	switch {
	case was == is:
		return ""
	case is == "":
		return "the plan was made with a configuration file that isn't there any more: name it with --config"
	case was == "":
		return "the plan was made without the configuration " + c.Path + stays
	case strings.HasSuffix(was, " "+c.Digest):
		return "" // the same, elsewhere
	}
	return "the configuration " + c.Path + " is another one than when the plan was made" + stays
}
