package action

import (
	"fmt"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
)

// TestRefusedURLs: what S3's refusals of a presigned URL amount to.
func TestRefusedURLs(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		class checkpoint.Class
		want  effect.Decision
	}{
		{"a presigned URL's", &putRefusal{status: 503, code: "SlowDown", kind: transfer.ErrThrottled},
			checkpoint.ClassThrottled, effect.DecideRetry},
		{"refused", &putRefusal{status: 403, kind: effect.ErrURLRefused}, checkpoint.ClassPermission, effect.DecideRetry},
		{"and refused again", fmt.Errorf("part 3: %w: %w", effect.ErrGivenUp,
			&putRefusal{status: 403, kind: effect.ErrURLRefused}), checkpoint.ClassPermission, effect.DecideFail},
		{"another object under the handle's key", errNotRecorded, checkpoint.ClassChanged, effect.DecideFail},
	}
	for _, test := range tests {
		if class, got := effect.ClassOf(test.err), effect.Decide(test.err, 1, 2); class != test.class || got != test.want {
			t.Errorf("%s: class %q, %s, want %q, %s", test.name, class, got, test.class, test.want)
		}
	}
}
