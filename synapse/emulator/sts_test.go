package emulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func TestSTSChecks(t *testing.T) {
	b := newFileBench(t)
	external, managed, plain := b.folder("external"), b.folder("managed"), b.folder("plain")
	b.setting(external, b.external(b.owner, labBucket, "data", true))
	b.setting(managed, b.managed("1/uuid", true))
	b.setting(plain, b.external(b.owner, labBucket, "data", false))
	shares := []struct {
		folder string
		rights []synapse.AccessType
		lacks  synapse.AccessType
	}{
		{b.folder("1"), []synapse.AccessType{synapse.AccessRead}, synapse.AccessDownload},
		{b.folder("2"), []synapse.AccessType{synapse.AccessDownload}, synapse.AccessUpdate},
		{b.folder("3"), []synapse.AccessType{synapse.AccessDownload, synapse.AccessUpdate},
			synapse.AccessCreate},
		{b.folder("4"), []synapse.AccessType{synapse.AccessDownload, synapse.AccessUpdate,
			synapse.AccessCreate}, synapse.AccessDelete},
	}
	type check struct {
		name, token, path string
		status            int
		reason            string
	}
	tests := []check{
		{"no permission", b.ownerToken, "syn99/sts", 400, "Required request parameter 'permission' " +
			"for method parameter type StsPermission is not present"},
		{"unknown permission", b.ownerToken, "syn99/sts?permission=all", 400,
			"Unsupported permission type all"},
		{"no entity", b.ownerToken, "syn99/sts?permission=read_only", 404,
			"Resource: 'syn99' does not exist"},
		{"no DOWNLOAD, before the setting", b.other, plain + "/sts?permission=read_only", 403,
			"You lack DOWNLOAD access to the requested entity."},
		{"no STS location", b.ownerToken, plain + "/sts?permission=read_only", 400,
			"Entity must have an STS-enabled storage location"},
		{"no location", b.ownerToken, b.project + "/sts?permission=read_only", 400,
			"Entity must have an STS-enabled storage location"},
		{"writing to Synapse's bucket", b.ownerToken, managed + "/sts?permission=read_write", 400,
			"STS write access is not allowed in Synapse storage"},
	}
	for _, s := range shares {
		b.share(s.folder, s.rights...)
		tests = append(tests, check{"lacks " + string(s.lacks), b.other,
			s.folder + "/sts?permission=read_write", 403,
			fmt.Sprintf("You lack %s access to the requested entity.", s.lacks)})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.call(test.token, "GET", "/repo/v1/entity/"+test.path, nil).
				refused(t, test.status, test.reason)
		})
	}
	if b.vendor.session != "" {
		t.Error("credentials were asked for by a refused call")
	}
	b.vendor.err = errors.New("AccessDenied")
	b.call(b.ownerToken, "GET", "/repo/v1/entity/"+external+"/sts?permission=read_only", nil).
		refused(t, 502, "AccessDenied")
}

func TestSTSScopes(t *testing.T) {
	b := newFileBench(t)
	token := b.e.AddToken(b.owner, []string{"view", "download"}, 0)
	a := b.call(token, "GET", "/repo/v1/entity/"+b.project+"/sts?permission=read_only", nil)
	if a.status != 403 || a.doc["error"] != "insufficient_scope" {
		t.Errorf("without the scope modify: status %d, %s", a.status, a.text)
	}
}

