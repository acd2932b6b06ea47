package stsfolder_test

import (
	"errors"
	"strings"
	"testing"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/migrate/transfer"
)

func TestCheckOwnership(t *testing.T) {
	full := objectstore.BucketOwnerFullControl
	tests := []struct {
		name, ownership, acl string
		err                  error
		want                 stsfolder.Status
		says                 string
	}{
		{"enforced", objectstore.OwnerEnforced, full, nil, stsfolder.StatusOK, "bucket owner enforced"},
		{"enforced, no ACL", objectstore.OwnerEnforced, "", nil, stsfolder.StatusOK, "bucket owner enforced"},
		{"preferred", objectstore.OwnerPreferred, full, nil, stsfolder.StatusOK, "bucket owner preferred"},
		{"preferred, no ACL", objectstore.OwnerPreferred, "", nil, stsfolder.StatusWarning, "acl: none"},
		{"writer", objectstore.ObjectWriter, full, nil, stsfolder.StatusWarning, "object writer"},
		{"writer, no ACL", objectstore.ObjectWriter, "", nil, stsfolder.StatusWarning, "no rights"},
		{"denied", "", full, transfer.ErrDenied, stsfolder.StatusUnknown, "denied"},
		{"no such call", "", full, objectstore.ErrNotOffered, stsfolder.StatusUnknown, "no such setting"},
		{"no answer", "", full, errors.New("reset"), stsfolder.StatusUnknown, "reset"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			row := stsfolder.CheckOwnership(tt.ownership, tt.acl, tt.err)
			if row.Status != tt.want || !strings.Contains(row.Detail, tt.says) {
				t.Errorf("got %+v, want %s and %q", row, tt.want, tt.says)
			}
			if tt.want == stsfolder.StatusWarning && row.Hint == "" {
				t.Errorf("nothing says what to do: %+v", row)
			}
		})
	}
}
