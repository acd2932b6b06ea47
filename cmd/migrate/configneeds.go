package main

import (
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/planner"
)

// needBucket tells the providers what a migration of a bucket needs of them.
func (o opener) needBucket(src planner.Source, dest planner.Destination) {
	read := credentials.Need{Bucket: src.Bucket, Prefix: src.Prefix, Read: true, List: true}
	from, _ := o.config.For(src.Bucket)
	o.providers.plan(from, read)
	if o.target.destCredentials == destSource {
		o.providers.plan(from, writing(dest))
	}
	o.needDestination(dest, read)
}

// needProject tells the providers what a migration of a project needs of
// them: which buckets it reads is found out on the way.
func (o opener) needProject(dest planner.Destination) {
	o.needDestination(dest, credentials.Need{Bucket: "*", Read: true})
}

// needDestination tells what is needed of the credentials that the
// configuration names for the destination, where these write: they read the
// source, too, so that S3 can copy by itself.
func (o opener) needDestination(dest planner.Destination, read credentials.Need) {
	if o.target.destCredentials != destConfig {
		return
	}
	to, _ := o.config.For(dest.Bucket)
	o.providers.plan(to, read, writing(dest))
}

// writing is what a destination needs.
func writing(dest planner.Destination) credentials.Need {
	n := credentials.Need{Bucket: dest.Bucket, Read: true, List: true, Write: true, Delete: true}
	if dest.BaseKey != "" {
		n.Prefix = dest.BaseKey + "/"
	}
	return n
}
