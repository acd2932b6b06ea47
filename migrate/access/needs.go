package access

import (
	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/planner"
)

// need is what a plan needs of the credentials of a rule.
type need struct {
	line int
	credentials.Need
}

// Need adds what is needed of the credentials of a bucket's rule: session
// policies are made of it. It must be known before they are first asked for.
func (o *Opener) Need(bucket string, needs ...credentials.Need) {
	rule, _ := o.options.Config.For(bucket)
	o.providers.mu.Lock()
	defer o.providers.mu.Unlock()
	for _, n := range needs {
		o.providers.needs = append(o.providers.needs, need{rule.Line, n})
	}
}

// needsOf are what is known of a rule, or else to read and list all its
// buckets, whose patterns mean the same to IAM. The caller holds p.mu.
func (p *providers) needsOf(rule config.Rule) (needs []credentials.Need) {
	for _, n := range p.needs {
		if n.line == rule.Line {
			needs = append(needs, n.Need)
		}
	}
	if len(needs) > 0 {
		return needs
	}
	for _, bucket := range rule.Buckets {
		needs = append(needs, credentials.Need{Bucket: bucket, Read: true, List: true})
	}
	return needs
}

// needBucket is what a migration of a bucket needs.
func (m Migration) needBucket(src planner.Source, dest planner.Destination) {
	read := credentials.Need{Bucket: src.Bucket, Prefix: src.Prefix, Read: true, List: true}
	m.Need(src.Bucket, read)
	if m.target.Writer == WriterSource {
		m.Need(src.Bucket, writing(dest))
	}
	m.needDestination(dest, read)
}

// needProject is what a migration of a project needs: which buckets it reads
// is found out on the way.
func (m Migration) needProject(dest planner.Destination) {
	m.needDestination(dest, credentials.Need{Bucket: "*", Read: true})
}

// needDestination is what is needed of the credentials that the configuration
// names for the destination, where these write: they read the source, too, so
// that S3 can copy by itself.
func (m Migration) needDestination(dest planner.Destination, read credentials.Need) {
	if m.target.Writer == WriterConfig {
		m.Need(dest.Bucket, read, writing(dest))
	}
}

// writing is what a destination needs.
func writing(dest planner.Destination) credentials.Need {
	n := credentials.Need{Bucket: dest.Bucket, Read: true, List: true, Write: true, Delete: true}
	n.Prefix = planner.UnderBase(dest.BaseKey, "")
	return n
}
