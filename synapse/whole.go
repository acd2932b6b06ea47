package synapse

import (
	"encoding/json"
	"errors"
	"fmt"

	"synapse-migrate/synapse/webpage"
)

// ErrNotSynapse means that what came is not the document of Synapse that was
// asked for: the page of a proxy or a login, nothing, half of it, or one that
// lacks what it always has. Nothing is known of what Synapse did.
var ErrNotSynapse = errors.New("not an answer of Synapse")

// whole is a document that says what it lacks, by the name of the field; empty
// where nothing is missing without which it would be taken for another one: a
// page without entries for the last, a file without a size.
type whole interface{ lacks() string }

// decodeWhole reads a document. The error wraps ErrNotSynapse.
func decodeWhole[T any](body []byte, into *T) error {
	*into = *new(T)
	if empty(body) {
		return fmt.Errorf("%w: it is empty", ErrNotSynapse)
	}
	if err := json.Unmarshal(body, into); err != nil {
		if webpage.Begins(body) {
			return fmt.Errorf("%w: an HTML page", ErrNotSynapse)
		}
		return fmt.Errorf("%w: %w", ErrNotSynapse, err)
	}
	if w, ok := any(*into).(whole); ok {
		if field := w.lacks(); field != "" {
			return fmt.Errorf("%w: it has no %s", ErrNotSynapse, field)
		}
	}
	return nil
}

// missing is the first of some fields that is not there.
func missing(fields ...field) string {
	for _, f := range fields {
		if !f.there {
			return f.name
		}
	}
	return ""
}

// field is one that a document must have.
type field struct {
	name  string
	there bool
}

func (p ChildrenPage) lacks() string { return missing(field{"page", p.Page != nil}) }

func (h Headers) lacks() string { return missing(field{"results", h.Results != nil}) }

func (v Versions) lacks() string { return missing(field{"results", v.Results != nil}) }

func (p AccessRequirementPage) lacks() string { return missing(field{"results", p.Results != nil}) }

func (b RestrictionBatch) lacks() string {
	for _, r := range b.RestrictionInformation {
		if what := r.lacks(); what != "" {
			return what
		}
	}
	return missing(field{"restrictionInformation", b.RestrictionInformation != nil})
}

func (r RestrictionInformation) lacks() string {
	return missing(field{"restrictionLevel", r.RestrictionLevel != ""})
}

func (p EntityPath) lacks() string { return missing(field{"path", len(p.Path) > 0}) }

func (e EntityID) lacks() string { return missing(field{"id", e.ID != ""}) }

func (e Entity) lacks() string { return missing(field{"id", e.ID != ""}) }

func (h EntityHeader) lacks() string { return missing(field{"id", h.ID != ""}) }

func (p Permissions) lacks() string {
	return missing(field{"ownerPrincipalId", p.OwnerPrincipalID != 0})
}

func (a ACL) lacks() string { return missing(field{"resourceAccess", a.ResourceAccess != nil}) }

func (a Annotations) lacks() string { return missing(field{"annotations", a.Annotations != nil}) }

func (a Activity) lacks() string { return missing(field{"id", a.ID != ""}) }

func (h FileHandle) lacks() string { return missing(field{"id", h.ID != ""}) }

func (b BatchFileResult) lacks() string {
	return missing(field{"requestedFiles", b.RequestedFiles != nil})
}

func (r CopyHandlesResult) lacks() string { return missing(field{"copyResults", r.CopyResults != nil}) }

func (s MultipartStatus) lacks() string {
	return missing(field{"uploadId", s.UploadID != ""}, field{"state", s.State != ""},
		field{"resultFileHandleId", s.State != UploadStateCompleted || s.ResultFileHandleID != ""})
}

func (u PartURLs) lacks() string {
	return missing(field{"partPresignedUrls", u.PartPresignedURLs != nil})
}

// lacksOf is what is missing of the URLs that were asked for.
func (u PartURLs) lacksOf(r PartURLsRequest) string {
	urls := map[int64]string{}
	for _, p := range u.PartPresignedURLs {
		urls[p.PartNumber] = p.UploadPresignedURL
	}
	for _, n := range r.PartNumbers {
		if urls[n] == "" {
			return "URL for part " + decimal(n)
		}
	}
	return ""
}

func (r AddPartResult) lacks() string {
	return missing(field{"addPartState", r.AddPartState != ""})
}

func (l StorageLocation) lacks() string {
	return missing(field{"storageLocationId", l.StorageLocationID != 0})
}

func (p storageLocationPage) lacks() string { return missing(field{"list", p.List != nil}) }

func (s UploadSetting) lacks() string { return missing(field{"locations", s.Locations != nil}) }

func (d UploadDestination) lacks() string {
	return missing(field{"concreteType", d.ConcreteType != ""})
}

// Synapse gives a session token, too; a sandbox in front of an S3 without an STS
// has none to give.
func (c STSCredentials) lacks() string {
	return missing(field{"accessKeyId", c.AccessKeyID != ""}, field{"secretAccessKey", c.SecretAccessKey != ""})
}

func (p RealmPrincipals) lacks() string {
	return missing(field{"publicGroup", p.PublicGroup != ""}, field{"authenticatedUsers", p.AuthenticatedUsers != ""},
		field{"anonymousUser", p.AnonymousUser != ""})
}

func (p userGroupHeaderPage) lacks() string { return missing(field{"children", p.Children != nil}) }

// lacksOf is what a bundle lacks of what was asked for. What an entity may be
// without is not missed: file handles, a wiki, a DOI, an activity, a list of its
// own.
func (b Bundle) lacksOf(r BundleRequest) string {
	if what := missing(
		field{"entity", !r.IncludeEntity || b.Entity != nil},
		field{"annotations", !r.IncludeAnnotations || b.Annotations != nil},
		field{"permissions", !r.IncludePermissions || b.Permissions != nil},
		field{"benefactorAcl", !r.IncludeBenefactorACL || b.BenefactorACL != nil},
		field{"restrictionInformation", !r.IncludeRestrictionInformation || b.RestrictionInformation != nil},
	); what != "" {
		return what
	}
	var parts []whole
	if b.Entity != nil {
		parts = append(parts, *b.Entity)
	}
	if b.Annotations != nil {
		parts = append(parts, *b.Annotations)
	}
	if b.RestrictionInformation != nil {
		parts = append(parts, *b.RestrictionInformation)
	}
	for _, part := range parts {
		if what := part.lacks(); what != "" {
			return what
		}
	}
	return ""
}
