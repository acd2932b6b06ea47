package main

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
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

// providers makes the credentials of the configuration's rules and of
// profiles, each once. It is safe for concurrent use.
type providers struct {
	mu    sync.Mutex
	made  map[string]provided
	needs []need

	here      sync.Once
	hereValue string

	loaded      sync.Once
	loadedValue credentials.AWS
	loadedErr   error
	said        map[string]bool
}

// provided are credentials, and the settings that go with them.
type provided struct {
	*credentials.Renewing
	home credentials.AWS
}

// need is what a plan needs of the credentials of a rule.
type need struct {
	line int
	credentials.Need
}

func newProviders() *providers {
	return &providers{made: map[string]provided{}, said: map[string]bool{}}
}

// plan adds what a plan needs of a rule's credentials: session policies are
// made of it. It must be known before they are first asked for.
func (p *providers) plan(rule config.Rule, needs ...credentials.Need) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range needs {
		p.needs = append(p.needs, need{rule.Line, n})
	}
}

// needsOf are what is known of a rule, or else to read and list all its
// buckets. The caller holds p.mu.
func (p *providers) needsOf(rule config.Rule) []credentials.Need {
	var needs []credentials.Need
	for _, n := range p.needs {
		if n.line == rule.Line {
			needs = append(needs, n.Need)
		}
	}
	if len(needs) > 0 {
		return needs
	}
	return readAll(rule)
}

// readAll is to read and list all buckets of a rule, whose patterns mean the
// same to IAM.
func readAll(rule config.Rule) []credentials.Need {
	var needs []credentials.Need
	for _, bucket := range rule.Buckets {
		needs = append(needs, credentials.Need{Bucket: bucket, Read: true, List: true})
	}
	return needs
}

// rule makes the credentials that a rule names.
func (p *providers) rule(
	ctx context.Context, o opener, rule config.Rule,
) (*credentials.Renewing, credentials.AWS, error) {
	return p.once(ctx, o, fmt.Sprint("line ", rule.Line), func(d credentials.Deps) (
		*credentials.Renewing, credentials.AWS, error) {
		d.Needs = p.needsOf(rule)
		return credentials.FromRule(ctx, rule, d)
	})
}

// profile makes the credentials of a profile of the AWS tools; an empty one
// is what these use by themselves.
func (p *providers) profile(
	ctx context.Context, o opener, name string,
) (*credentials.Renewing, credentials.AWS, error) {
	return p.once(ctx, o, "profile "+name, func(d credentials.Deps) (*credentials.Renewing, credentials.AWS, error) {
		return credentials.Default(ctx, name, d)
	})
}

// once makes what isn't there yet.
func (p *providers) once(
	ctx context.Context, o opener, key string,
	make func(credentials.Deps) (*credentials.Renewing, credentials.AWS, error),
) (*credentials.Renewing, credentials.AWS, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if have, found := p.made[key]; found {
		return have.Renewing, have.home, nil
	}
	// Where the command's own profile can't be read, only those fail that need
	// it.
	settings, _ := p.load(ctx, o)
	d := credentials.Deps{MFA: o.env.mfa(), Stderr: o.env.stderr, Options: o.renewal(), Roots: settings.Roots()}
	if o.session != nil && o.client != nil {
		d.Synapse = o.client
	}
	r, home, err := make(d)
	if err != nil {
		return nil, credentials.AWS{}, err
	}
	p.tell(o, home)
	p.made[key] = provided{r, home}
	return r, home, nil
}

// settings are those of the profile that the command names, or that is used
// where none is named. They are read once.
func (p *providers) settings(ctx context.Context, o opener) (credentials.AWS, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load(ctx, o)
}

// load is settings. The caller holds p.mu.
func (p *providers) load(ctx context.Context, o opener) (credentials.AWS, error) {
	p.loaded.Do(func() {
		p.loadedValue, p.loadedErr = credentials.LoadAWS(ctx, o.target.profile, nil)
		p.tell(o, p.loadedValue)
	})
	return p.loadedValue, p.loadedErr
}

// tell says once which settings are not followed. The caller holds p.mu.
func (p *providers) tell(o opener, a credentials.AWS) {
	for _, u := range a.Unheeded {
		if !p.said[u] {
			p.said[u] = true
			say(o.env.stderr, "warning: AWS setting %s", u)
		}
	}
}

// whereabouts is the AWS region that the program runs in, empty outside.
func (p *providers) whereabouts(ctx context.Context, o opener) string {
	settings, _ := p.settings(ctx, o)
	p.here.Do(func() { p.hereValue = credentials.Whereabouts(ctx, settings) })
	return p.hereValue
}
