package emulator

import (
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

func (b entityBody) rawName() string {
	if b.Name == nil {
		return ""
	}
	return *b.Name
}

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
