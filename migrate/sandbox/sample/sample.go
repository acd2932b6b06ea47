// Package sample makes a project like one that has grown for years: files in
// several storages, with versions, annotations, provenance, sharing settings and
// access requirements, and entities of other types between them. It writes
// directly into the emulator without its checks, but leaves only what the checks
// allow. It returns a description of what it made, for tests to compare with.
package sample

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/outside"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// googleBucket is the bucket of Google Cloud.
const googleBucket = "lab-google"

// Place is where a sample is made.
type Place struct {
	Synapse *emulator.Emulator
	Outside *outside.Server
	// S3 is a client that may write a bucket.
	S3          func(bucket string) *s3.Client
	Description describe.Description
}

// maker makes one sample.
type maker struct {
	Place
	request describe.SampleRequest
	rng     *rand.Rand
	made    describe.SampleProject
	folders map[string]string // IDs by path
	// activities are what made some of the versions.
	activities []synapse.Activity
	objects    []object
	names      map[string]bool // paths in use
	// spare is the number of the next path that needs no name of its own.
	spare int
}

// Make makes a sample project. Equal requests make equal ones but for IDs
// and times.
func Make(
	ctx context.Context, p Place, r describe.SampleRequest,
) (describe.SampleProject, error) {
	if r.Files < describe.MinSampleFiles {
		return describe.SampleProject{}, fmt.Errorf("a sample of %d files: want at least %d",
			r.Files, describe.MinSampleFiles)
	}
	if r.Name == "" {
		r.Name = "Study"
	}
	m := &maker{
		Place: p, request: r, rng: rand.New(rand.NewPCG(uint64(r.Seed), sequence)),
		folders: map[string]string{}, names: map[string]bool{},
	}
	for _, step := range []func() error{
		m.addProject, m.addLocations, m.addFolders, m.addFiles, m.addOthers,
		m.addMentions, m.restrict,
	} {
		if err := step(); err != nil {
			return describe.SampleProject{}, fmt.Errorf("making project %q: %w", r.Name, err)
		}
	}
	if err := m.store(ctx); err != nil {
		return describe.SampleProject{}, fmt.Errorf("making project %q: %w", r.Name, err)
	}
	return m.made, nil
}

// sequence is the second half of the random numbers' seed.
const sequence = 0x5eed

// owner is the user to whom the project belongs.
func (m *maker) owner() int64 { return m.Description.Owner.ID }

// addProject makes the project, and those who may read it.
func (m *maker) addProject() error {
	m.made.Name = m.request.Name
	m.made.ID = m.Synapse.AddProject(m.owner(), m.request.Name)
	m.made.Team = m.Synapse.AddTeam("readers of " + m.made.ID)
	name := "reader-" + m.made.ID
	id := m.Synapse.AddUser(emulator.User{
		Name: name, FirstName: "Rita", LastName: "Sandbox", Certified: true,
		Emails: []string{name + "@sandbox.example"}, Teams: []int64{m.made.Team},
	})
	m.made.Reader = describe.User{ID: id, Name: name, Token: m.Synapse.AddToken(id, nil, 0)}
	return m.Synapse.SetACL(m.made.ID, m.ownerAccess(),
		synapse.ResourceAccess{PrincipalID: id, AccessType: download()},
		synapse.ResourceAccess{PrincipalID: m.made.Team, AccessType: download()[:1]})
}

func (m *maker) ownerAccess() synapse.ResourceAccess {
	return synapse.ResourceAccess{PrincipalID: m.owner(), AccessType: []synapse.AccessType{
		synapse.AccessRead, synapse.AccessDownload, synapse.AccessCreate, synapse.AccessUpdate,
		synapse.AccessDelete, synapse.AccessChangePermissions, synapse.AccessChangeSettings,
		synapse.AccessModerate,
	}}
}

// download are the rights of who may read and download.
func download() []synapse.AccessType {
	return []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload}
}

// addLocations makes the storage locations.
func (m *maker) addLocations() error {
	d := m.Description
	m.made.Buckets = map[describe.Kind]string{
		describe.KindSynapse: d.SynapseBucket, describe.KindOwn: d.Destination,
		describe.KindBelow: d.Destination, describe.KindForeign: d.Foreign,
		describe.KindElsewhere: d.Elsewhere, describe.KindStaged: d.Destination,
		describe.KindGoogle: googleBucket, describe.KindObjectStore: d.Source,
	}
	m.made.Locations = map[describe.Kind]int64{
		describe.KindSynapse: synapse.DefaultStorageLocationID,
		describe.KindStaged:  d.External.StorageLocationID,
	}
	external := synapse.StorageLocation{ConcreteType: synapse.TypeExternalS3StorageLocation}
	m.addLocation(describe.KindOwn, external, "archive", m.owner())
	m.addLocation(describe.KindBelow, external, "", m.owner())
	m.addLocation(describe.KindElsewhere, external, "", m.owner())
	m.addLocation(describe.KindForeign, external, "", d.Colleague.ID)
	m.addLocation(describe.KindGoogle, synapse.StorageLocation{
		ConcreteType: synapse.TypeGoogleStorageLocation, UploadType: "GOOGLECLOUDSTORAGE",
	}, "", m.owner())
	m.addLocation(describe.KindObjectStore, synapse.StorageLocation{
		ConcreteType: synapse.TypeObjectStoreStorageLocation, EndpointURL: d.S3Endpoint,
	}, "", m.owner())
	m.addLocation(describe.KindProxy, synapse.StorageLocation{
		ConcreteType: synapse.TypeProxyStorageLocation, UploadType: proxyUploads,
		ProxyURL: m.Outside.ProxyURL(),
	}, "", m.owner())
	m.Synapse.SetProxyKey(m.made.Locations[describe.KindProxy], m.Outside.ProxyKey())
	return nil
}

// proxyUploads is the upload type of the proxy's location.
const proxyUploads = "PROXYLOCAL"

func (m *maker) addLocation(
	kind describe.Kind, l synapse.StorageLocation, baseKey string, creator int64,
) {
	l.Bucket, l.BaseKey, l.CreatedBy = m.made.Buckets[kind], baseKey, creator
	l.Description = fmt.Sprintf("%s of %s", kind, m.made.ID)
	m.made.Locations[kind] = m.Synapse.AddStorageLocation(l)
}
