package planner

import (
	"net/url"
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
		p.Service, p.Bucket, p.Key = ServiceURL, "", BareURL(h.ExternalURL)
	}
	return p
}

// BareURL is a link without its query, fragment and user, which may be
// secrets.
func BareURL(link string) string {
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

// JoinPath is a file's path below the destination.
func JoinPath(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// DataHandle is the handle of a file's content; nil where the caller may not
// see it.
func DataHandle(b synapse.Bundle) *synapse.FileHandle {
	if b.Entity == nil {
		return nil
	}
	for i := range b.FileHandles {
		if b.FileHandles[i].ID == b.Entity.DataFileHandleID {
			return &b.FileHandles[i]
		}
	}
	return nil
}

// PointsTo reports whether a file handle names that object.
func PointsTo(h synapse.FileHandle, bucket, key string) bool {
	place := PlaceOf(h)
	return place.Service == ServiceS3 && place.Bucket == bucket && place.Key == key
}

// SizeOf is what a file handle says, 0 where it says nothing.
func SizeOf(h *synapse.FileHandle) int64 {
	if h == nil || h.ContentSize == nil {
		return 0
	}
	return *h.ContentSize
}

// LocationOf is a handle's storage location, 0 for none.
func LocationOf(h *synapse.FileHandle) int64 {
	if h == nil || h.StorageLocationID == nil {
		return 0
	}
	return *h.StorageLocationID
}
