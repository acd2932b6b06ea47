package synapse

// AccessType is one right in an access control list.
type AccessType string

// The rights in use for entities.
const (
	AccessRead              AccessType = "READ"
	AccessDownload          AccessType = "DOWNLOAD"
	AccessCreate            AccessType = "CREATE"
	AccessUpdate            AccessType = "UPDATE"
	AccessDelete            AccessType = "DELETE"
	AccessChangePermissions AccessType = "CHANGE_PERMISSIONS"
	AccessChangeSettings    AccessType = "CHANGE_SETTINGS"
	AccessModerate          AccessType = "MODERATE"
)

// ResourceAccess gives one principal its rights.
type ResourceAccess struct {
	PrincipalID int64        `json:"principalId"`
	AccessType  []AccessType `json:"accessType"`
}

// ACL is an entity's own access control list. ID is the entity that holds
// it.
type ACL struct {
	ID             string           `json:"id,omitempty"`
	Etag           string           `json:"etag,omitempty"`
	CreationDate   *Time            `json:"creationDate,omitempty"`
	ResourceAccess []ResourceAccess `json:"resourceAccess"`
}

// Permissions is what the caller may do with one entity. CanDownload
// accounts for access requirements too.
type Permissions struct {
	CanView                  bool  `json:"canView"`
	CanEdit                  bool  `json:"canEdit"`
	CanMove                  bool  `json:"canMove"`
	CanAddChild              bool  `json:"canAddChild"`
	CanDelete                bool  `json:"canDelete"`
	CanDownload              bool  `json:"canDownload"`
	CanUpload                bool  `json:"canUpload"`
	CanChangePermissions     bool  `json:"canChangePermissions"`
	CanChangeSettings        bool  `json:"canChangeSettings"`
	CanModerate              bool  `json:"canModerate"`
	CanEnableInheritance     bool  `json:"canEnableInheritance"`
	CanPublicRead            bool  `json:"canPublicRead"`
	IsCertifiedUser          bool  `json:"isCertifiedUser"`
	CanCertifiedUserEdit     bool  `json:"canCertifiedUserEdit"`
	CanCertifiedUserAddChild bool  `json:"canCertifiedUserAddChild"`
	IsCertificationRequired  bool  `json:"isCertificationRequired"`
	IsEntityOpenData         bool  `json:"isEntityOpenData"`
	IsDataContributor        bool  `json:"isDataContributor"`
	OwnerPrincipalID         int64 `json:"ownerPrincipalId"`
}

// UserProfile is one user. OwnerID is the user's numeric principal ID.
type UserProfile struct {
	OwnerID              string   `json:"ownerId"`
	Etag                 string   `json:"etag,omitempty"`
	FirstName            string   `json:"firstName,omitempty"`
	LastName             string   `json:"lastName,omitempty"`
	UserName             string   `json:"userName"`
	Emails               []string `json:"emails,omitempty"`
	OpenIDs              []string `json:"openIds,omitempty"`
	CreatedOn            *Time    `json:"createdOn,omitempty"`
	TwoFactorAuthEnabled bool     `json:"twoFactorAuthEnabled"`
}
