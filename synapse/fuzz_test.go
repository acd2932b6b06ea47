package synapse

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{", throttled, "<html>", `{"error":"invalid_token","error_description":"Old."}`,
		`{"reason":"No.","errorCode":"TWO_FA_REQUIRED"}`, "\xff\xfe",
	} {
		f.Add(503, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := errorFrom(request{method: "GET"}, "/p", answer{status: status, body: body})
		if !json.Valid(body) && (e.Reason != "" || e.Code != "") {
			t.Errorf("reason %q, code %q of what isn't JSON", e.Reason, e.Code)
		}
		if len(e.Body) > maxErrorBodyBytes || !utf8.ValidString(e.Body) {
			t.Errorf("body of %d bytes, valid UTF-8: %t", len(e.Body), utf8.ValidString(e.Body))
		}
		if e.Error() == "" || e.Unwrap() != nil {
			t.Errorf("error %q with cause %v", e.Error(), e.Unwrap())
		}
		if fateOf(status, body, nil) == fateRefused && status == 503 && e.Reason == "" {
			t.Error("a gateway's 503 was taken for Synapse's own")
		}
	})
}

// documents are the types that answers are decoded into.
var documents = []any{
	RealmPrincipals{},
	Entity{}, EntityHeader{}, ChildrenPage{}, EntityPath{}, Headers{}, Versions{}, Bundle{},
	Annotations{}, Permissions{}, ACL{}, UserProfile{}, FileHandle{}, BatchFileResult{},
	CopyHandlesResult{}, MultipartRequest{}, MultipartStatus{}, PartURLs{}, AddPartResult{},
	StorageLocation{}, UploadSetting{}, UploadDestination{}, STSCredentials{},
	storageLocationPage{}, EntityID{}, Activity{}, References{}, RestrictionInformation{},
	RestrictionBatch{}, AccessRequirementPage{}, AccessRequirement{}, AccessApproval{},
	DOIAssociation{}, userGroupHeaderPage{}, errorBody{},
}

// decoded finds the types that answers are decoded into.
var decoded = regexp.MustCompile(`fetch(?:Whole)?\[(\w+)\]\(`)

// A type that an answer is decoded into is one of the documents.
func TestAllDocumentsAreFuzzed(t *testing.T) {
	known := map[string]bool{}
	for _, d := range documents {
		known[reflect.TypeOf(d).Name()] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range decoded.FindAllSubmatch(text, -1) {
			found++
			if !known[string(m[1])] {
				t.Errorf("%s decodes %s, which is none of the documents", file, m[1])
			}
		}
	}
	if found < 30 {
		t.Errorf("found %d calls", found)
	}
}

// FuzzDocuments checks that a document that was decoded is the same after
// it was encoded and decoded again.
func FuzzDocuments(f *testing.F) {
	for _, seed := range []string{
		stored, "{}", "null", `{"createdOn":"2024-10-24T18:07:06.000Z","versionNumber":3}`,
		`{"page":[{"id":"syn1"}],"nextPageToken":"50a50"}`, `{"createdOn":"9999-12-31T23:59:59-23:59"}`,
		`{"annotations":{"a":{"type":"LONG","value":["1"]}}}`,
		`{"createdOn":"2024-10-24T18:07:06.123456789+02:00"}`,
		`{"expiration":null,"createdOn":""}`, `{"fileHandles":[{"contentSize":0}],"hasChildren":false}`,
		`{"resourceAccess":[{"principalId":1,"accessType":["READ"]}]}`,
		`{"used":[{"concreteType":"x","reference":{"targetId":"syn1","targetVersionNumber":0}}],"results":[{}]}`,
		`{"objectId":1,"restrictionDetails":[{"isMet":true}],"restrictionInformation":[{"userEntityPermissions":{}}]}`,
		`{"subjectIds":[{"id":"syn1"}],"expirationPeriod":0,"openJiraIssue":false,"results":[{"isDUCRequired":null}]}`,
		`{"expiredOn":"2024-10-24T18:07:06Z","state":"REVOKED"}`,
		`{"associatedOn":"","objectVersion":0,"doiUri":"10.7303/x"}`,
		`{"children":[{"ownerId":"1","isIndividual":false}],"reason":"","error":"e"}`,
	} {
		for i := range documents {
			f.Add(i, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, kind int, text []byte) {
		if kind < 0 || kind >= len(documents) {
			return
		}
		of := reflect.TypeOf(documents[kind])
		first := reflect.New(of).Interface()
		if json.Unmarshal(text, first) != nil {
			return
		}
		once := encode(t, first)
		second := reflect.New(of).Interface()
		if err := json.Unmarshal(once, second); err != nil {
			t.Fatalf("%s: decoding %s: %v", of.Name(), once, err)
		}
		if twice := encode(t, second); !bytes.Equal(once, twice) {
			t.Errorf("%s: first %s\nthen %s", of.Name(), once, twice)
		}
	})
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encoding %T: %v", v, err)
	}
	return b
}
