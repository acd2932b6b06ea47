package access

import (
	"context"
	"fmt"
	"sync"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
)

// providers are the credentials of rules and of profiles, each made once.
type providers struct {
	options Options

	mu    sync.Mutex
	made  map[string]Principal
	needs []need

	here      sync.Once
	hereValue string

	loaded      sync.Once
	loadedValue credentials.AWS
	loadedErr   error
	said        map[string]bool
}

func newProviders(o Options) *providers {
	return &providers{options: o, made: map[string]Principal{}, said: map[string]bool{}}
}

// rule are the credentials that a rule names.
func (p *providers) rule(ctx context.Context, rule config.Rule) (Principal, error) {
	return p.once(ctx, fmt.Sprint("line ", rule.Line), func(d credentials.Deps) (
		*credentials.Renewing, credentials.AWS, error) {
		d.Needs = p.needsOf(rule)
		return credentials.FromRule(ctx, rule, d)
	})
}

// profile are the credentials of a profile of the AWS tools; an empty one is
// what these use by themselves.
func (p *providers) profile(ctx context.Context, name string) (Principal, error) {
	return p.once(ctx, "profile "+name, func(d credentials.Deps) (*credentials.Renewing, credentials.AWS, error) {
		return credentials.Default(ctx, name, d)
	})
}

// once makes what isn't there yet.
func (p *providers) once(
	ctx context.Context, key string, make func(credentials.Deps) (*credentials.Renewing, credentials.AWS, error),
) (Principal, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if have, found := p.made[key]; found {
		return have, nil
	}
	// Where the command's own profile can't be read, only those fail that need
	// it.
	settings, _ := p.load(ctx)
	made, home, err := make(credentials.Deps{
		Synapse: p.options.Synapse, MFA: p.options.MFA, Stderr: p.options.Stderr, HTTPClient: p.options.HTTPClient,
		Options: p.renewal(), Roots: settings.Roots(), AllowPlainHTTP: p.options.AllowPlainHTTP,
	})
	if err != nil {
		return Principal{}, err
	}
	p.tell(home)
	p.made[key] = Principal{made, home}
	return p.made[key], nil
}

// settings are those of the AWS tools for the profile that the command names,
// or that is used where none is named. They are read once.
func (p *providers) settings(ctx context.Context) (credentials.AWS, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load(ctx)
}

// load is settings. The caller holds p.mu.
func (p *providers) load(ctx context.Context) (credentials.AWS, error) {
	p.loaded.Do(func() {
		p.loadedValue, p.loadedErr = credentials.LoadAWS(ctx, p.options.Profile,
			credentials.Deps{AllowPlainHTTP: p.options.AllowPlainHTTP})
		p.tell(p.loadedValue)
	})
	return p.loadedValue, p.loadedErr
}

// tell says once which settings are not followed. The caller holds
// p.mu.
func (p *providers) tell(a credentials.AWS) {
	for _, u := range a.Unheeded {
		if !p.said[u] {
			p.said[u] = true
			p.options.Warn("AWS setting " + u)
		}
	}
}

// whereabouts is the AWS region that the program runs in, empty outside.
func (p *providers) whereabouts(ctx context.Context) string {
	settings, _ := p.settings(ctx)
	p.here.Do(func() { p.hereValue = credentials.Whereabouts(ctx, settings) })
	return p.hereValue
}

// renewal is how credentials renew themselves.
func (p *providers) renewal() credentials.Options {
	return credentials.Options{Logger: p.options.Logger, Lateness: p.options.Lateness}
}
