package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// FuzzParse puts a secret anywhere into any file: no panic, nothing of it in
// an error, and nothing but errors with a place.
func FuzzParse(f *testing.F) {
	const secret = "Hush0Planted/Secret+1"
	for _, seed := range []string{
		complete, "", "buckets: [", "@: 1", "a: @", "? @\n: b", "- @", "buckets: *@", "&@ a: b", "!@ a: b",
		"buckets:\n- bucket: '@'", "buckets:\n- {@: a}", "\"@", "'@", "a: |@\n  b", "%YAML @\n---\n", "@: 1\n@: 2",
		door("{kind: @}"), door("{kind: static, access-key-id: @}"),
		door("{kind: vending, url: 'https://@:@@@/?@=@'}"),
		one("region: @"), one("endpoint: 'http://@'"), door("{kind: federation-token, tags: {@: [@]}}"),
		"a: \"\\@\"", "a: !!@ b", "a: !<@ b>", "{a: @", "a: >@\n", "a:\n\t@",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		c, err := Parse("file", []byte(strings.ReplaceAll(content, "@", secret)))
		if err == nil {
			for _, r := range c.Rules {
				if len(r.Buckets) == 0 || r.Line < 1 {
					t.Errorf("a rule without a bucket or line: %+v", r)
				}
			}
			return
		}
		var refused *Error
		if !errors.As(err, &refused) || refused.Line < 0 || refused.Column < 0 {
			t.Errorf("got %v without a place", err)
		}
		for _, part := range []string{secret, "Hush0", "Planted", "Secret+1"} {
			if strings.Contains(fmt.Sprintf("%v %+v", err, *refused), part) {
				t.Errorf("%q is in the error %v", part, err)
			}
		}
	})
}
