package synapse

// Concrete types of what an activity used
// (https://rest-docs.synapse.org/rest/org/sagebionetworks/repo/model/provenance/Used.html,
// read October 2024).
const (
	TypeUsedEntity = "org.sagebionetworks.repo.model.provenance.UsedEntity"
	TypeUsedURL    = "org.sagebionetworks.repo.model.provenance.UsedURL"
)

// Activity is one provenance record: what was done, with what. The server
// sets ID and the created and modified fields, and on create the Etag.
type Activity struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Etag        string `json:"etag,omitempty"`
	CreatedOn   *Time  `json:"createdOn,omitempty"`
	ModifiedOn  *Time  `json:"modifiedOn,omitempty"`
	CreatedBy   string `json:"createdBy,omitempty"`
	ModifiedBy  string `json:"modifiedBy,omitempty"`
	Used        []Used `json:"used,omitempty"`
}

// Used is one thing that an activity used: an entity or a URL, as
// ConcreteType says.
type Used struct {
	ConcreteType string `json:"concreteType"`
	WasExecuted  bool   `json:"wasExecuted"`
	// Reference is the entity; the server fills in a version that is left
	// out with the current one.
	Reference *Reference `json:"reference,omitempty"`
	// Name and URL belong to a UsedURL.
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// References is a page of references.
type References struct {
	Results      []Reference `json:"results"`
	TotalResults int64       `json:"totalNumberOfResults"`
}
