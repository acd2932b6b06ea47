package faults

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// identifier is a part of a path that differs from one entity to the next.
var identifier = regexp.MustCompile(`^(syn)?[0-9]+$`)

// synapseCall names a request to Synapse.
func synapseCall(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	for i, part := range parts {
		if identifier.MatchString(part) {
			parts[i] = "{id}"
		}
	}
	return r.Method + " " + strings.Join(parts, "/")
}

// s3Call names a request to S3 by its operation, those by presigned URLs
// apart.
func s3Call(r *http.Request) string {
	q := r.URL.Query()
	name := "S3 " + s3Operation(r)
	if q.Has("X-Amz-Signature") {
		name += ", presigned"
	}
	return name
}

func s3Operation(r *http.Request) string {
	q := r.URL.Query()
	part, upload := q.Has("partNumber"), q.Has("uploadId")
	copied := r.Header.Get("x-amz-copy-source") != ""
	bucket := !strings.Contains(strings.Trim(r.URL.Path, "/"), "/")
	switch r.Method {
	case http.MethodHead:
		if bucket {
			return "HeadBucket"
		}
		return "HeadObject"
	case http.MethodPost:
		if upload {
			return "CompleteMultipartUpload"
		}
		return "CreateMultipartUpload"
	case http.MethodDelete:
		if upload {
			return "AbortMultipartUpload"
		}
		return "DeleteObject"
	case http.MethodPut:
		return map[[2]bool]string{
			{true, true}: "UploadPartCopy", {true, false}: "UploadPart",
			{false, true}: "CopyObject", {false, false}: "PutObject",
		}[[2]bool{part, copied}]
	}
	switch {
	case upload:
		return "ListParts"
	case q.Has("tagging"):
		return "GetObjectTagging"
	case bucket:
		return "ListObjects"
	}
	return "GetObject"
}

func TestCallsAreNamed(t *testing.T) {
	for target, want := range map[string]string{
		"GET /repo/v1/entity/syn12/version/3": "GET /repo/v1/entity/{id}/version/{id}",
	} {
		method, url, _ := strings.Cut(target, " ")
		r, err := http.NewRequest(method, "http://"+hostSynapse+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := synapseCall(r); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	for target, want := range map[string]string{
		"PUT /b/k?partNumber=1&uploadId=2": "S3 UploadPart",
		"PUT /b/k?X-Amz-Signature=x":       "S3 PutObject, presigned",
		"GET /b?list-type=2":               "S3 ListObjects",
		"GET /b/k?uploadId=2":              "S3 ListParts",
		"POST /b/k?uploads=":               "S3 CreateMultipartUpload",
	} {
		method, url, _ := strings.Cut(target, " ")
		r, err := http.NewRequest(method, "http://"+hostS3+url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := s3Call(r); got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
}
