package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// client speaks to the sandbox's Synapse as one user.
type client struct {
	endpoint string
	user     describe.User
}

func (s *Sandbox) as(u describe.User) client { return client{s.description.SynapseEndpoint, u} }

// create makes an entity and returns its ID.
func (c client) create(ctx context.Context, concreteType, name, parent string) (string, error) {
	entity := map[string]string{"concreteType": concreteType, "name": name}
	if parent != "" {
		entity["parentId"] = parent
	}
	var made struct{ ID string }
	err := c.call(ctx, "POST", "/repo/v1/entity", entity, &made)
	return made.ID, err
}

// allAccess is what an administrator of a folder has.
var allAccess = []synapse.AccessType{
	synapse.AccessRead, synapse.AccessDownload, synapse.AccessCreate, synapse.AccessUpdate,
	synapse.AccessDelete, synapse.AccessChangePermissions, synapse.AccessChangeSettings,
	synapse.AccessModerate,
}

// share gives a folder a sharing list of its own, with all rights for the
// caller and another user.
func (c client) share(ctx context.Context, id string, with int64) error {
	acl := synapse.ACL{ID: id}
	for _, user := range []int64{c.user.ID, with} {
		acl.ResourceAccess = append(acl.ResourceAccess, synapse.ResourceAccess{
			PrincipalID: user, AccessType: allAccess,
		})
	}
	return c.call(ctx, "POST", "/repo/v1/entity/"+id+"/acl", acl, nil)
}

// call sends a document and reads the answer, where answer isn't nil.
func (c client) call(ctx context.Context, method, path string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.user.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.200s", method, path, resp.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
