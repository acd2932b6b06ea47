package main

import (
	"maps"
	"strings"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
)

// readConfig reads the configuration file: the one named, or that of the
// working directory or the user.
func readConfig(path string) (config.Config, error) {
	if path != "" {
		return config.Load(path)
	}
	found, err := config.Find("")
	if err != nil {
		return config.Config{}, err
	}
	return config.LoadFound(found)
}

// configurationArgument is what the run file remembers of the configuration
// that a plan was made with. It is no flag: another configuration goes on
// with the same plan.
const configurationArgument = "configuration"

// configurationOf names a configuration by its file and content; empty where
// there is none.
func configurationOf(c config.Config) string {
	if c.Path == "" {
		return ""
	}
	return c.Path + " " + c.Digest
}

// planned are the arguments of a plan with the configuration.
func planned(arguments map[string]string, c config.Config) map[string]string {
	all := maps.Clone(arguments)
	if is := configurationOf(c); is != "" {
		all[configurationArgument] = is
	}
	return all
}

// changedConfiguration says what has become of the configuration since the
// plan was made; empty where it is the same.
func changedConfiguration(header planner.Header, c config.Config) string {
	was, is := header.Arguments[configurationArgument], configurationOf(c)
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
