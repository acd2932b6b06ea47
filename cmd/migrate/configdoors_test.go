package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/sandbox/tea"
)

// door is one kind of provider, with the bucket that it opens and one that
// it doesn't.
type door struct {
	kind string
	// provider is the credentials of the rule, in YAML.
	provider string
	// name is what messages call the provider.
	name           string
	opens, refused string
	// env is added to what migrate sees.
	env []string
	// fixed is true where a running program can't get other credentials; they
	// come anew with the environment.
	fixed bool
	gate  *gate
}

// doorway builds doors in a sandbox.
type doorway struct {
	*site
	t *testing.T
	// owner signs calls of STS.
	owner *sts.Client
}

const (
	earthdataSecret = "planted-earthdata-token"
	headerSecret    = "Bearer planted-vending-header"
	containerSecret = "planted-container-token"
)

// ownerSource are the owner's keys as the source of a rule.
const ownerSource = "source: {kind: static, access-key-id: env:OWNER_KEY, secret-access-key: env:OWNER_SECRET}"

func (d *doorway) ownerEnv() []string {
	return []string{"OWNER_KEY=" + d.OwnerKeys.AccessKeyID, "OWNER_SECRET=" + d.OwnerKeys.SecretAccessKey}
}

// session is a new session of the writer's role.
func (d *doorway) session(ctx context.Context) (*sts.AssumeRoleOutput, error) {
	return d.owner.AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: &d.WriterRole.ARN, RoleSessionName: aws.String("vended"),
	})
}

// vendor answers sessions in JSON, under the names of the four fields.
func (d *doorway) vendor(names [4]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := d.session(r.Context())
		if err != nil || r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		c := out.Credentials
		_ = json.NewEncoder(w).Encode(map[string]any{
			names[0]: *c.AccessKeyId, names[1]: *c.SecretAccessKey, names[2]: *c.SessionToken, names[3]: c.Expiration,
		})
	})
}

// feed writes sessions with a function, again and again, as long as the gate
// lets it.
func (d *doorway) feed(g *gate, write func(id, secret, token string, end time.Time)) {
	ctx, cancel := context.WithCancel(context.Background())
	var feeding sync.Mutex
	g.feed = func() {
		feeding.Lock()
		defer feeding.Unlock()
		if !g.pass() {
			return
		}
		out, err := d.session(ctx)
		if err != nil {
			return
		}
		c := out.Credentials
		g.noted(c)
		write(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken, *c.Expiration)
	}
	g.feed()
	var fed sync.WaitGroup
	fed.Go(func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				g.feed()
			case <-ctx.Done():
				return
			}
		}
	})
	d.t.Cleanup(func() { cancel(); fed.Wait() })
}

// replace writes a file under another name and gives it its own.
func (d *doorway) replace(name, content string) {
	if err := os.WriteFile(d.path(name+".new"), []byte(content), 0o600); err != nil {
		d.t.Error(err)
	}
	if err := os.Rename(d.path(name+".new"), d.path(name)); err != nil {
		d.t.Error(err)
	}
}

// rotate makes keys a folder with these files, all at once.
func (d *doorway) rotate(files map[string]string) {
	folder, err := os.MkdirTemp(d.dir, "keys-")
	if err != nil {
		d.t.Error(err)
		return
	}
	for name, content := range files {
		if err := os.WriteFile(folder+"/"+name, []byte(content), 0o600); err != nil {
			d.t.Error(err)
		}
	}
	if err := os.Symlink(folder, folder+".link"); err != nil {
		d.t.Error(err)
	}
	if err := os.Rename(folder+".link", d.path("keys")); err != nil {
		d.t.Error(err)
	}
}

// printed feeds a file with what a credential_process prints.
func (d *doorway) printed(g *gate) string {
	d.feed(g, func(id, secret, token string, end time.Time) {
		text, _ := json.Marshal(map[string]any{
			"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret, "SessionToken": token, "Expiration": end,
		})
		d.replace("printed.json", string(text))
	})
	return "cat " + d.path("printed.json")
}

