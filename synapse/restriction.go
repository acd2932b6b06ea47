package synapse

// Concrete types of access requirements
// (https://rest-docs.synapse.org/rest/org/sagebionetworks/repo/model/AccessRequirement.html,
// read October 2024). Only terms-of-use and self-sign ones are approved by
// the user; a lock can't be approved at all.
const (
	TypeManagedRequirement    = "org.sagebionetworks.repo.model.ManagedACTAccessRequirement"
	TypeACTRequirement        = "org.sagebionetworks.repo.model.ACTAccessRequirement"
	TypeSelfSignRequirement   = "org.sagebionetworks.repo.model.SelfSignAccessRequirement"
	TypeTermsOfUseRequirement = "org.sagebionetworks.repo.model.TermsOfUseAccessRequirement"
	TypeLockRequirement       = "org.sagebionetworks.repo.model.LockAccessRequirement"
)

// Types of what an access requirement restricts.
const (
	SubjectEntity = "ENTITY"
	SubjectTeam   = "TEAM"
)

// AccessRequirement is what users must meet before they may download: the
// union of the fields of all kinds; ConcreteType says which one it is. It
// holds for the entities in SubjectIDs and for all below them.
type AccessRequirement struct {
	ConcreteType  string `json:"concreteType"`
	ID            int64  `json:"id,omitempty"`
	VersionNumber int64  `json:"versionNumber"`
	Name          string `json:"name,omitempty"`
	Description   string `json:"description,omitempty"`
	Etag          string `json:"etag,omitempty"`
	CreatedOn     *Time  `json:"createdOn,omitempty"`
	ModifiedOn    *Time  `json:"modifiedOn,omitempty"`
	CreatedBy     string `json:"createdBy,omitempty"`
	ModifiedBy    string `json:"modifiedBy,omitempty"`

	SubjectsDefinedByAnnotations *bool      `json:"subjectsDefinedByAnnotations,omitempty"`
	SubjectIDs                   []Subject  `json:"subjectIds"`
	AccessType                   AccessType `json:"accessType,omitempty"`

	// TermsOfUse, ActContactInfo with OpenJiraIssue, and JiraKey belong to
	// terms of use, ACT requirements and locks.
	TermsOfUse     string `json:"termsOfUse,omitempty"`
	ActContactInfo string `json:"actContactInfo,omitempty"`
	OpenJiraIssue  *bool  `json:"openJiraIssue,omitempty"`
	JiraKey        string `json:"jiraKey,omitempty"`

	// Managed and self-sign requirements may ask this of the accessor.
	IsCertifiedUserRequired    *bool `json:"isCertifiedUserRequired,omitempty"`
	IsValidatedProfileRequired *bool `json:"isValidatedProfileRequired,omitempty"`

	// The rest belongs to managed requirements.
	IsDUCRequired               *bool  `json:"isDUCRequired,omitempty"`
	DucTemplateFileHandleID     string `json:"ducTemplateFileHandleId,omitempty"`
	IsIRBApprovalRequired       *bool  `json:"isIRBApprovalRequired,omitempty"`
	AreOtherAttachmentsRequired *bool  `json:"areOtherAttachmentsRequired,omitempty"`
	// ExpirationPeriod is in milliseconds; 0 is for ever.
	ExpirationPeriod *int64 `json:"expirationPeriod,omitempty"`
	IsIDUPublic      *bool  `json:"isIDUPublic,omitempty"`
	IsIDURequired    *bool  `json:"isIDURequired,omitempty"`
	IsTwoFaRequired  *bool  `json:"isTwoFaRequired,omitempty"`
}

// Subject is something that an access requirement restricts.
type Subject struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// AccessRequirementPage is a page of access requirements. The total is an
// estimate: what has been seen, and one more when the page is full.
type AccessRequirementPage struct {
	Results      []AccessRequirement `json:"results"`
	TotalResults int64               `json:"totalNumberOfResults"`
}

// AccessApproval says that a user has met an access requirement.
type AccessApproval struct {
	ID                 int64  `json:"id,omitempty"`
	Etag               string `json:"etag,omitempty"`
	CreatedOn          *Time  `json:"createdOn,omitempty"`
	ModifiedOn         *Time  `json:"modifiedOn,omitempty"`
	CreatedBy          string `json:"createdBy,omitempty"`
	ModifiedBy         string `json:"modifiedBy,omitempty"`
	RequirementID      int64  `json:"requirementId,omitempty"`
	RequirementVersion int64  `json:"requirementVersion"`
	SubmitterID        string `json:"submitterId,omitempty"`
	AccessorID         string `json:"accessorId,omitempty"`
	ExpiredOn          *Time  `json:"expiredOn,omitempty"`
	// State is APPROVED or REVOKED.
	State string `json:"state,omitempty"`
}

// Restriction levels, from none to the strictest.
const (
	RestrictionOpen       = "OPEN"
	RestrictionTermsOfUse = "RESTRICTED_BY_TERMS_OF_USE"
	RestrictionACT        = "CONTROLLED_BY_ACT"
)

// MaxRestrictionBatch is how many objects one call tells the restrictions of
// (RestrictionInformationManager, October 2024 snapshot).
const MaxRestrictionBatch = 50

// RestrictionInformation is how access requirements restrict an object, and
// what they mean for the caller.
type RestrictionInformation struct {
	ObjectID                  int64  `json:"objectId"`
	RestrictionLevel          string `json:"restrictionLevel"`
	HasUnmetAccessRequirement bool   `json:"hasUnmetAccessRequirement"`
	// UserEntityPermissions are the caller's; nil for teams.
	UserEntityPermissions *Permissions `json:"userEntityPermissions,omitempty"`
	// RestrictionDetails has one entry for each requirement, inherited ones
	// too.
	RestrictionDetails []RestrictionFulfillment `json:"restrictionDetails"`
}

// RestrictionFulfillment is where the caller stands with one requirement.
// IsMet takes exemptions into account, IsApproved doesn't.
type RestrictionFulfillment struct {
	AccessRequirementID int64 `json:"accessRequirementId"`
	IsApproved          bool  `json:"isApproved"`
	IsMet               bool  `json:"isMet"`
	IsExempt            bool  `json:"isExempt"`
}

// RestrictionRequest names one object.
type RestrictionRequest struct {
	RestrictableObjectType string `json:"restrictableObjectType"`
	ObjectID               string `json:"objectId"`
}

// RestrictionBatchRequest names objects of one type, MaxRestrictionBatch at
// most.
type RestrictionBatchRequest struct {
	RestrictableObjectType string   `json:"restrictableObjectType"`
	ObjectIDs              []string `json:"objectIds"`
}

// RestrictionBatch holds the answers in the order of the request.
type RestrictionBatch struct {
	RestrictionInformation []RestrictionInformation `json:"restrictionInformation"`
}
