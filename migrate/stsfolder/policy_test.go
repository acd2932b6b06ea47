package stsfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/migrate/objectstore"
)

const theirs = `{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},` +
	`"Action":"s3:GetObject","Resource":"arn:aws:s3:::lab/public/*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`

// whole is a policy of some statements.
func whole(statements ...string) string {
	return `{"Version":"2012-10-17","Id":"mine","Statement":[` + strings.Join(statements, ",") + `]}`
}

// help is the policy that Synapse's help page asks for.
func help(principal, bucket string) string {
	return fmt.Sprintf(`{"Statement":[{"Action":["s3:ListBucket*","s3:GetBucketLocation"],"Effect":"Allow",`+
		`"Resource":"arn:aws:s3:::%[2]s","Principal":{"AWS":"%[1]s"}},{"Action":["s3:*Object*","s3:*MultipartUpload*"],`+
		`"Effect":"Allow","Resource":"arn:aws:s3:::%[2]s/*","Principal":{"AWS":"%[1]s"}}]}`, principal, bucket)
}

// read gives the statements of a policy by name.
func read(t *testing.T, text string) map[string]statement {
	t.Helper()
	var compact bytes.Buffer // white space in conditions is no difference
	if err := json.Compact(&compact, []byte(text)); err != nil {
		t.Fatal(err)
	}
	p, err := readPolicy(compact.String())
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.statements()
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]statement{}
	for _, s := range all {
		named[s.Sid] = s
	}
	return named
}