func TestSTSCredentials(t *testing.T) {
	b := newFileBench(t)
	external, managed, bare := b.folder("external"), b.folder("managed"), b.folder("bare")
	b.setting(external, b.external(b.owner, labBucket, "data", true))
	b.setting(managed, b.managed("1/uuid", true))
	b.setting(bare, b.external(b.owner, labBucket, "", true))
	inner, err := b.e.AddFolder(b.owner, external, "inner")
	if err != nil {
		t.Fatal(err)
	}
	b.share(external, synapse.AccessDownload)
	tests := []struct {
		name, token string
		user        int64
		entity      string
		permission  synapse.STSPermission
		bucket      string
		baseKey     any
	}{
		{"read external", b.ownerToken, b.owner, external, synapse.STSReadOnly, labBucket, "data"},
		{"write external", b.ownerToken, b.owner, external, synapse.STSReadWrite, labBucket, "data"},
		{"below it, the same", b.ownerToken, b.owner, inner, synapse.STSReadWrite, labBucket, "data"},
		{"ID without prefix", b.ownerToken, b.owner, external[3:], synapse.STSReadOnly, labBucket,
			"data"},
		{"read managed", b.ownerToken, b.owner, managed, synapse.STSReadOnly, synapseBucket, "1/uuid"},
		{"no base key", b.ownerToken, b.owner, bare, synapse.STSReadWrite, labBucket, nil},
		{"downloader", b.other, b.stranger, external, synapse.STSReadOnly, labBucket, "data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := b.call(test.token, "GET", fmt.Sprintf("/repo/v1/entity/%s/sts?permission=%s",
				test.entity, test.permission), nil)
			want := map[string]any{
				"bucket": test.bucket, "baseKey": test.baseKey, "accessKeyId": "ASIA1",
				"secretAccessKey": "s", "sessionToken": "t", "expiration": "2024-10-25T06:07:06.000Z",
			}
			baseKey, _ := test.baseKey.(string)
			if test.baseKey == nil {
				delete(want, "baseKey")
			}
			if diff := cmp.Diff(a.doc, want); diff != "" {
				t.Errorf("credentials (-got +want):\n%s", diff)
			}
			if got, want := b.vendor.session, fmt.Sprintf("sts-%d-%s", test.user, test.entity); got != want {
				t.Errorf("session name %q, want %q", got, want)
			}
			policy, err := emulator.SessionPolicy(test.bucket, baseKey, test.permission)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.vendor.policy; got != policy {
				t.Errorf("policy\n%s, want\n%s", got, policy)
			}
			if got := b.vendor.life; got != 12*time.Hour {
				t.Errorf("life %s, want 12h", got)
			}
		})
	}
}

func TestSTSLifeAndVendor(t *testing.T) {
	b := newFileBench(t)
	vend := func(o emulator.Options) fileAnswer {
		o.Storage, o.Bucket = b.storage, synapseBucket
		b.start(o)
		folder := b.folder("f")
		b.setting(folder, b.external(b.owner, labBucket, "data", true))
		return b.call(b.ownerToken, "GET", "/repo/v1/entity/"+folder+"/sts?permission=read_only", nil)
	}
	if a := vend(emulator.Options{Vendor: b.vendor, TokenLife: 3 * time.Second}); a.status != 200 ||
		b.vendor.life != 3*time.Second {
		t.Errorf("status %d, life %s; want 200 and 3s", a.status, b.vendor.life)
	}
	vend(emulator.Options{}).refused(t, 502, "no STS to ask for credentials")
}

// TestSessionPolicy compares with golden documents, written out from the
// table of the reference.
func TestSessionPolicy(t *testing.T) {
	tests := []struct {
		golden, baseKey string
		permission      synapse.STSPermission
	}{
		{"read_only", "data/batch1", synapse.STSReadOnly},
		{"read_write", "data/batch1", synapse.STSReadWrite},
		{"no_base_key", "", synapse.STSReadOnly},
		{"odd_base_key", `a&b <"ü>*${x}`, synapse.STSReadOnly},
	}
	for _, test := range tests {
		t.Run(test.golden, func(t *testing.T) {
			text, err := emulator.SessionPolicy("my-bucket", test.baseKey, test.permission)
			if err != nil {
				t.Fatal(err)
			}
			golden, err := os.ReadFile(filepath.Join("testdata", "policy", test.golden+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(golden, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
		})
	}
	if _, err := emulator.SessionPolicy("b", "", "all"); err == nil {
		t.Error("an unknown permission made a policy")
	}
}
