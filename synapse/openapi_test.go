package synapse

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the list of what is missing on either side")

// schema is one of the official OpenAPI file.
type schema struct {
	Required   []string            `json:"required"`
	Enum       []string            `json:"enum"`
	Properties map[string]property `json:"properties"`
}

// property is a field of a schema.
type property struct {
	Type  string    `json:"type"`
	Items *property `json:"items"`
}

// described are the documents, each with the schemas that it is the union
// of. The emulator answers with the same documents.
var described = []struct {
	document any
	schemas  []string
}{
	{Entity{}, []string{"Project", "Folder", "FileEntity", "Link", "docker.DockerRepository", "RecordSet"}},
	{EntityHeader{}, []string{"EntityHeader"}},
	{VersionInfo{}, []string{"VersionInfo"}},
	{Reference{}, []string{"Reference"}},
	{ChildrenRequest{}, []string{"EntityChildrenRequest"}},
	{ChildrenPage{}, []string{"EntityChildrenResponse"}},
	{ChildLookup{}, []string{"entity.EntityLookupRequest"}},
	{BundleRequest{}, []string{"entitybundle.v2.EntityBundleRequest"}},
	{Bundle{}, []string{"entitybundle.v2.EntityBundle"}},
	{BundleCreate{}, []string{"entitybundle.v2.EntityBundleCreate"}},
	{Annotations{}, []string{"annotation.v2.Annotations"}},
	{AnnotationValue{}, []string{"annotation.v2.AnnotationsValue"}},
	{Activity{}, []string{"provenance.Activity"}},
	{ACL{}, []string{"AccessControlList"}},
	{ResourceAccess{}, []string{"ResourceAccess"}},
	{Permissions{}, []string{"auth.UserEntityPermissions"}},
	{UserProfile{}, []string{"UserProfile"}},
	{UserGroupHeader{}, []string{"UserGroupHeader"}},
	{RealmPrincipals{}, []string{"auth.RealmPrincipal"}},
	{RestrictionInformation{}, []string{"RestrictionInformationResponse"}},
	{RestrictionFulfillment{}, []string{"RestrictionFulfillment"}},
	{FileHandle{}, []string{"file.S3FileHandle", "file.ExternalFileHandle", "file.ProxyFileHandle",
		"file.ExternalObjectStoreFileHandle"}},
	{FileHandleAssociation{}, []string{"file.FileHandleAssociation"}},
	{BatchFileRequest{}, []string{"file.BatchFileRequest"}},
	{BatchFileResult{}, []string{"file.BatchFileResult"}},
	{BatchFile{}, []string{"file.FileResult"}},
	{CopyHandlesRequest{}, []string{"file.BatchFileHandleCopyRequest"}},
	{CopyHandleRequest{}, []string{"file.FileHandleCopyRequest"}},
	{CopyHandlesResult{}, []string{"file.BatchFileHandleCopyResult"}},
	{CopyHandleResult{}, []string{"file.FileHandleCopyResult"}},
	{MultipartRequest{}, []string{"file.MultipartUploadRequest", "file.MultipartUploadCopyRequest"}},
	{MultipartStatus{}, []string{"file.MultipartUploadStatus"}},
	{PartURLsRequest{}, []string{"file.BatchPresignedUploadUrlRequest"}},
	{PartURLs{}, []string{"file.BatchPresignedUploadUrlResponse"}},
	{PartURL{}, []string{"file.PartPresignedUrl"}},
	{AddPartResult{}, []string{"file.AddPartResponse"}},
	{StorageLocation{}, []string{"project.S3StorageLocationSetting", "project.ExternalS3StorageLocationSetting",
		"project.ExternalStorageLocationSetting", "project.ProxyStorageLocationSettings"}},
	{UploadSetting{}, []string{"project.UploadDestinationListSetting"}},
	{UploadDestination{}, []string{"file.S3UploadDestination", "file.ExternalS3UploadDestination",
		"file.ExternalUploadDestination", "file.ExternalObjectStoreUploadDestination"}},
	{StorageUsage{}, []string{"limits.ProjectStorageLocationUsage"}},
	{STSCredentials{}, []string{"sts.StsCredentials"}},
	{errorBody{}, []string{"ErrorResponse", "OAuthErrorResponse"}},
}

func schemas(t *testing.T) map[string]schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "openapi", "schemas.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]schema
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDocumentsFitTheOpenAPIFile: what a document has in common with the
// official file is of one type, no required field is missing, and what only
// one side has is listed in missing.txt (-update writes it).
func TestDocumentsFitTheOpenAPIFile(t *testing.T) {
	all := schemas(t)
	var missing strings.Builder
	for _, d := range described {
		of := reflect.TypeOf(d.document)
		official := map[string]property{}
		var required []string
		for _, name := range d.schemas {
			s, known := all[name]
			if !known {
				t.Fatalf("no schema %s", name)
			}
			required = append(required, s.Required...)
			for field, p := range s.Properties {
				official[field] = p
			}
		}
		ours := fieldsByName(of)
		var here, there []string
		for name, field := range ours {
			p, known := official[name]
			switch {
			case !known:
				there = append(there, name)
			case !fits(field, p):
				t.Errorf("%s.%s is a %s, and %s in the file", of.Name(), name, field, p.Type)
			}
		}
		for name := range official {
			if ours[name] == nil {
				here = append(here, name)
			}
		}
		for _, name := range required {
			if ours[name] == nil && name != "concreteType" {
				t.Errorf("%s lacks the required field %s", of.Name(), name)
			}
		}
		slices.Sort(here)
		slices.Sort(there)
		fmt.Fprintf(&missing, "%s\n  only in the file: %s\n  only here: %s\n", of.Name(),
			strings.Join(here, " "), strings.Join(there, " "))
	}
	compareFile(t, filepath.Join("testdata", "openapi", "missing.txt"), missing.String())
}

// fieldsByName are a document's fields by their names in JSON.
func fieldsByName(of reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(of) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}

// fits tells whether a Go type is read from and written as a type of JSON.
func fits(t reflect.Type, p property) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch p.Type {
	case "string":
		return t.Kind() == reflect.String || t == reflect.TypeFor[Time]()
	case "integer", "number":
		return t.Kind() == reflect.Int64 || t.Kind() == reflect.Int
	case "boolean":
		return t.Kind() == reflect.Bool
	case "array":
		return t.Kind() == reflect.Slice && (p.Items == nil || fits(t.Elem(), *p.Items))
	}
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
}

func compareFile(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s", path, got, want)
	}
}

// TestEnumerationsOfTheOpenAPIFile: the values that are known here are those
// of the file.
func TestEnumerationsOfTheOpenAPIFile(t *testing.T) {
	all := schemas(t)
	types := append(ChildTypes(), "project")
	official := all["EntityType"].Enum
	slices.Sort(types)
	slices.Sort(official)
	if !slices.Equal(types, official) {
		t.Errorf("entity types %q, want %q", types, official)
	}
	for code := range codes {
		if !slices.Contains(all["ErrorResponseCode"].Enum, code) {
			t.Errorf("error code %s is none of the file's %q", code, all["ErrorResponseCode"].Enum)
		}
	}
}
