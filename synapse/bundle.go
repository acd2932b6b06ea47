package synapse

// BundleRequest says which parts of an entity's bundle are wanted.
type BundleRequest struct {
	IncludeEntity                 bool `json:"includeEntity,omitempty"`
	IncludeAnnotations            bool `json:"includeAnnotations,omitempty"`
	IncludePermissions            bool `json:"includePermissions,omitempty"`
	IncludeEntityPath             bool `json:"includeEntityPath,omitempty"`
	IncludeHasChildren            bool `json:"includeHasChildren,omitempty"`
	IncludeAccessControlList      bool `json:"includeAccessControlList,omitempty"`
	IncludeFileHandles            bool `json:"includeFileHandles,omitempty"`
	IncludeTableBundle            bool `json:"includeTableBundle,omitempty"`
	IncludeRootWikiID             bool `json:"includeRootWikiId,omitempty"`
	IncludeBenefactorACL          bool `json:"includeBenefactorACL,omitempty"`
	IncludeDOIAssociation         bool `json:"includeDOIAssociation,omitempty"`
	IncludeFileName               bool `json:"includeFileName,omitempty"`
	IncludeThreadCount            bool `json:"includeThreadCount,omitempty"`
	IncludeRestrictionInformation bool `json:"includeRestrictionInformation,omitempty"`
	IncludeActivity               bool `json:"includeActivity,omitempty"`
}

// Bundle is an entity with the parts that were asked for. FileHandles is
// empty when the caller may not download the file. AccessControlList is nil
// when the entity inherits its sharing settings.
type Bundle struct {
	Entity            *Entity      `json:"entity,omitempty"`
	EntityType        string       `json:"entityType,omitempty"`
	Annotations       *Annotations `json:"annotations,omitempty"`
	Permissions       *Permissions `json:"permissions,omitempty"`
	Path              *EntityPath  `json:"path,omitempty"`
	HasChildren       *bool        `json:"hasChildren,omitempty"`
	AccessControlList *ACL         `json:"accessControlList,omitempty"`
	FileHandles       []FileHandle `json:"fileHandles,omitempty"`
	BenefactorACL     *ACL         `json:"benefactorAcl,omitempty"`
	FileName          string       `json:"fileName,omitempty"`
	// RootWikiID is the entity's wiki, empty for none.
	RootWikiID string `json:"rootWikiId,omitempty"`
	// DOIAssociation is the DOI of the version that was asked for; nil for
	// none.
	DOIAssociation *DOIAssociation `json:"doiAssociation,omitempty"`
	// ThreadCount is how many discussion threads mention the entity.
	ThreadCount int64 `json:"threadCount,omitempty"`
	// Activity made the entity's current version, whatever version was
	// asked for; nil for none.
	Activity               *Activity               `json:"activity,omitempty"`
	RestrictionInformation *RestrictionInformation `json:"restrictionInformation,omitempty"`
}

// DOIAssociation says that a DOI names an object. ObjectVersion is 0 for one
// that names the object as a whole
// (https://rest-docs.synapse.org/rest/org/sagebionetworks/repo/model/doi/v2/DoiAssociation.html,
// read October 2024).
type DOIAssociation struct {
	AssociationID string `json:"associationId,omitempty"`
	ObjectID      string `json:"objectId"`
	ObjectType    string `json:"objectType"`
	ObjectVersion int64  `json:"objectVersion,omitempty"`
	DOIURI        string `json:"doiUri"`
	DOIURL        string `json:"doiUrl,omitempty"`
	AssociatedBy  string `json:"associatedBy,omitempty"`
	AssociatedOn  *Time  `json:"associatedOn,omitempty"`
}

// BundleCreate makes an entity, its annotations and its ACL in one
// transaction. Annotations and AccessControlList may be nil.
type BundleCreate struct {
	Entity            *Entity      `json:"entity"`
	Annotations       *Annotations `json:"annotations,omitempty"`
	AccessControlList *ACL         `json:"accessControlList,omitempty"`
}

// Annotation value types.
const (
	AnnotationString    = "STRING"
	AnnotationDouble    = "DOUBLE"
	AnnotationLong      = "LONG"
	AnnotationTimestamp = "TIMESTAMP_MS"
	AnnotationBoolean   = "BOOLEAN"
)

// AnnotationValue is one annotation: a type and its values, always as text.
type AnnotationValue struct {
	Type  string   `json:"type"`
	Value []string `json:"value"`
}

// Annotations are the annotations of one entity version. The server allows
// at most 100 keys, and 500 characters in the STRING values of one key.
type Annotations struct {
	ID          string                     `json:"id,omitempty"`
	Etag        string                     `json:"etag,omitempty"`
	Annotations map[string]AnnotationValue `json:"annotations"`
}
