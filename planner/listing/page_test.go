package listing

import (
	"errors"
	"fmt"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

func TestBlockedBy(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("looking: %w", &planner.RuleError{Rule: rules.SourceURLNoSize, Err: cause})
	if got, ok := blockedBy(err); !ok || got != (planner.Remark{Action: planner.ActionBlock, Rule: rules.SourceURLNoSize}) ||
		!errors.Is(err, cause) {
		t.Errorf("got %+v, %t", got, ok)
	}
	if _, ok := blockedBy(cause); ok {
		t.Error("another error blocks")
	}
}

func TestPrefixesThatSplitNames(t *testing.T) {
	for _, tt := range []struct {
		prefix, key string
		want        bool
	}{
		{"run7", "run70/a", true}, {"run7", "run7.bam", true}, {"a/run7", "a/run7b", true},
		{"run7", "run7/a", false}, {"run7", "run7", false}, {"run7/", "run7/0", false}, {"", "run7", false},
	} {
		if got := splitsName(planner.Source{Bucket: "b", Prefix: tt.prefix}, tt.key); got != tt.want {
			t.Errorf("prefix %q, key %q: got %t, want %t", tt.prefix, tt.key, got, tt.want)
		}
	}
	if splitsName(planner.Source{Directory: &planner.DirectorySource{}, Prefix: "run7"}, "run70/a") {
		t.Error("a directory has no prefix")
	}
}
