package synapse

// Concrete types of the entities that this module handles
// (https://rest-docs.synapse.org/rest/org/sagebionetworks/repo/model/Entity.html,
// read October 2024).
const (
	TypeProject = "org.sagebionetworks.repo.model.Project"
	TypeFolder  = "org.sagebionetworks.repo.model.Folder"
	TypeFile    = "org.sagebionetworks.repo.model.FileEntity"
	TypeLink    = "org.sagebionetworks.repo.model.Link"
	TypeTable   = "org.sagebionetworks.repo.model.table.TableEntity"
	// TypeDockerRepository and TypeRecordSet are those of the official OpenAPI
	// file of March 2026 (npm @sage-bionetworks/synapse-client 0.0.13).
	TypeDockerRepository = "org.sagebionetworks.repo.model.docker.DockerRepository"
	TypeRecordSet        = "org.sagebionetworks.repo.model.RecordSet"
)

// Well-known principals (AuthorizationConstants of the server's source,
// October 2024 snapshot). All but the last are those of the default realm:
// Client.Realm has the caller's.
const (
	PrincipalPublic             int64 = 273949
	PrincipalAuthenticatedUsers int64 = 273948
	PrincipalAnonymous          int64 = 273950
	PrincipalCertifiedUsers     int64 = 3
)

// Entity is one entity document: the union of the fields of Project,
// Folder, FileEntity, Link, DockerRepository and RecordSet. ConcreteType says which one it is; fields of
// other types are empty. The server sets ID and Etag on create, and the
// created, modified and version-number fields always.
type Entity struct {
	ConcreteType string `json:"concreteType"`
	ID           string `json:"id,omitempty"`
	Name         string `json:"name,omitempty"`
	Description  string `json:"description,omitempty"`
	ParentID     string `json:"parentId,omitempty"`
	Etag         string `json:"etag,omitempty"`
	CreatedOn    *Time  `json:"createdOn,omitempty"`
	ModifiedOn   *Time  `json:"modifiedOn,omitempty"`
	CreatedBy    string `json:"createdBy,omitempty"`
	ModifiedBy   string `json:"modifiedBy,omitempty"`

	// Alias belongs to a Project.
	Alias string `json:"alias,omitempty"`

	// The rest of the fields belong to a FileEntity.
	VersionNumber    int64  `json:"versionNumber,omitempty"`
	VersionLabel     string `json:"versionLabel,omitempty"`
	VersionComment   string `json:"versionComment,omitempty"`
	IsLatestVersion  *bool  `json:"isLatestVersion,omitempty"`
	DataFileHandleID string `json:"dataFileHandleId,omitempty"`
	FileNameOverride string `json:"fileNameOverride,omitempty"`

	// LinksTo and LinksToClassName belong to a Link.
	LinksTo          *Reference `json:"linksTo,omitempty"`
	LinksToClassName string     `json:"linksToClassName,omitempty"`

	// RepositoryName and IsManaged belong to a DockerRepository.
	RepositoryName string `json:"repositoryName,omitempty"`
	IsManaged      *bool  `json:"isManaged,omitempty"`

	// UpsertKey and ValidationFileHandleID belong to a RecordSet, which has a
	// version and a DataFileHandleID as files have.
	UpsertKey              []string `json:"upsertKey,omitempty"`
	ValidationFileHandleID string   `json:"validationFileHandleId,omitempty"`
}

// Reference names an entity, or one version of it. A version of zero means
// the current one.
type Reference struct {
	TargetID            string `json:"targetId"`
	TargetVersionNumber int64  `json:"targetVersionNumber,omitempty"`
}

// EntityHeader is the short form of an entity in listings.
type EntityHeader struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Type            string `json:"type"`
	VersionNumber   int64  `json:"versionNumber,omitempty"`
	VersionLabel    string `json:"versionLabel,omitempty"`
	IsLatestVersion bool   `json:"isLatestVersion"`
	BenefactorID    int64  `json:"benefactorId"`
	CreatedOn       *Time  `json:"createdOn,omitempty"`
	ModifiedOn      *Time  `json:"modifiedOn,omitempty"`
	CreatedBy       string `json:"createdBy,omitempty"`
	ModifiedBy      string `json:"modifiedBy,omitempty"`
}

// ChildrenRequest asks for one page of a container's direct children.
// IncludeTypes uses the short names: project, folder, file, table, link ...
type ChildrenRequest struct {
	ParentID               string   `json:"parentId,omitempty"`
	IncludeTypes           []string `json:"includeTypes"`
	SortBy                 string   `json:"sortBy,omitempty"`
	SortDirection          string   `json:"sortDirection,omitempty"`
	NextPageToken          string   `json:"nextPageToken,omitempty"`
	IncludeTotalChildCount bool     `json:"includeTotalChildCount,omitempty"`
	IncludeSumFileSizes    bool     `json:"includeSumFileSizes,omitempty"`
}

// ChildrenPage is one page (50 entries at most) of a container's children.
// An empty NextPageToken marks the last page.
type ChildrenPage struct {
	Page              []EntityHeader `json:"page"`
	NextPageToken     string         `json:"nextPageToken,omitempty"`
	TotalChildCount   *int64         `json:"totalChildCount,omitempty"`
	SumFileSizesBytes *int64         `json:"sumFileSizesBytes,omitempty"`
}

// ChildLookup names a child by its parent and its exact name.
type ChildLookup struct {
	ParentID   string `json:"parentId,omitempty"`
	EntityName string `json:"entityName"`
}

// EntityID is the answer of a lookup.
type EntityID struct {
	ID string `json:"id"`
}

// EntityPath is the way from the root to an entity, the root first.
type EntityPath struct {
	Path []EntityHeader `json:"path"`
}

// Headers is a list of entity headers. Entities that are missing, in the
// trash or unreadable are left out by the server.
type Headers struct {
	Results      []EntityHeader `json:"results"`
	TotalResults int64          `json:"totalNumberOfResults"`
}

// ReferenceList asks for headers in a batch.
type ReferenceList struct {
	References []Reference `json:"references"`
}

// VersionInfo is one version of an entity, as listed newest first.
type VersionInfo struct {
	ID                    string `json:"id"`
	VersionNumber         int64  `json:"versionNumber"`
	VersionLabel          string `json:"versionLabel,omitempty"`
	VersionComment        string `json:"versionComment,omitempty"`
	IsLatestVersion       bool   `json:"isLatestVersion"`
	ModifiedBy            string `json:"modifiedBy,omitempty"`
	ModifiedByPrincipalID string `json:"modifiedByPrincipalId,omitempty"`
	ModifiedOn            *Time  `json:"modifiedOn,omitempty"`
	// ContentSize is a decimal number of bytes; the server sends a string.
	ContentSize string `json:"contentSize,omitempty"`
	ContentMD5  string `json:"contentMd5,omitempty"`
	// FileHandleID is the version's file handle; empty for none, and from a
	// server that doesn't tell it yet.
	FileHandleID string `json:"fileHandleId,omitempty"`
}

// Versions is a page of versions.
type Versions struct {
	Results      []VersionInfo `json:"results"`
	TotalResults int64         `json:"totalNumberOfResults"`
}

// FileHandleUpdate re-points one version of a file to a handle of equal MD5.
type FileHandleUpdate struct {
	OldFileHandleID string `json:"oldFileHandleId"`
	NewFileHandleID string `json:"newFileHandleId"`
}
