package credentials_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
)

// Sessions end in the middle of the work, again and again, and nothing
// fails; then nobody gives new ones, and the work ends with one clear error.
func TestDoors(t *testing.T) {
	b := startBox(t)
	doors := b.doors(t)
	t.Run("renewed", func(t *testing.T) {
		for name, rule := range doors {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p, store := b.open(t, rule, b.deps())
				keys := map[string]bool{}
				for len(keys) < 3 {
					if _, err := store.Head(t.Context(), rule.Buckets[0], b.key(rule)); err != nil {
						t.Fatal(err)
					}
					c, err := p.Retrieve(t.Context())
					if err != nil || c.SessionToken == "" {
						t.Fatalf("token %t, %v", c.SessionToken != "", err)
					}
					keys[c.AccessKeyID] = true
				}
			})
		}
	})
	t.Run("refused", func(t *testing.T) {
		type open struct {
			name string
			rule config.Rule
			work func() error
			says string
		}
		var all []open
		for name, rule := range doors {
			if name == "synapse" {
				continue // refused by Synapse, which is tested with its client
			}
			deps := b.deps()
			deps.Options.Patience = 1 // nobody comes late here
			p, store := b.open(t, rule, deps)
			work := func() error {
				_, err := store.Head(t.Context(), rule.Buckets[0], b.key(rule))
				return err
			}
			if err := work(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all = append(all, open{name, rule, work, p.Name()})
		}
		b.closed.Store(true)
		t.Cleanup(func() { b.closed.Store(false) }) // after those in parallel
		for _, o := range all {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				var err error
				for err == nil {
					err = o.work()
				}
				if !errors.Is(err, credentials.ErrRefused) || !errors.Is(err, transfer.ErrCredentials) ||
					!strings.Contains(err.Error(), o.says) {
					t.Errorf("got %v, want %v of %s", err, credentials.ErrRefused, o.says)
				}
			})
		}
	})
	t.Run("files", func(t *testing.T) { b.keysInFiles(t) })
	t.Run("wrong principal", func(t *testing.T) { b.wrongPrincipal(t) })
	t.Run("least privilege", func(t *testing.T) { b.leastPrivilege(t) })
}

// keysInFiles has somebody else write new keys while the old ones end.
func (b *box) keysInFiles(t *testing.T) {
	folder := t.TempDir()
	session, err := credentials.AssumeRole(b.sts(b.OwnerKeys), credentials.RoleOptions{ARN: b.WriterRole.ARN})
	if err != nil {
		t.Fatal(err)
	}
	write := func() (id string) {
		c, err := session.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"id": c.AccessKeyID, "secret": c.SecretAccessKey, "token": c.SessionToken,
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return c.AccessKeyID
	}
	write()
	rule := b.rule(t, b.Source, "{kind: static, access-key-id: file:"+folder+"/id, secret-access-key: file:"+
		folder+"/secret, session-token: file:"+folder+"/token}")
	p, store := b.open(t, rule, b.deps())
	if _, err := p.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.SetTokenLife(0)
	second := write()
	for used := ""; used != second; {
		if _, err := store.Head(t.Context(), b.Source, object); err != nil {
			t.Fatal(err)
		}
		c, err := p.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		used = c.AccessKeyID
	}
}

// wrongPrincipal gets exactly what the server says.
func (b *box) wrongPrincipal(t *testing.T) {
	tests := []struct {
		name, bucket, provider string
		want                   []string
	}{
		{"a role that doesn't trust", b.Foreign,
			"{kind: assume-role, role-arn: " + b.ReaderRole.ARN + "," + source + "}",
			[]string{
				"credentials of the role " + b.ReaderRole.ARN, `AccessDenied "User: `,
				"user/owner is not authorized to perform: sts:AssumeRole on resource: " + b.ReaderRole.ARN + `"`,
				"trust policy", "external-id",
			}},
		{"no token", b.Foreign, "{kind: s3credentials, url: " + b.tea + ", token: env:VENDING_HEADER}",
			[]string{b.tea + ": 302 it asks for a login at https://urs.earthdata.nasa.gov/oauth/authorize: ",
				"EARTHDATA_TOKEN"}},
		{"no header", b.Source, "{kind: vending, url: " + b.vending + "}",
			[]string{b.vending, "401 it asks for a login: check the headers"}},
		{"a program that fails", b.Source, "{kind: process, command: exit 3}",
			[]string{"the program in line 5", "exit status 3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule := b.rule(t, tt.bucket, tt.provider)
			_, store := b.open(t, rule, b.deps())
			_, err := store.Head(t.Context(), tt.bucket, object)
			if !errors.Is(err, credentials.ErrRefused) {
				t.Fatalf("got %v, want %v", err, credentials.ErrRefused)
			}
			for _, want := range append(tt.want, tt.bucket) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
}

// leastPrivilege allows what was needed and nothing else, by the S3's own
// judgement.
func (b *box) leastPrivilege(t *testing.T) {
	b.Put(t, b.Source, "other/b.txt", "content")
	rule := b.rule(t, b.Source, "{kind: federation-token,"+source+"}")
	deps := b.deps()
	deps.Needs = []credentials.Need{
		{Bucket: b.Source, Prefix: "data/", Read: true, List: true},
		{Bucket: b.Destination, Prefix: "study/", Write: true, List: true},
	}
	p, _, err := credentials.FromRule(t.Context(), rule, deps)
	if err != nil {
		t.Fatal(err)
	}
	client := b.S3With(p)
	get := func(bucket, key string) error {
		_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		return err
	}
	put := func(bucket, key string) error {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key})
		return err
	}
	list := func(bucket, prefix string) error {
		_, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
		return err
	}
	remove := func(bucket, key string) error {
		_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
		return err
	}
	tests := []struct {
		name    string
		err     error
		allowed bool
	}{
		{"read below", get(b.Source, object), true},
		{"read elsewhere", get(b.Source, "other/b.txt"), false},
		{"list below", list(b.Source, "data/"), true},
		{"list elsewhere", list(b.Source, "other/"), false},
		{"list everything", list(b.Source, ""), false},
		{"write the source", put(b.Source, "data/c.txt"), false},
		{"write below", put(b.Destination, "study/c.txt"), true},
		{"write elsewhere", put(b.Destination, "c.txt"), false},
		{"delete", remove(b.Destination, "study/c.txt"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if (tt.err == nil) != tt.allowed {
				t.Errorf("got %v, allowed: %t", tt.err, tt.allowed)
			}
		})
	}
}
