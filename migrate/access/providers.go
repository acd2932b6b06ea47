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

func newProviders() providers {
	return providers{made: map[string]Principal{}, said: map[string]bool{}}
}

// rule are the credentials that a rule names.
func (o *Opener) rule(ctx context.Context, rule config.Rule) (Principal, error) {
	return o.once(ctx, fmt.Sprint("line ", rule.Line), func(d credentials.Deps) (
		*credentials.Renewing, credentials.AWS, error) {
		d.Needs = o.providers.needsOf(rule)
		return credentials.FromRule(ctx, rule, d)
	})
}

// profile are the credentials of a profile of the AWS tools; an empty one is
// what these use by themselves.
func (o *Opener) profile(ctx context.Context, name string) (Principal, error) {
	return o.once(ctx, "profile "+name, func(d credentials.Deps) (*credentials.Renewing, credentials.AWS, error) {
		return credentials.Default(ctx, name, d)
	})
}

// once makes what isn't there yet.
func (o *Opener) once(
	ctx context.Context, key string, make func(credentials.Deps) (*credentials.Renewing, credentials.AWS, error),
) (Principal, error) {
	o.providers.mu.Lock()
	defer o.providers.mu.Unlock()
	if have, found := o.providers.made[key]; found {
		return have, nil
	}
	// Where the command's own profile can't be read, only those fail that need
	// it.
	settings, _ := o.load(ctx)
	made, home, err := make(credentials.Deps{
		Synapse: o.options.Synapse, MFA: o.options.MFA, Stderr: o.options.Stderr, HTTPClient: o.options.HTTPClient,
		Options: o.renewal(), Roots: settings.Roots(),
	})
	if err != nil {
		return Principal{}, err
	}
	o.tell(home)
	o.providers.made[key] = Principal{made, home}
	return o.providers.made[key], nil
}

// Settings are those of the AWS tools for the profile that the command names,
// or that is used where none is named. They are read once.
func (o *Opener) Settings(ctx context.Context) (credentials.AWS, error) {
	o.providers.mu.Lock()
	defer o.providers.mu.Unlock()
	return o.load(ctx)
}

// load is Settings. The caller holds the providers' mutex.
func (o *Opener) load(ctx context.Context) (credentials.AWS, error) {
	p := &o.providers
	p.loaded.Do(func() {
		p.loadedValue, p.loadedErr = credentials.LoadAWS(ctx, o.options.Profile, nil)
		o.tell(p.loadedValue)
	})
	return p.loadedValue, p.loadedErr
}

// tell says once which settings are not followed. The caller holds the
// providers' mutex.
func (o *Opener) tell(a credentials.AWS) {
	for _, u := range a.Unheeded {
		if !o.providers.said[u] {
			o.providers.said[u] = true
			o.options.Warn("AWS setting " + u)
		}
	}
}

// whereabouts is the AWS region that the program runs in, empty outside.
func (o *Opener) whereabouts(ctx context.Context) string {
	settings, _ := o.Settings(ctx)
	o.providers.here.Do(func() { o.providers.hereValue = credentials.Whereabouts(ctx, settings) })
	return o.providers.hereValue
}
