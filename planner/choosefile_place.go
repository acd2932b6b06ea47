package planner

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// The services that file handles point to: BucketDecision.Service.
const (
	ServiceS3 = "s3"
	// ServiceGoogle is Google Cloud Storage, ServiceProxy a file server
	// behind a proxy; Synapse makes download URLs for both.
	ServiceGoogle = "google"
	ServiceProxy  = "proxy"
	// ServiceObjectStore is an S3 that only its users reach.
	ServiceObjectStore = "object-store"
	// ServiceURL is a link to anywhere.
	ServiceURL = "url"
)

// Place is where a file handle says that an object lies.
type Place struct {
	// Service is one of the constants above; empty for a type of handle that
	// this program doesn't know.
	Service string
	// Endpoint is an object store's, empty otherwise.
	Endpoint string
	// Bucket is empty for proxies and links; Key is then a path or the link,
	// without its query and what logs in.
	Bucket, Key string
	// StorageLocationID is 0 where the handle names none.
	StorageLocationID int64
}

// PlaceOf reads where a file handle points to.
func PlaceOf(h synapse.FileHandle) Place {
	p := Place{Bucket: h.BucketName, Key: h.Key}
	if h.StorageLocationID != nil {
		p.StorageLocationID = *h.StorageLocationID
	}
	switch h.ConcreteType {
	case synapse.TypeS3FileHandle:
		p.Service = ServiceS3
	case synapse.TypeGoogleFileHandle:
		p.Service = ServiceGoogle
	case synapse.TypeProxyFileHandle:
		p.Service, p.Bucket, p.Key = ServiceProxy, "", h.FilePath
	case synapse.TypeObjectStoreFileHandle:
		p.Service, p.Endpoint = ServiceObjectStore, h.EndpointURL
		p.Bucket, p.Key = h.Bucket, h.FileKey
	case synapse.TypeExternalFileHandle:
		p.Service, p.Bucket, p.Key = ServiceURL, "", bareURL(h.ExternalURL)
	}
	return p
}

// bareURL is a link without its query, fragment and user, which may be
// secrets.
func bareURL(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		bare, _, _ := strings.Cut(link, "?")
		bare, _, _ = strings.Cut(bare, "#")
		if at := strings.LastIndexByte(bare, '@'); at >= 0 {
			bare = bare[at+1:]
		}
		return bare
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// LocationFacts are what is known of a bucket and storage location that
// files lie in.
type LocationFacts struct {
	Owner BucketOwner `json:"owner"`
	// ConcreteType is that of the storage location or of the upload
	// destination, whichever the caller may see; empty where unknown.
	ConcreteType string `json:"concreteType,omitempty"`
	// Asked is true when Reach was found out.
	Asked bool  `json:"asked,omitempty"`
	Reach Reach `json:"reach"`
}

// OwnerOf judges whose a storage location is: by its own document, which
// only its creator may see, or else by the upload destination that stands
// for it; both nil where neither could be read. The zero ID is the default
// location.
func OwnerOf(
	p Place, l *synapse.StorageLocation, u *synapse.UploadDestination, callerID string,
) LocationFacts {
	if p.Service != ServiceS3 {
		return LocationFacts{Owner: OwnerOutside, ConcreteType: locationType(l, u)}
	}
	if p.StorageLocationID == 0 || p.StorageLocationID == synapse.DefaultStorageLocationID {
		return LocationFacts{Owner: OwnerSynapse, ConcreteType: synapse.TypeS3StorageLocation}
	}
	f := LocationFacts{Owner: OwnerOutside, ConcreteType: locationType(l, u)}
	switch f.ConcreteType {
	case synapse.TypeS3StorageLocation, synapse.TypeS3Destination:
		f.Owner = OwnerSynapse
	case synapse.TypeExternalS3StorageLocation, synapse.TypeExternalS3Destination:
		f.Owner = OwnerOther
		if l != nil && fmt.Sprint(l.CreatedBy) == callerID {
			f.Owner = OwnerCaller
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

// versionsFolder holds the objects of older versions, below the base key.
const versionsFolder = ".versions"

// MirroredKey is the key, below a base key, that mirrors a file's place in
// the destination: folder (a Folder's Path, empty for the destination) and
// name; those of older versions lie below the folder .versions, by number.
func MirroredKey(baseKey, folder, name string, version int64, current bool) string {
	relative := filePath(folder, name)
	if !current {
		relative = fmt.Sprintf("%s/%s/%d", versionsFolder, relative, version)
	}
	return underBase(baseKey, relative)
}

// SourceObject is the object of an item, once its file was chosen: where it
// lies, as the handle says and HeadObject saw.
func SourceObject(f FileFacts, d FileDecision) Object {
	if f.Handle == nil {
		return Object{Key: filePath(f.Folder, f.Name)}
	}
	p := PlaceOf(*f.Handle)
	o := Object{Bucket: p.Bucket, Key: p.Key}
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
		o.Download = &Download{FileHandleID: f.Handle.ID, EntityID: f.EntityID}
	}
	return o
}

// lostOf are the requirements that are not among those of the destination.
func lostOf(requirements, destination []int64) []int64 {
	var missing []int64
	for _, id := range requirements {
		if !slices.Contains(destination, id) && !slices.Contains(missing, id) {
			missing = append(missing, id)
		}
	}
	return missing
}

// filePath is a file's path below the destination.
func filePath(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