// fourFields are how the AWS tools call them.
var fourFields = [4]string{"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}

// door builds one kind, whose gate is open at first.
func (d *doorway) door(kind string) door {
	g := &gate{}
	g.left.Store(-1)
	made := door{kind: kind, opens: d.Source, refused: d.Foreign, gate: g}
	switch kind {
	case "synapse":
		made.opens = d.Destination
		made.provider = "{kind: synapse, folder: " + d.External.ID + "}"
		made.name = "Synapse's temporary credentials for " + d.External.ID
		vends := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/"+d.External.ID+"/sts") }
		made.env = []string{"SYNAPSE_ENDPOINT=" + g.before(d.t, proxy(d.t, d.SynapseEndpoint), vends)}
	case "s3credentials":
		made.opens, made.refused = d.Foreign, d.Source
		at := g.before(d.t, tea.New(tea.Options{STS: d.owner, RoleARN: d.ReaderRole.ARN,
			Users: map[string]tea.User{earthdataSecret: {ID: d.ReaderRole.ExternalID}}}), nil) + tea.Path
		made.provider, made.name = "{kind: s3credentials, url: '"+at+"', app-name: migrate}", at
		made.env = []string{"EARTHDATA_TOKEN=" + earthdataSecret}
	case "assume-role":
		made.opens, made.refused = d.Foreign, d.Source
		made.provider = "{kind: assume-role, role-arn: '" + d.ReaderRole.ARN +
			"', external-id: " + d.ReaderRole.ExternalID +
			", sts-endpoint: '" + g.before(d.t, proxy(d.t, d.STSEndpoint), nil) + "', " + ownerSource + "}"
		made.name, made.env = "the role "+d.ReaderRole.ARN, d.ownerEnv()
	case "federation-token":
		made.provider = "{kind: federation-token, name: study, sts-endpoint: '" +
			g.before(d.t, proxy(d.t, d.STSEndpoint), nil) + "', " + ownerSource + "}"
		made.name, made.env = "the federated user study", d.ownerEnv()
	case "vending":
		at := g.before(d.t, d.vendor([4]string{"keyId", "key", "session", "end"}), nil)
		made.provider = "{kind: vending, url: '" + at + "', headers: {Authorization: env:VENDING}, fields: " +
			"{access-key-id: keyId, secret-access-key: key, session-token: session, expiration: end}}"
		made.name, made.env = at, []string{"VENDING=" + headerSecret}
	case "instance":
		made.provider, made.name = "{kind: instance}", "the instance's role"
		made.env = []string{
			"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + g.before(d.t, d.vendor(fourFields), nil),
			"AWS_CONTAINER_AUTHORIZATION_TOKEN=" + containerSecret,
		}
	default:
		d.localDoor(&made)
	}
	return made
}

// localDoor builds the kinds that are fed on this machine.
func (d *doorway) localDoor(made *door) {
	switch made.kind {
	case "process":
		made.provider = "{kind: process, command: '" + d.printed(made.gate) + "'}"
		made.name = "the program in line 5"
	case "profile":
		d.write("aws-config", "[profile fed]\ncredential_process = "+d.printed(made.gate)+"\n")
		made.provider, made.name = "{kind: profile, profile: fed}", `profile "fed"`
		made.env = []string{"AWS_CONFIG_FILE=" + d.path("aws-config")}
	case "files":
		d.feed(made.gate, func(id, secret, token string, _ time.Time) {
			d.rotate(map[string]string{"id": id, "secret": secret, "token": token})
		})
		made.provider = "{kind: static, access-key-id: file:keys/id, " +
			"secret-access-key: file:keys/secret, session-token: file:keys/token}"
		made.name = "keys of file:keys/id"
	case "environment":
		out, err := d.session(context.Background())
		if err != nil {
			d.t.Fatal(err)
		}
		c := out.Credentials
		made.gate.noted(c)
		made.provider, made.name, made.fixed = "{kind: static}", "keys by reference", true
		made.env = []string{"AWS_ACCESS_KEY_ID=" + *c.AccessKeyId,
			"AWS_SECRET_ACCESS_KEY=" + *c.SecretAccessKey, "AWS_SESSION_TOKEN=" + *c.SessionToken}
	default:
		d.t.Fatalf("no door %q", made.kind)
	}
}

// enter is the sandbox seen through a door, with its configuration.
func (d *doorway) enter(made door) *site {
	s := *d.site
	s.t = d.t
	s.env = append(append(s.env[:len(s.env):len(s.env)], "AWS_EC2_METADATA_DISABLED=true"), made.env...)
	s.write("migrate.yaml", fmt.Sprintf("buckets:\n  - bucket: [%s, %s]\n    endpoint: %s\n    region: %s\n"+
		"    credentials: %s\n", made.opens, made.refused, d.S3Endpoint, d.Region, made.provider))
	return &s
}
