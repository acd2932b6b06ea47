package choose

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// LocationFacts are what is known of a bucket and storage location that
// files lie in.
type LocationFacts struct {
	Owner planner.BucketOwner `json:"owner"`
	// ConcreteType is that of the storage location or of the upload
	// destination, whichever the caller may see; empty where unknown.
	ConcreteType string `json:"concreteType,omitempty"`
	// Asked is true when Reach was found out.
	Asked bool          `json:"asked,omitempty"`
	Reach planner.Reach `json:"reach"`
}

// OwnerOf judges whose a storage location is: by its own document, which
// only its creator may see, or else by the upload destination that stands
// for it; both nil where neither could be read. The zero ID is the default
// location.
func OwnerOf(
	p planner.Place, l *synapse.StorageLocation, u *synapse.UploadDestination, callerID string,
) LocationFacts {
	if p.Service != planner.ServiceS3 {
		return LocationFacts{Owner: planner.OwnerOutside, ConcreteType: locationType(l, u)}
	}
	if p.StorageLocationID == 0 || p.StorageLocationID == synapse.DefaultStorageLocationID {
		return LocationFacts{Owner: planner.OwnerSynapse, ConcreteType: synapse.TypeS3StorageLocation}
	}
	f := LocationFacts{Owner: planner.OwnerOutside, ConcreteType: locationType(l, u)}
	switch f.ConcreteType {
	case synapse.TypeS3StorageLocation, synapse.TypeS3Destination:
		f.Owner = planner.OwnerSynapse
	case synapse.TypeExternalS3StorageLocation, synapse.TypeExternalS3Destination:
		f.Owner = planner.OwnerOther
		if l != nil && fmt.Sprint(l.CreatedBy) == callerID {
			f.Owner = planner.OwnerCaller
		}
	}
	return f
}

func locationType(l *synapse.StorageLocation, u *synapse.UploadDestination) string {
	switch {
	case l != nil:
		return l.ConcreteType
	case u != nil:
		return u.ConcreteType
	}
	return ""
}

// MirroredKey is the key, below a base key, that mirrors a file's place in
// the destination: folder (a Folder's Path, empty for the destination) and
// name; those of older versions lie below the folder .versions, by number.
func MirroredKey(baseKey, folder, name string, version int64, current bool) string {
	relative := planner.JoinPath(folder, name)
	if !current {
		relative = fmt.Sprintf("%s/%s/%d", planner.VersionsFolder, relative, version)
	}
	return planner.UnderBase(baseKey, relative)
}

// SourceObject is the object of an item, once its file was chosen: where it
// lies, as the handle says and HeadObject saw.
func SourceObject(f FileFacts, d FileDecision) planner.Object {
	if f.Handle == nil {
		return planner.Object{Key: planner.JoinPath(f.Folder, f.Name)}
	}
	p := planner.PlaceOf(*f.Handle)
	o := planner.Object{Bucket: p.Bucket, Key: p.Key}
	if size := f.Handle.ContentSize; size != nil {
		o.SizeBytes = max(*size, 0)
	}
	if f.Head == HeadSeen {
		o = f.Detail.Object
		o.Bucket, o.Key = p.Bucket, p.Key
	}
	if d.Download {
		// What a download URL answers is another server's word.
		o.ETag = ""
		o.Download = &planner.Download{FileHandleID: f.Handle.ID, EntityID: f.EntityID}
	}
	return o
}
