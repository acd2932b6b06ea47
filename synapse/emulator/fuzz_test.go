package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// FuzzWrite sends any body to the endpoints that read one: they answer in
// the server's form, a refusal leaves Synapse as it was, and none of them is
// the server's fault.
func FuzzWrite(f *testing.F) {
	paths := []string{
		"POST /repo/v1/entity", "PUT /repo/v1/entity/syn1", "POST /repo/v1/entity/bundle2/create",
		"POST /repo/v1/entity/children", "POST /repo/v1/entity/child", "POST /repo/v1/entity/header",
		"PUT {project}", "PUT {project}/annotations2", "PUT {project}/acl", "POST {project}/acl",
		"PUT {project}/bundle2", "POST {project}/bundle2",
		"POST /repo/v1/activity", "PUT /repo/v1/activity/1", "POST /repo/v1/accessRequirement",
		"POST /repo/v1/accessApproval", "POST /repo/v1/accessApproval/information",
		"POST /repo/v1/restrictionInformation", "POST /repo/v1/restrictionInformation/batch",
	}
	for i, body := range []string{
		`{"concreteType":"` + synapse.TypeFolder + `","name":"a","parentId":"{project}"}`,
		`{"concreteType":"` + synapse.TypeProject + `","name":null,"id":"{project}","etag":"{etag}"}`,
		`{"entity":{"concreteType":"` + synapse.TypeFolder + `","parentId":"{project}"},"annotations":{}}`,
		`{"parentId":"{project}","includeTypes":["folder"],"nextPageToken":"50a50"}`,
		`{"parentId":"{project}","entityName":"a"}`,
		`{"references":[{"targetId":"{project}","targetVersionNumber":1}]}`,
		`{"id":"{project}","etag":"{etag}","annotations":{"k":{"type":"LONG","value":["1"]},"n":null}}`,
		`{"id":"{project}","etag":"{etag}","resourceAccess":[null]}`,
		`{"id":"{activity}","used":[{"concreteType":"` + synapse.TypeUsedEntity + `","reference":{"targetId":"{project}"}},` +
			`{"concreteType":"` + synapse.TypeUsedURL + `","url":"jar:"}]}`,
		`{"concreteType":"` + synapse.TypeManagedRequirement + `","accessType":"DOWNLOAD",` +
			`"subjectIds":[{"id":"{project}","type":"ENTITY"},{"id":" SYN5","type":"ENTITY"}]}`,
		`{"requirementId":{requirement},"accessorId":"-1"}`, `{"userId":"1","accessRequirementIds":["x","1"]}`,
		`{"restrictableObjectType":"ENTITY","objectId":"{project}","objectIds":["4489","{project}"]}`,
		`{"annotations":{"id":null}}`, `null`, `[]`, `{"entity":null}`, `{`,
	} {
		for p := range paths {
			f.Add(uint8(p), body)
		}
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		e := emulator.New(emulator.Options{Storage: unused{}})
		owner := e.AddUser(emulator.User{Name: "u", Certified: true, Teams: []int64{emulator.ACTTeamID}})
		token := e.AddToken(owner, []string{"view", "modify", "download", "authorize"}, 0)
		project := e.AddProject(owner, "p")
		activity := e.AddActivity(owner, synapse.Activity{Name: "a"})
		requirement, err := e.AddAccessRequirement(synapse.AccessRequirement{SubjectIDs: []synapse.Subject{}})
		if err != nil {
			t.Fatal(err)
		}
		before := e.Snapshot()
		method, path, _ := strings.Cut(paths[int(which)%len(paths)], " ")
		fill := strings.NewReplacer("{project}", project, "{etag}", before.Entities[2].Versions[0].Entity.Etag,
			"{activity}", activity, "{requirement}", fmt.Sprint(requirement))
		path = strings.Replace(path, "{project}", "/repo/v1/entity/"+project, 1)
		r := httptest.NewRequest(method, path, strings.NewReader(fill.Replace(body)))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if w.Code < http.StatusBadRequest {
			return
		}
		var failure struct{ ConcreteType, Reason string }
		if err := json.Unmarshal(w.Body.Bytes(), &failure); err != nil || failure.Reason == "" {
			t.Errorf("%s %s: %d without a reason: %s", method, path, w.Code, w.Body)
		}
		same(t, e.Snapshot(), before)
	})
}
