package emulator

import (
	"strconv"

	"synapse-migrate/synapse"
)

// staleVersionEtag is the ETag that old versions are shown with.
const staleVersionEtag = "00000000-0000-0000-0000-000000000000"

// entityBody is an entity as clients send it. A name that is left out is not
// an empty one.
type entityBody struct {
	synapse.Entity
	Name *string `json:"name"`
}

// rawName is the name as sent, empty when left out.
func (b entityBody) rawName() string {
	if b.Name == nil {
		return ""
	}
	return *b.Name
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }

// document is one version of an entity as the API shows it.
func (n *node) document(v *revision) synapse.Entity {
	e := synapse.Entity{
		ConcreteType: n.kind, ID: synID(n.id), Name: n.name, Alias: n.alias,
		Description: v.description, Etag: n.etag,
		CreatedOn: synapse.NewTime(n.createdOn), CreatedBy: decimal(n.createdBy),
		ModifiedOn: synapse.NewTime(v.modifiedOn), ModifiedBy: decimal(v.modifiedBy),
		LinksTo: n.linksTo, LinksToClassName: n.linksToClass,
		RepositoryName: n.repository, UpsertKey: v.upsertKey,
	}
	if n.kind == synapse.TypeDockerRepository {
		e.IsManaged = new(false) // Synapse's own registry is not here
	}
	if n.parent != 0 {
		e.ParentID = synID(n.parent)
	}
	latest := v == n.current()
	if !latest {
		e.Etag = staleVersionEtag
	}
	if isVersioned(n.kind) {
		e.VersionNumber, e.IsLatestVersion = v.number, &latest
		e.VersionLabel, e.VersionComment = v.label, v.comment
	}
	if v.handleID != 0 {
		e.DataFileHandleID = decimal(v.handleID)
	}
	return e
}

// header is the short form of one version of an entity.
func (t *tree) header(n *node, v *revision) synapse.EntityHeader {
	return synapse.EntityHeader{
		ID: synID(n.id), Name: n.name, Type: n.kind,
		VersionNumber: v.number, VersionLabel: v.label, IsLatestVersion: v == n.current(),
		BenefactorID: t.benefactor(n).id,
		CreatedOn:    synapse.NewTime(n.createdOn), CreatedBy: decimal(n.createdBy),
		ModifiedOn: synapse.NewTime(v.modifiedOn), ModifiedBy: decimal(v.modifiedBy),
	}
}

// version finds a revision by its number; nil when there is none.
func (n *node) version(number int64) *revision {
	for _, v := range n.versions {
		if v.number == number {
			return v
		}
	}
	return nil
}

// versionFor reads a version number and finds the revision; nil when there is
// none, which each endpoint words in its own way.
func (n *node) versionFor(text string) (*revision, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalidf("For input string: \"%s\"", text)
	}
	return n.version(number), nil
}

// noVersion is the 404 of a document of a version that doesn't exist.
func noVersion(id, version string) error {
	return missingf("Cannot find a node with id %s and version %s", id, version)
}

// noAnnotations is that of a version's annotations.
func noAnnotations(id string) error { return missingf("Cannot find a node with id: %s", id) }

// noHandle is that of the file handle of a version that has none, or doesn't
// exist.
func noHandle(id string) error {
	return missingf("Object %s does not have a file handle associated with it.", id)
}
