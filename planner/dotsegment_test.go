package planner_test

import (
	"testing"

	"synapse-migrate/planner"
)

func TestDotSegment(t *testing.T) {
	for key, want := range map[string]bool{
		"":                           false,
		"base/a/b.txt":               false,
		"base/.hidden/..b/c..":       false,
		"base/...":                   false,
		"base//b":                    false,
		"base/100%/b":                false,
		"base/a.b":                   false,
		"..":                         true,
		"../up.txt":                  true,
		"base/../../shared/x":        true,
		"base/.":                     true,
		"base/./x":                   true,
		"base/ .. /x":                true,
		"base/a\\..\\x":              true,
		"base/%2e%2E/x":              true,
		"base/a%2f..%2fx":            true,
		"base/a/..":                  true,
		"base/x/.%2e":                true,
		"base/a..b/%252e%252e/twice": false,
	} {
		if got := planner.DotSegment(key); got != want {
			t.Errorf("%q: got %t, want %t", key, got, want)
		}
	}
}
