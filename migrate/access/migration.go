package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Writer is whose credentials write to the destination's bucket.
type Writer string

// The writers.
const (
	// WriterSynapse: the folder's temporary credentials.
	WriterSynapse Writer = "synapse"
	// WriterSource: those that read the source, which makes server-side copies
	// possible.
	WriterSource Writer = "source"
	// WriterConfig: those that the configuration names for the bucket.
	WriterConfig Writer = "config"
)

// Target is what is said of the destination's bucket.
type Target struct {
	// Writer is WriterSynapse where it is empty.
	Writer Writer
	// Endpoint is the base URL of its S3, Region its region.
	Endpoint, Region string
}

// Migration reaches both ends of a migration.
type Migration struct {
	*Opener
	target Target
}

// Migration reaches both ends of one that has a target.
func (o *Opener) Migration(t Target) Migration {
	t.Writer = cmp.Or(t.Writer, WriterSynapse)
	return Migration{o, t}
}

// place is what is said of the destination's bucket but for its credentials.
func (m Migration) place(dest planner.Destination) Way {
	return m.Place(dest.Bucket, Override{Endpoint: m.target.Endpoint, Region: m.target.Region})
}

// ErrNotConfigured says that the configuration is to name the credentials of a
// bucket, and names none.
var ErrNotConfigured = errors.New("no credentials are configured for the bucket")

// SourceBucket is how the one bucket of a migration is read: as is said of it,
// else with the folder's own credentials where it lies in there, else with the
// user's.
func (m Migration) SourceBucket(
	ctx context.Context, src planner.Source, dest planner.Destination, over Override,
) (Way, error) {
	m.needBucket(src, dest)
	w, err := m.Way(ctx, src.Bucket, over)
	if err != nil || w.Credentials != nil {
		return w, err
	}
	own, err := m.Own(ctx)
	if err == nil && m.target.reads(src, dest) == chosenFolder {
		own = m.folderOf(dest, own)
	}
	return w.Or(own), err
}

// folderOf are the temporary credentials of the destination: those that write
// where it is external. Home is where the user's own credentials are.
func (m Migration) folderOf(dest planner.Destination, own Principal) Principal {
	permission := synapse.STSReadWrite
	if dest.Managed {
		permission = synapse.STSReadOnly
	}
	return Principal{m.Folder(dest.FolderID, permission), own.Home.Elsewhere()}
}

// DestinationWay is how the destination's bucket is written, or read where
// Synapse alone writes. The user's own credentials write where they read the
// source and the target says so. An error may wrap ErrNotConfigured.
func (m Migration) DestinationWay(ctx context.Context, own Principal, dest planner.Destination) (Way, error) {
	w := m.place(dest)
	who, bySynapse, err := m.target.writes(dest, w.Rule)
	if err != nil {
		return Way{}, err
	}
	p := own
	switch who {
	case chosenFolder:
		p = m.folderOf(dest, own)
	case chosenRule:
		p, err = m.providers.rule(ctx, w.Rule)
	}
	return w.Writing(bySynapse).Or(p), err
}

// Destination is a destination with the way into its bucket.
type Destination struct {
	// Destination says how it is reached, too.
	planner.Destination
	// Store writes the bucket, and Writer signs for it; both are nil where
	// Synapse alone writes.
	Store  *objectstore.Store
	Writer *credentials.Renewing
}

// Destination reaches the destination's bucket; not where Synapse alone writes.
func (m Migration) Destination(ctx context.Context, own Principal, dest planner.Destination) (Destination, error) {
	dest.Credentials = "Synapse's upload"
	if dest.Managed {
		return Destination{Destination: dest}, nil
	}
	w, err := m.DestinationWay(ctx, own, dest)
	if err != nil {
		return Destination{}, fmt.Errorf("destination: %w", err)
	}
	opened, err := m.Open(ctx, w)
	if err != nil {
		return Destination{}, fmt.Errorf("destination: %w", err)
	}
	dest.Credentials, dest.Endpoint, dest.Region = w.Name(), w.Endpoint, opened.Region
	return Destination{dest, opened.Store, w.Credentials}, nil
}

// Project reaches what a migration of a project needs: the destination, the
// source as far as it is known, and the buckets behind it, read with the
// profiles that are named by bucket.
func (m Migration) Project(
	ctx context.Context, src planner.Source, dest planner.Destination, profiles map[string]string,
) (planner.Source, Destination, *Buckets, error) {
	own, err := m.Own(ctx)
	if err != nil {
		return src, Destination{}, nil, err
	}
	m.needProject(dest)
	d, err := m.Destination(ctx, own, dest)
	if err == nil && dest.Managed {
		d.Endpoint, d.Region, err = m.whereManaged(ctx, dest)
	}
	if err != nil {
		return src, Destination{}, nil, err
	}
	src.Credentials, src.Endpoint = own.Credentials.Name(), m.options.Endpoint
	if src.Endpoint == "" {
		src.Endpoint = own.Home.Endpoint
	}
	return src, d, &Buckets{
		opener: m.Opener, profiles: profiles, own: own, dest: d, buckets: map[string]*sourceBucket{},
	}, nil
}

// whereManaged finds out where a bucket is that Synapse alone writes to:
// Synapse copies within a region.
func (m Migration) whereManaged(ctx context.Context, dest planner.Destination) (endpoint, region string, err error) {
	w, err := m.DestinationWay(ctx, Principal{}, dest)
	if err != nil {
		return "", "", err
	}
	opened, err := m.Open(ctx, w)
	return opened.Way.Endpoint, opened.Region, err
}

// FolderReader reads a destination's bucket with the folder's read_only
// credentials.
func (m Migration) FolderReader(ctx context.Context, dest planner.Destination) (Bucket, error) {
	w := m.place(dest)
	w.Credentials = m.Folder(dest.FolderID, synapse.STSReadOnly)
	return m.Open(ctx, w)
}

// OwnDestination reaches a destination's bucket with the user's own
// credentials.
func (m Migration) OwnDestination(ctx context.Context, own Principal, dest planner.Destination) (Bucket, error) {
	return m.Open(ctx, m.place(dest).Or(own))
}