func TestMergePolicy(t *testing.T) {
	denyAll := `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`
	tests := []struct {
		name, existing string
		// added are the names of new statements.
		added []string
	}{
		{"none", "", []string{"SynapseBucket", "SynapseObjects"}},
		{"another's", whole(theirs), []string{"SynapseBucket", "SynapseObjects"}},
		{"the help page's", help("325565585839", "lab"), nil},
		{"the help page's, as S3 returns it", help("arn:aws:iam::325565585839:root", "lab"), nil},
		{"of another account", help("111122223333", "lab"), []string{"SynapseBucket", "SynapseObjects"}},
		{"of another bucket", help("325565585839", "lab2"), []string{"SynapseBucket", "SynapseObjects"}},
		{"everybody may", whole(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::lab*"}`), nil},
		{"a single statement", `{"Statement":` + theirs + `}`, []string{"SynapseBucket", "SynapseObjects"}},
		{"under a condition", whole(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":` +
			`{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}`), []string{"SynapseBucket", "SynapseObjects"}},
		{"objects but not the bucket", whole(`{"Effect":"Allow","Principal":{"AWS":["1","325565585839"]},"Action":"S3:*",` +
			`"Resource":["x","arn:aws:s3:::lab/*"]}`), []string{"SynapseBucket"}},
		{"all but some", whole(`{"Effect":"Allow","Principal":"*","NotAction":"s3:PutObject","Resource":"*"}`),
			[]string{"SynapseBucket", "SynapseObjects"}},
		{"denied", whole(denyAll), []string{"SynapseBucket", "SynapseObjects"}},
		{"the name is taken", whole(strings.Replace(theirs, "Theirs", "SynapseBucket", 1)),
			[]string{"SynapseBucket2", "SynapseObjects"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			merged, changed, err := mergePolicy(tt.existing, "lab", "study/data", SynapseAccount)
			if err != nil {
				t.Fatal(err)
			}
			if changed != (len(tt.added) > 0) {
				t.Errorf("changed: got %v, want added %v", changed, tt.added)
			}
			before := map[string]statement{}
			if tt.existing != "" {
				before = read(t, tt.existing)
			}
			after := read(t, merged)
			if len(after) != len(before)+len(tt.added) {
				t.Errorf("got %d statements, want %d and %v", len(after), len(before), tt.added)
			}
			for _, name := range tt.added {
				if _, there := after[name]; !there {
					t.Errorf("no statement %s in %s", name, merged)
				}
			}
			for name, s := range before {
				if fmt.Sprint(after[name]) != fmt.Sprint(s) {
					t.Errorf("%s: got %v, want it as it was: %v", name, after[name], s)
				}
			}
			if again, more, err := mergePolicy(merged, "lab", "study/data", SynapseAccount); more || err != nil ||
				again != merged {
				t.Errorf("merging again changed it: %v, %v", err, again)
			}
		})
	}
}

func TestPolicyReachesNoFurtherThanTheBaseKey(t *testing.T) {
	text, err := Policy("lab", "study/a&b", SynapseAccount)
	if err != nil {
		t.Fatal(err)
	}
	objects := read(t, text)["SynapseObjects"]
	if want := "arn:aws:s3:::lab/study/a&b/*"; !slices.Equal(objects.Resource, []string{want}) {
		t.Errorf("got resource %v, want %s", objects.Resource, want)
	}
	if !objects.allows(SynapseAccount, "s3:PutObject", "arn:aws:s3:::lab/study/a&b/x") ||
		objects.allows(SynapseAccount, "s3:PutObject", "arn:aws:s3:::lab/study/other") ||
		objects.allows(SynapseAccount, "s3:PutBucketPolicy", "arn:aws:s3:::lab/study/a&b/x") ||
		objects.allows("111122223333", "s3:PutObject", "arn:aws:s3:::lab/study/a&b/x") {
		t.Errorf("allows more or less than it should: %s", text)
	}
	all, err := Policy("lab", "", SynapseAccount)
	if err != nil || !strings.Contains(all, `"arn:aws:s3:::lab/*"`) {
		t.Errorf("without a base key: got %s, %v, want the whole bucket", all, err)
	}
}

func TestAnUnreadablePolicyIsLeftAlone(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON": "x", "more behind it": whole(theirs) + "{}", "unknown field": `{"Statement":[],"Future":1}`, "no statements": `{"Statement":7}`,
		"a statement that is none": `{"Statement":["x"]}`,
		"an action that is none":   whole(`{"Effect":"Allow","Principal":"*","Action":7}`),
	} {
		t.Run(name, func(t *testing.T) {
			if merged, changed, err := mergePolicy(text, "lab", "a", SynapseAccount); !errors.Is(err, ErrPolicy) || changed {
				t.Errorf("got %q, %v, want ErrPolicy", merged, err)
			}
		})
	}
}

func TestCheckPolicyFindsDenials(t *testing.T) {
	tests := []struct {
		name, existing string
		denied         bool
	}{
		{"none", "", false},
		{"allowing", help(SynapseAccount, "lab"), false},
		{"everything", whole(`{"Sid":"No","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`), true},
		{"writing below", whole(`{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:Put*",` +
			`"Resource":"arn:aws:s3:::lab/*"}`), true},
		{"elsewhere", whole(`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::lab/other/*"}`), false},
		{"plain HTTP", whole(`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":` +
			`{"aws:SecureTransport":"false"}}}`), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := checkPolicy(tt.existing, "lab", "a", SynapseAccount); errors.Is(err, ErrDenied) != tt.denied {
				t.Errorf("got %v, want denied: %v", err, tt.denied)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"*", "anything", true}, {"a*", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"a/*", "a/*", true}, {"a/?", "a/*", false},
		{"a/b/*", "a/*", false}, {"a", "a*", false}, {"", "", true}, {"**", "", true}, {"a*b*c", "axbxbxc", true},
	}
	for _, tt := range tests {
		if got := matches(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%q covers %q: got %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func FuzzMergePolicyTwice(f *testing.F) {
	f.Add(whole(theirs), "study/data")
	f.Add(help(SynapseAccount, "lab"), "")
	f.Add(`{"Statement":{}}`, `a"b`)
	f.Fuzz(func(t *testing.T, existing, baseKey string) {
		merged, changed, err := mergePolicy(existing, "lab", baseKey, SynapseAccount)
		if err != nil {
			return
		}
		if !json.Valid([]byte(merged)) && existing != "" {
			t.Fatalf("not JSON: %q", merged)
		}
		if !changed {
			return
		}
		if _, again, err := mergePolicy(merged, "lab", baseKey, SynapseAccount); err != nil || again {
			t.Errorf("merging again: %v, changed %v: %q", err, again, merged)
		}
	})
}

func TestMergeCORS(t *testing.T) {
	mine := objectstore.CORSRule{ID: "Mine", Origins: []string{"https://x.org"}, Methods: []string{"GET"},
		MaxAgeSeconds: 7}
	wide := CORS()
	wide.ID, wide.Methods = "wide", append(slices.Clone(wide.Methods), "DELETE")
	narrow := CORS()
	narrow.Methods = []string{"GET"}
	tests := []struct {
		name     string
		existing []objectstore.CORSRule
		changed  bool
	}{
		{"none", nil, true},
		{"another's", []objectstore.CORSRule{mine}, true},
		{"the same", []objectstore.CORSRule{mine, CORS()}, false},
		{"a wider one", []objectstore.CORSRule{wide}, false},
		{"a narrower one of the same name", []objectstore.CORSRule{narrow}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			merged, changed, err := mergeCORS(tt.existing)
			if err != nil || changed != tt.changed {
				t.Fatalf("got changed %v, %v, want %v", changed, err, tt.changed)
			}
			for i, r := range tt.existing {
				if fmt.Sprint(merged[i]) != fmt.Sprint(r) {
					t.Errorf("rule %d: got %v, want it as it was: %v", i, merged[i], r)
				}
			}
			ids := map[string]bool{}
			for _, r := range merged {
				ids[r.ID] = true
			}
			if len(ids) != len(merged) {
				t.Errorf("rules with one ID: %v", merged)
			}
			if _, more, err := mergeCORS(merged); more || err != nil {
				t.Errorf("merging again changed it: %v", err)
			}
		})
	}
	if _, _, err := mergeCORS(make([]objectstore.CORSRule, 100)); !errors.Is(err, errTooManyRules) {
		t.Errorf("100 rules: got %v, want ErrTooManyRules", err)
	}
}
